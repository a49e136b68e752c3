"""Slanted pictures."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities
from pytest_robust.generators._warp import linear, warp

SEVERITIES = Severities("shear", (0.1, 0.2, 0.3, 0.4, 0.5))  # pixels to the side for each pixel up or down


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    moves=True,
    risk="Slanted writing, paper pulled askew through a scanner, objects that move while rows are read out.",
)
@by_blocks
def shear(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """(x, y) to (x + k y, y) or to (x, y + k x), with k to either side: one of four by the row's seed. Edges mirrored.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (slope,) = SEVERITIES.of(images, severity)
    four = [linear(1, slope, 0, 1), linear(1, -slope, 0, 1), linear(1, 0, slope, 1), linear(1, 0, -slope, 1)]
    choices = (4 * uniforms(seeds, (1,))[:, 0]).astype(np.int64)
    return warp(images, (four[choice] for choice in choices))
