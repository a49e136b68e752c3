"""Gaussian noise, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._inversion import Inversion, inversion
from pytest_robust.generators._pixels import raised
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "gaussian_noise", at_32=(0.04, 0.06, 0.08, 0.09, 0.10), at_224=(0.08, 0.12, 0.18, 0.26, 0.38)
)  # standard deviation


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Sensor and amplifier noise, as in low light or at high gain.",
)
@by_blocks
def gaussian_noise(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """x + N(0, s), independent for each value; x in [0, 1]. Hendrycks & Dietterich 2019.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (scale,) = SEVERITIES.of(images, severity)
    return raised(images, whole_levels(scale).draw(seeds, images.shape[1:]))


@lru_cache(maxsize=8)
def whole_levels(scale: float) -> Inversion:
    """The distribution of floor(255 N(0, scale)): as a pixel is a whole level, its noise may be truncated before."""
    reach = int(9 * 255 * scale) + 1
    levels = np.arange(-reach, reach + 1)
    chances = scipy.special.ndtr((levels + 1) / (255 * scale))
    chances[-1] = 1
    return inversion(levels.astype(np.int16), chances[None], bits=16)
