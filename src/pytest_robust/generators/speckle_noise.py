"""Speckle noise, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._inversion import Inversion, inversion
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "speckle_noise", at_32=(0.06, 0.1, 0.12, 0.16, 0.2), at_224=(0.15, 0.2, 0.35, 0.45, 0.6)
)  # standard deviation of a white pixel


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Noise that grows with the signal, as of coherent light, radar and ultrasound.",
)
@by_blocks
def speckle_noise(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """x + x N(0, s), independent for each value; x in [0, 1]. Hendrycks & Dietterich 2019.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (scale,) = SEVERITIES.of(images, severity)
    return speckled(scale).draw_each(seeds, images).astype(np.uint8)


@lru_cache(maxsize=8)
def speckled(scale: float) -> Inversion:
    """The distribution of the level that speckle makes of each level L: L (1 + N(0, scale)), truncated."""
    outcomes = np.arange(256)
    chances = np.ones((256, 256))
    levels = outcomes[1:, None]
    chances[1:] = scipy.special.ndtr(((outcomes + 1) / levels - 1) / scale)  # black stays black: its first chance is 1
    chances[:, -1] = 1
    return inversion(outcomes.astype(np.int16), chances, bits=12)
