"""Drops of water on the lens or the window before it."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._lens import around, soft_disc, window
from pytest_robust.generators._pixels import Floats, rounded
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "water_drops",
    at_32=((2, 3), (4, 3.2), (6, 3.4), (9, 3.7), (13, 4)),
    at_224=((5, 13), (9, 14), (14, 15), (21, 16), (30, 18)),
    lengths=(1,),
)  # drops, and their radius in pixels

SOFTNESS = 0.12
MINIFIED = 4.0
GLOSS = 0.5


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    risk="Rain or spray on the lens or the windscreen: each drop shows the scene again, small and upside down.",
)
@by_blocks
def water_drops(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """In a drop of radius R, the pixel at offset u R shows the one at offset -4 (1 + |u|^2) u R, |u| < 1.

    So a drop is a strong round lens: it shows the view upside down and 4 times smaller, more so towards the rim. The
    rim shines where the sky is seen, below: it goes 0.5 |u|^8 (1 + v) of the way to white, v from -1 at the top to 1 at
    the bottom. The view is blurred by half a minified pixel, edges are mirrored, and a drop's outline is soft. By the
    row's seed: the places, and the radii (U(0.5, 1.5) of the severity's). `images` (n, h, w, 1 or 3). Raises
    GenerationError for other channels and for severities other than 1 to 5.
    """
    import cv2

    drops, size = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    made = np.empty(images.shape, np.uint8)
    chances = uniforms(seeds, (round(drops), 3)).tolist()
    for image, row, place in zip(images, chances, made, strict=True):
        y, x = np.indices((height, width), dtype=np.float32)
        wet, gloss = np.zeros((2, height, width), np.float32)
        for down, along, scale in row:
            lay(x, y, wet, gloss, (down * (height - 1), along * (width - 1)), size * (0.5 + scale))
        blurred = cv2.GaussianBlur(image, (0, 0), MINIFIED / 2)
        view = cv2.remap(blurred, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101).reshape(place.shape)
        within = view + (255 - view) * gloss[..., None]
        place[...] = rounded(image + (within - image) * wet[..., None])
    return made


def lay(x: Floats, y: Floats, wet: Floats, gloss: Floats, centre: tuple[float, float], radius: float) -> None:
    """One more drop, upon those that are there: where its pixels come from, how much of it they show, its rim."""
    height, width = wet.shape
    here = window(centre, radius * (1 + SOFTNESS), height, width)
    below, right = around(here, centre, radius)
    squared = below**2 + right**2
    cover = soft_disc(squared, SOFTNESS)
    squared = np.minimum(squared, 1)
    far = np.float32(MINIFIED * radius) * (1 + squared)
    inside = cover > 0
    np.copyto(x[here], np.float32(centre[1]) - right * far, where=inside)
    np.copyto(y[here], np.float32(centre[0]) - below * far, where=inside)
    np.copyto(gloss[here], np.float32(GLOSS) * squared**4 * (1 + np.maximum(below, -1)), where=inside)
    np.maximum(wet[here], cover, out=wet[here])
