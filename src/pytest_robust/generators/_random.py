"""Randomness that belongs to a row: the same row and seed give the same numbers in any batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray


def row_generators(seeds: NDArray[np.uint64]) -> Iterator[np.random.Generator]:
    """One independent stream a row.

    >>> [round(float(rng.random()), 3) for rng in row_generators(np.array([1, 2, 1], dtype=np.uint64))]
    [0.512, 0.262, 0.512]
    """
    for seed in seeds.tolist():
        yield np.random.Generator(np.random.PCG64(seed))


def draw(
    seeds: NDArray[np.uint64], sample: Callable[[np.random.Generator], NDArray[np.float32]]
) -> NDArray[np.float32]:
    """`sample(rng)` of each row, stacked: shape (n, ...)."""
    return np.stack([sample(rng) for rng in row_generators(seeds)])
