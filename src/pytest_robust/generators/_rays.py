"""The star of rays that ImageNet-C-bar's sparkles are made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_robust.generators._pixels import Floats

FEWEST, MOST = 50, 200
"""Rays of a star: at least, and fewer than."""

JITTER = 0.25
"""Standard deviation of the length of a ray, as a share of the length."""


def star(height: int, width: int, centre: NDArray[np.float64], lengths: NDArray[np.float64], power: float) -> Floats:
    """How much of a pixel the star takes, (height, width), from 0 to 1. `centre` is (y, x), `lengths` one a ray.

    At a share t of the way from one ray to the next it is (1 - (t - 1/2)^2) (length / distance)^(2 power), where the
    length goes linearly from the one's to the other's.
    """
    below = (np.arange(height) - centre[0]).astype(np.float32)[:, None]
    right = (np.arange(width) - centre[1]).astype(np.float32)[None, :]
    place = (np.arctan2(right, below) + np.float32(np.pi)) * np.float32(len(lengths) / (2 * np.pi))
    ray = place.astype(np.int32)
    place -= ray
    # Two more, as the last direction is the first one.
    around = np.append(lengths, lengths[:2]).astype(np.float32)
    length = np.take(around, ray)
    length += place * (np.take(around, ray + 1) - length)
    reach = length**2 / (below**2 + right**2 + np.float32(1e-4))
    if power != 1:
        reach **= np.float32(power)
    reach *= 1 - (place - np.float32(0.5)) ** 2
    return np.asarray(np.minimum(reach, 1), dtype=np.float32)
