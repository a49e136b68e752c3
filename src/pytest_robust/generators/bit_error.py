"""Bits that flip on the way."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._inversion import Inversion, inversion
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("bit_error", (0.005, 0.01, 0.025, 0.05, 0.1))  # share of bytes


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    risk="A bad link, cable or memory between the sensor and the model, without a check sum.",
)
@by_blocks
def bit_error(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """A share of the bytes, each on its own by chance, has one bit flipped, any of the eight with equal chances.

    The stream is the raw one: a byte is one channel of one pixel. (The `bit_error` of 3DCC, Kar et al. 2022, damages a
    compressed video instead.) `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities
    other than 1 to 5.
    """
    (share,) = SEVERITIES.of(images, severity)
    return images ^ flips(share).draw(seeds, images.shape[1:]).astype(np.uint8)


@lru_cache(maxsize=8)
def flips(share: float) -> Inversion:
    """Which bit of a byte to flip: one of eight, or none."""
    chances = np.append(np.arange(1, 9) * share / 8, 1)[None]
    return inversion(np.array([1, 2, 4, 8, 16, 32, 64, 128, 0], np.int16), chances, bits=16)
