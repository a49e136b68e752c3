"""Randomness that belongs to a row: the same row and seed give the same numbers in any batch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Seeds = NDArray[np.uint64]
"""One seed a row, shape (n,)."""


def row_generators(seeds: Seeds) -> Iterator[np.random.Generator]:
    """One independent stream a row.

    >>> [round(float(rng.random()), 3) for rng in row_generators(np.array([1, 2, 1], dtype=np.uint64))]
    [0.512, 0.262, 0.512]
    """
    for seed in seeds.tolist():
        yield np.random.Generator(np.random.PCG64(seed))


def normals(seeds: Seeds, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Standard normal numbers, shape (n, *shape)."""
    made = np.empty((len(seeds), *shape), np.float32)
    for rng, row in zip(row_generators(seeds), made, strict=True):
        rng.standard_normal(dtype=np.float32, out=row)
    return made


def uniforms(seeds: Seeds, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Numbers uniform on [0, 1), shape (n, *shape)."""
    made = np.empty((len(seeds), *shape), np.float32)
    for rng, row in zip(row_generators(seeds), made, strict=True):
        rng.random(dtype=np.float32, out=row)
    return made
