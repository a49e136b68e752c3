"""Noise of a given spectrum, as ImageNet-C-bar makes it."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from pytest_robust.generators._pixels import Floats


def distances(height: int, width: int) -> Floats:
    """How far each frequency lies from none, (height, width), in waves over the shorter side; in numpy's order."""
    side = min(height, width)
    down, along = (np.fft.ifftshift((np.arange(n) - n / 2) / n) * side for n in (height, width))
    return np.hypot(down[:, None], along[None, :]).astype(np.float32)


def coloured(chances: Floats, power: Floats) -> Floats:
    """Noise (n, h, w) of standard deviation one, from numbers (n, h w // 2) uniform on [0, 1).

    The real part of the inverse Fourier transform of `power` (h, w) with random phases, of which those that mirror each
    other at the middle of the shifted spectrum are equal.
    """

    count, (height, width) = len(chances), power.shape
    middle = np.zeros((count, height * width % 2), np.float32)
    turns = np.concatenate([chances, middle, chances[:, ::-1]], axis=1).reshape(count, height, width)
    waves: NDArray[np.complex64] = np.exp(scipy.fft.ifftshift(turns, axes=(1, 2)) * np.complex64(2j * np.pi))
    noise = scipy.fft.ifft2(waves * power, axes=(1, 2)).real
    return np.asarray(noise / noise.std(axis=(1, 2), keepdims=True), dtype=np.float32)
