"""Rows and columns of a sensor that answer the same whatever they see."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("dead_lines", at_32=(1, 2, 3, 4, 6), at_224=(2, 4, 8, 14, 22))  # lines


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    risk="A broken read-out or a loose cable: whole rows and columns of the picture are black or white.",
)
def dead_lines(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """Some rows and columns, one pixel wide, are black or white; all other pixels stay as they are.

    By the row's seed: which lines of all, and the colour of each, with equal chances. Where two cross, the later one
    covers the earlier. `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities
    other than 1 to 5.
    """
    (lines,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    made = np.array(images, order="C")
    chances = uniforms(seeds, (2, height + width))
    broken = chances[:, 0].argsort(axis=1)[:, : round(lines)].tolist()
    for row, numbers, colours in zip(made, broken, chances[:, 1], strict=True):
        for line in numbers:
            place = row[line] if line < height else row[:, line - height]
            place[...] = 0 if colours[line] < 0.5 else 255
    return made
