"""Impulse noise, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._inversion import Inversion, inversion
from pytest_robust.generators._pixels import raised
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
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
@by_blocks
def impulse_noise(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """Salt and pepper: a share a of the values becomes 0 or 255, with equal chances. Hendrycks & Dietterich 2019.

    Each channel of a pixel is hit on its own. `images` (n, h, w, 1 or 3). Raises GenerationError for other
    channels and for severities other than 1 to 5.
    """
    (share,) = SEVERITIES.of(images, severity)
    return raised(images, impulses(share).draw(seeds, images.shape[1:]))


@lru_cache(maxsize=8)
def impulses(share: float) -> Inversion:
    """What to add, in levels: enough to make any value black or white, or nothing."""
    chances = np.array([[share / 2, 1 - share / 2, 1]])
    return inversion(np.array([-255, 0, 255], np.int16), chances, bits=16)
