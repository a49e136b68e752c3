"""Sparkles, as in ImageNet-C-bar and CIFAR-10-C-bar."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import truncated, unit
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._rays import FEWEST, JITTER, MOST, star
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("sparkles", at_32=(0.7, 3.5, 5.6, 6.3, 7), at_224=(1, 2, 3, 5, 6))


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Glints of water, metal and wet roads: stars of light.",
)
@by_blocks
def sparkles(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """x + star (255 - x), for five stars of white light one after the other; x in levels. Mintun et al. 2021.

    The stars lie anywhere. Each has 50 to 199 rays, whose light falls with the square of the distance; a ray reaches
    max(1, N(1, 1/4) s side / 100) pixels. `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for
    severities other than 1 to 5.
    """
    (level,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    radius = level / 100 * min(height, width)
    made = unit(images)
    for rng, row in zip(row_generators(seeds), made, strict=True):
        dark = np.ones((height, width), np.float32)
        for _ in range(5):
            centre = rng.uniform((0, 0), (height, width))
            rays = rng.integers(FEWEST, MOST)
            lengths = np.maximum(radius * (1 + JITTER * rng.standard_normal(rays)), 1)
            dark *= 1 - star(height, width, centre, lengths, power=1)
        row -= 1
        row *= dark[..., None]
        row += 1
    return truncated(made)
