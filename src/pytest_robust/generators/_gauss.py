"""Gaussian smoothing with the kernel of scipy and scikit-image, computed by OpenCV."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray


@lru_cache(maxsize=64)
def gaussian_weights(sigma: float, truncate: float) -> NDArray[np.float64]:
    """A Gaussian sampled at whole numbers up to `truncate` sigma to each side; sums to one.

    >>> gaussian_weights(0.5, truncate=2).round(3).tolist()
    [0.107, 0.787, 0.107]
    """
    reach = int(truncate * sigma + 0.5)
    if reach == 0:
        return np.ones(1)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def blur(image: NDArray[Any], sigma: float) -> NDArray[Any]:
    """A float32 image (h, w, c) blurred as `skimage.filters.gaussian` does: cut at 4 sigma, edges repeated."""
    import cv2

    weights = gaussian_weights(sigma, truncate=4)
    return cv2.sepFilter2D(image, -1, weights, weights, borderType=cv2.BORDER_REPLICATE)
