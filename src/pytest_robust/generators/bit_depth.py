"""Fewer bits a pixel."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("bit_depth", (6, 5, 4, 3, 2))  # bits kept


@generator(
    kind="pipeline",
    scale="severity",
    levels=LEVELS,
    risk="A display, a driver or a file format with fewer bits a pixel, which cuts off the low ones.",
)
def bit_depth(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """The highest b bits of each value; the others are 0, so that pictures become darker too.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (bits,) = SEVERITIES.of(images, severity)
    lost = 8 - round(bits)
    return np.ascontiguousarray(images >> lost << lost)
