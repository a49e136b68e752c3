"""Perlin noise, as in ImageNet-C-bar."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._perlin import turbulence
from pytest_robust.generators._pixels import truncated, unit
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("perlin_noise", (4.6, 5.2, 5.8, 7.6, 8.8))


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Smoke, haze and dirt of uneven thickness before the scene.",
)
@by_blocks
def perlin_noise(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """(1 - a) x + 255 a (1/2 + turbulence / 2), a = s / 20, the same in all channels; x in levels. Mintun et al. 2021.

    Perlin's turbulence of five octaves, the first with 7 cells to the shorter side; the sum is clipped to 1. `images`
    (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (level,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    cell = min(height, width) / 7
    rows, columns = (np.arange(side, dtype=np.float32) / np.float32(cell) for side in (height, width))
    share = np.float32(level / 20)
    made = unit(images)
    made *= 1 - share
    for rng, row in zip(row_generators(seeds), made, strict=True):
        clouds = np.float32(0.5) * turbulence(rng, rows, columns, octaves=5) + np.float32(0.5)
        row += (share * np.minimum(clouds, 1))[..., None]
    return truncated(made)
