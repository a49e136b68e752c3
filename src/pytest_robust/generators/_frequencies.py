"""Coarse and fine: Gaussian smoothing of any width, at one cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray


def smoothed(images: NDArray[Any], sigma: float) -> NDArray[np.float64]:
    """Images (n, h, w, c) convolved with a discrete Gaussian of sigma pixels; edges are mirrored again and again.

    The discrete Gaussian is what heat does on a grid (Lindeberg 1990): it has the variance sigma^2 whatever the width,
    is nowhere negative, and leaves exp(-sigma^2 (1 - cos(2 pi f))) of a wave of f cycles a pixel. By the cosine
    transform, whose basis is mirrored so: wave k of N pixels has k / (2 N) cycles a pixel. The mean of an image stays.
    In float64, so that a pixel is rounded alike whatever the batch.

    >>> smoothed(np.array([0, 0, 255, 0, 0]).reshape(1, 1, 5, 1), 0.5).round(1).ravel().tolist()
    [1.6, 25.0, 201.7, 25.0, 1.6]
    """
    if not images.size:
        return images.astype(np.float64)
    waves = scipy.fft.dctn(images.astype(np.float64), axes=(1, 2))
    for axis in (1, 2):
        length = images.shape[axis]
        left = np.exp(-(sigma**2) * (1 - np.cos(np.pi * np.arange(length) / length)))
        waves *= np.expand_dims(left, [other for other in range(4) if other != axis])
    return np.asarray(scipy.fft.idctn(waves, axes=(1, 2)))


def sigma_of(cutoff: float) -> float:
    """The sigma in pixels of a discrete Gaussian that halves waves of so many cycles a pixel, between 0 and 1/2."""
    return float(np.sqrt(np.log(2) / (1 - np.cos(2 * np.pi * cutoff))))
