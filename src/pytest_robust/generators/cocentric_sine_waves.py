"""Wavy rings, as in ImageNet-C-bar."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import truncated, unit
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("cocentric_sine_waves", at_32=(1.5, 2.5, 4, 4.5, 5), at_224=(3, 5, 8, 9, 10))


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Interference and reflections in curved glass: rings around a point.",
)
@by_blocks
def cocentric_sine_waves(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """x + 12.8 s (frac((r + a sin(f angle)) / w) - 1/2), the same in all channels; x in levels. Mintun et al. 2021.

    r and the angle are measured from a point anywhere in the picture; f is U(0, 10), and both the amplitude a and the
    width w of a ring are U(0, side / 10) pixels. The name is the published one. `images` (n, h, w, 1 or 3). Raises
    GenerationError for other channels and for severities other than 1 to 5.
    """
    (level,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    reach = min(height, width) / 10
    y, x = np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)[None, :]
    made = unit(images)
    for chances, row in zip(uniforms(seeds, (5,)), made, strict=True):
        below, right = y - chances[0] * height, x - chances[1] * width
        radius = np.sqrt(below**2 + right**2)
        radius += np.sin(np.arctan2(right, below) * (10 * chances[2])) * (reach * chances[3])
        radius /= reach * (1 - chances[4])  # never 0
        radius -= np.floor(radius) + np.float32(0.5)
        row += (radius * np.float32(12.8 * level / 255))[..., None]
    return truncated(made)
