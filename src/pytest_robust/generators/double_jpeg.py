"""JPEG compression, twice."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._jpeg import recoded
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("double_jpeg", ((90, 80), (80, 70), (70, 55), (55, 40), (40, 25)))  # first and second quality

BLOCK = 8
"""The side in pixels of the blocks that JPEG codes."""


@generator(
    kind="pipeline",
    scale="severity",
    levels=LEVELS,
    risk="A photo saved as JPEG, cropped or edited, and saved again by the next program.",
)
@by_blocks
def double_jpeg(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """Encoded as PIL does it and decoded, at one quality and then at a lower one, the grid of blocks shifted between.

    The shift is 1 to 7 pixels down and to the right, by the row's seed: that much is repeated above and to the left of
    the picture (its edge) for the first encoding and cut off for the second. `images` (n, h, w, 1 or 3). Raises
    GenerationError for other channels and for severities other than 1 to 5.
    """
    first, second = (round(quality) for quality in SEVERITIES.of(images, severity))
    made = np.empty(images.shape, np.uint8)
    for rng, image, place in zip(row_generators(seeds), images, made, strict=True):
        down, right = rng.integers(1, BLOCK, 2)
        wider = np.pad(image, ((down, 0), (right, 0), (0, 0)), mode="edge")
        once = recoded(wider, first).reshape(wider.shape)[down:, right:]
        place[...] = recoded(once, second).reshape(place.shape)
    return made
