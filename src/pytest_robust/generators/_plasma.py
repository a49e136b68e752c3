"""Plasma clouds by the diamond-square algorithm on a torus, as the published fog uses them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_robust.generators._random import Seeds, uniforms


def plasma(seeds: Seeds, side: int, decay: float) -> NDArray[np.float32]:
    """One height map a row, (n, side, side), from 0 to 1. `side` is a power of two, at least 2.

    Each round halves the distance between known points and sets every new one to the mean of four neighbours plus noise
    uniform within +-(100 / decay^k)^2 in round k, counted from 0.
    """
    return normalised(heights(uniforms(seeds, (side * side - 1,)) * 2 - 1, side, decay))


def heights(noise: NDArray[np.float32], side: int, decay: float) -> NDArray[np.float32]:
    """Height maps (n, side, side) from noise (n, side^2 - 1) uniform on [-1, 1], used in the order of the rounds."""
    maps = np.zeros((len(noise), side, side), np.float32)
    step, amplitude, used = side, np.float32(10_000), 0

    def jittered(neighbours: NDArray[np.float32]) -> NDArray[np.float32]:
        nonlocal used
        count = neighbours.shape[1] * neighbours.shape[2]
        wobble = noise[:, used : used + count].reshape(neighbours.shape)
        used += count
        return neighbours / 4 + amplitude * wobble

    while step >= 2:
        half = step // 2
        corners = maps[:, ::step, ::step]
        rows = corners + np.roll(corners, -1, axis=1)
        centres = jittered(rows + np.roll(rows, -1, axis=2))
        maps[:, half::step, half::step] = centres
        maps[:, ::step, half::step] = jittered(
            centres + np.roll(centres, 1, axis=1) + corners + np.roll(corners, -1, axis=2)
        )
        maps[:, half::step, ::step] = jittered(
            centres + np.roll(centres, 1, axis=2) + corners + np.roll(corners, -1, axis=1)
        )
        step, amplitude = half, np.float32(amplitude / decay**2)
    return maps


def normalised(maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each map shifted and scaled to reach from 0 to 1."""
    maps = maps - maps.min(axis=(1, 2), keepdims=True)
    return np.asarray(maps / maps.max(axis=(1, 2), keepdims=True), dtype=np.float32)
