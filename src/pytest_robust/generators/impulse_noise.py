"""Impulse noise, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "impulse_noise", at_32=(0.01, 0.02, 0.03, 0.05, 0.07), at_224=(0.03, 0.06, 0.09, 0.17, 0.27)
)  # share of values


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Dead and hot pixels, and bit errors on the way from the sensor.",
)
def impulse_noise(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """Salt and pepper: a share a of the values becomes 0 or 255, with equal chances. Hendrycks & Dietterich 2019.

    Each channel of a pixel is hit on its own. `images` (n, h, w, 1 or 3). Raises GenerationError for other
    channels and for severities other than 1 to 5.
    """
    (share,) = SEVERITIES.of(images, severity)
    chance = uniforms(seeds, images.shape[1:])
    made = np.where(chance < share / 2, np.uint8(255), images)
    made[(chance >= share / 2) & (chance < share)] = 0
    return made
