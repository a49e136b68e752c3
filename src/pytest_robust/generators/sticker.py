"""A sticker on the object."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import rounded
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("sticker", (0.1, 0.14, 0.18, 0.23, 0.28))  # radius as a share of the shorter side

SHAPES = (*((corners, math.cos(math.pi / corners)) for corners in (3, 4, 60)), (5, 0.382), (12, 0.8))
"""Corners, and how far in the outline comes between two of them: triangle, square, disc, star, burst."""

RIM, HEART = 0.85, 0.45
"""Where the white rim begins and the second colour ends, as shares of the radius."""

Floats = NDArray[np.float64]


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    risk="Stickers, price tags, badges and graffiti on the object, or malice that looks like them.",
)
@by_blocks
def sticker(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """A bright sticker with a white rim and a heart of another colour, drawn over the picture with smooth edges.

    By the row's seed: its shape (triangle, square, disc, star or burst), its two saturated colours, its angle, and its
    place, wholly within the picture. On grey images it has the luma of its colours. `images` (n, h, w, 1 or 3). Raises
    GenerationError for other channels and for severities other than 1 to 5.
    """
    (share,) = SEVERITIES.of(images, severity)
    height, width, channels = images.shape[1:]
    radius = share * min(height, width)
    made = np.array(images, order="C")
    for rng, image in zip(row_generators(seeds), made, strict=True):
        corners, inner = SHAPES[rng.integers(len(SHAPES))]
        turn, hue, other = rng.random(3)
        right, down = radius + rng.random(2) * (width - 2 * radius, height - 2 * radius)
        window = np.s_[int(down - radius) : int(down + radius) + 2, int(right - radius) : int(right + radius) + 2]
        y, x = np.indices(image[window].shape[:2])
        y, x = y + (window[0].start + 0.5 - down), x + (window[1].start + 0.5 - right)
        size = spread(x, y, corners, inner, 2 * math.pi * turn) / radius
        seen = image[window].astype(np.float64)
        for edge, colour in ((1.0, np.ones(3)), (RIM, bright(hue)), (HEART, bright(hue + 0.25 + other / 2))):
            ink = colour if channels == 3 else colour @ (0.299, 0.587, 0.114)
            cover = np.clip((edge - size) * radius + 0.5, 0, 1)[..., None]
            seen += cover * (255 * ink - seen)
        image[window] = rounded(seen)
    return made


def spread(x: Floats, y: Floats, corners: int, inner: float, turn: float) -> Floats:
    """The size of the shape, turned, on whose outline a point (x, y) lies: its distance from the middle to a corner.

    Between a corner, at 1, and the place half-way to the next, at `inner`, the outline is straight.

    >>> diamond = dict(corners=4, inner=math.cos(math.pi / 4), turn=0)
    >>> spread(np.array([1, 0.5, 2]), np.array([0, 0.5, 1]), **diamond).round(6).tolist()
    [1.0, 1.0, 3.0]
    """
    half = math.pi / corners
    angle = half - np.abs((np.arctan2(y, x) - turn) % (2 * half) - half)
    slope = (1 - inner * math.cos(half)) / (inner * math.sin(half))
    return np.asarray(np.hypot(x, y) * (np.cos(angle) + slope * np.sin(angle)))


def bright(hue: float) -> Floats:
    """The fully saturated colour of a hue between 0 and 1, in RGB from 0 to 1.

    >>> bright(0).tolist(), bright(1 / 3).round(6).tolist()
    ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    """
    return np.asarray(np.clip(np.abs((hue * 6 + np.array([0.0, 4.0, 2.0])) % 6 - 3) - 1, 0, 1))
