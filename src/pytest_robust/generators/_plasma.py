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
    grid = np.zeros((len(noise), 1, 1), np.float32)
    amplitude, used = np.float32(10_000), 0

    def jittered(neighbours: NDArray[np.float32]) -> NDArray[np.float32]:
        nonlocal used
        count = neighbours.shape[1] * neighbours.shape[2]
        neighbours *= np.float32(0.25)
        neighbours += amplitude * noise[:, used : used + count].reshape(neighbours.shape)
        used += count
        return neighbours

    while (points := grid.shape[1]) < side:
        below = grid + np.roll(grid, -1, axis=1)
        centres = jittered(below + np.roll(below, -1, axis=2))
        tops = grid + np.roll(grid, -1, axis=2)
        tops += centres
        tops += np.roll(centres, 1, axis=1)
        below += centres
        below += np.roll(centres, 1, axis=2)
        finer = np.empty((len(noise), 2 * points, 2 * points), np.float32)
        finer[:, ::2, ::2], finer[:, 1::2, 1::2] = grid, centres
        finer[:, ::2, 1::2], finer[:, 1::2, ::2] = jittered(tops), jittered(below)
        grid, amplitude = finer, np.float32(amplitude / decay**2)
    return grid


def normalised(maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each map shifted and scaled to reach from 0 to 1. Uses `maps` up."""
    maps -= maps.min(axis=(1, 2), keepdims=True)
    maps /= maps.max(axis=(1, 2), keepdims=True)
    return maps
