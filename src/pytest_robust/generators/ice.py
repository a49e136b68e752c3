"""Frost on a window, drawn: no pictures are needed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._gauss import blur
from pytest_robust.generators._pixels import LUMA, Floats, truncated, unit
from pytest_robust.generators._plasma import plasma
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "ice",
    at_32=((0.3, 0.5, 0.5), (0.45, 0.6, 0.6), (0.6, 0.7, 0.7), (0.8, 0.8, 0.8), (1.0, 0.9, 0.9)),
    at_224=((0.3, 0.5, 2.5), (0.45, 0.6, 3), (0.6, 0.7, 3.5), (0.8, 0.8, 4), (1.0, 0.9, 4.5)),
    lengths=(2,),
)  # how far it grows from the edge to the middle, how white it is, and the sigma of what is seen through it

CRYSTALS = 24
PALE = np.array([0.86, 0.93, 1.0], np.float32)
"""The colour of ice in daylight."""


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    risk="Ice flowers on a window or a lens, growing from the edge.",
)
@by_blocks
def ice(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """Feathers of ice: x (1 - t) + t ((1 - w) blurred x + w pale), with t the ice and w its whiteness; x in [0, 1].

    Ours, not published; for pictures of frost see `frost`. `images` (n, h, w, 1 or 3). Raises GenerationError for other
    channels and for severities other than 1 to 5.
    """
    growth, whiteness, sigma = SEVERITIES.of(images, severity)
    height, width, channels = images.shape[1:]
    colour = PALE if channels == 3 else PALE @ LUMA
    side = 1 << max(height - 1, width - 1, 1).bit_length()
    clouds = plasma(seeds, side, 1.6)[:, :height, :width]
    crystals = uniforms(seeds, (CRYSTALS, 3), stream=1)
    pixels = unit(images)
    for row, cloud, places in zip(pixels, clouds, crystals, strict=True):
        feathers = crystallised(places, cloud)
        cover = np.clip((growth * 1.25 - edge_distance(height, width) + (cloud - 0.5) * 0.8 + 0.1) * 2.2, 0, 1)
        cover = (cover * (0.5 + 0.5 * feathers))[..., None].astype(np.float32)
        white = (np.float32(whiteness) * (0.3 + 0.7 * feathers))[..., None]
        seen = blur(row, sigma).reshape(row.shape) * (1 - white) + white * colour
        row += cover * (seen - row)
    return truncated(pixels)


def edge_distance(height: int, width: int) -> Floats:
    """How far each pixel lies from the edge, from 0 there to 1 in the middle, (h, w)."""
    down, right = (1 - np.abs(np.linspace(-1, 1, side, dtype=np.float32)) for side in (height, width))
    return np.asarray(np.minimum(down[:, None], right), dtype=np.float32)


def crystallised(places: NDArray[np.float32], cloud: Floats) -> Floats:
    """How bright the feathers are, from 0 to 1, (h, w): each pixel belongs to the crystal nearest to it.

    `places` (k, 3) are y, x and angle as shares. From its shaft a feather has barbs at 60 degrees to both sides, and
    from these finer ones; the clouds (h, w) bend them. Nothing is finer than six pixels, so that small images show
    lines and no mosaic.
    """
    height, width = cloud.shape
    side = min(height, width)
    y, x = np.indices((height, width), dtype=np.float32) / side
    bent = (cloud - np.float32(0.5)) * np.float32(0.3)
    y, x = y + bent, x - bent
    centres = places[:, :2] * np.array([height, width], np.float32) / side
    nearest = np.argmin([(y - down) ** 2 + (x - right) ** 2 for down, right in centres], axis=0)
    angle = places[nearest, 2] * np.float32(2 * np.pi)
    down, right = y - centres[nearest, 0], x - centres[nearest, 1]
    along, across = right * np.cos(angle) + down * np.sin(angle), np.abs(down * np.cos(angle) - right * np.sin(angle))

    def lines(distance: Floats, per_side: float) -> Floats:
        """Thin bright lines at whole numbers of a distance, in units of the side."""
        return np.asarray((0.5 + 0.5 * np.cos(2 * np.pi * min(per_side, side / 6) * distance)) ** 3, dtype=np.float32)

    shaft = np.exp(-((across * min(60.0, side / 3)) ** 2))
    barbs = lines(along - across * np.float32(0.577), 16)
    fine = lines(along + across * np.float32(1.732), 34) * (1 - barbs)
    return np.asarray(np.clip(0.4 + 0.4 * barbs + 0.25 * fine + 0.5 * shaft - 0.35 * cloud, 0, 1), dtype=np.float32)
