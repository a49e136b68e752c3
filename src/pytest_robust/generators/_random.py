"""Randomness that belongs to a row: the same row and seed give the same numbers in any batch.

The numbers of a row are a hash of its seed and of their place (SplitMix64: Steele, Lea & Flood, OOPSLA 2014), so that
those of many rows are made at once, and any one of them without the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np
from numpy.typing import NDArray

Seeds = NDArray[np.uint64]
"""One seed a row, shape (n,)."""

GAMMA = np.uint64(0x9E3779B97F4A7C15)
PIECE = 1 << 15
STEPS = np.arange(1, PIECE + 1, dtype=np.uint64) * GAMMA


def row_generators(seeds: Seeds) -> Iterator[np.random.Generator]:
    """One independent stream a row, for what the functions below do not offer; ten microseconds each.

    >>> [round(float(rng.random()), 3) for rng in row_generators(np.array([1, 2, 1], dtype=np.uint64))]
    [0.512, 0.262, 0.512]
    """
    for seed in seeds.tolist():
        yield np.random.Generator(np.random.PCG64(seed))


def uniforms(seeds: Seeds, shape: tuple[int, ...] = (), *, stream: int = 0) -> NDArray[np.float32]:
    """Numbers uniform on [0, 1), shape (n, *shape), multiples of 2^-24. Another `stream` gives others.

    >>> [round(number, 3) for number in uniforms(np.array([1, 2, 1], dtype=np.uint64)).tolist()]
    [0.521, 0.399, 0.521]
    """
    words = bits(seeds, -(-prod(shape) // 2), stream=stream).view(np.uint32)[:, : prod(shape)]
    # As signed integers, which processors turn into floats four times as fast.
    made = (words >> np.uint32(8)).view(np.int32).astype(np.float32)
    made *= np.float32(2**-24)
    return made.reshape(len(seeds), *shape)


def normals(seeds: Seeds, shape: tuple[int, ...] = (), *, stream: int = 0) -> NDArray[np.float32]:
    """Standard normal numbers, shape (n, *shape), by the method of Box and Muller. Another `stream` gives others."""
    pairs = -(-prod(shape) // 2)
    chance = uniforms(seeds, (2, pairs), stream=stream)
    length, angle = chance[:, 0], chance[:, 1]
    np.log(np.subtract(1, length, out=length), out=length)
    np.sqrt(np.multiply(length, -2, out=length), out=length)
    angle *= np.float32(2 * np.pi)
    made = np.empty((len(seeds), 2, pairs), np.float32)
    np.multiply(np.cos(angle), length, out=made[:, 0])
    np.multiply(np.sin(angle, out=angle), length, out=made[:, 1])
    return made.reshape(len(seeds), 2 * pairs)[:, : prod(shape)].reshape(len(seeds), *shape)


def bits(seeds: Seeds, count: int, *, stream: int = 0) -> NDArray[np.uint64]:
    """Random bits, `count` times 64 a row, shape (n, count)."""
    starts = _starts(seeds, stream)
    made = np.empty((len(seeds), count), np.uint64)
    for first in range(0, count, PIECE):  # small enough to stay in the processor's cache
        piece = made[:, first : first + PIECE]
        np.add(starts[:, None], STEPS[: piece.shape[1]], out=piece)
        _mix(piece)
        starts += STEPS[-1]
    return made


def bits_at(seeds: Seeds, places: NDArray[np.integer], *, stream: int = 0) -> NDArray[np.uint64]:
    """Of each row's bits those at one place, counted from 0: `bits(seeds, count)[i, places[i]]`, shape (n,)."""
    return _mix(_starts(seeds, stream) + (places.astype(np.uint64) + np.uint64(1)) * GAMMA)


def _starts(seeds: Seeds, stream: int) -> NDArray[np.uint64]:
    # Mixed twice, so that rows of neighbouring seeds, and streams of a row, do not run through the same numbers.
    return _mix(_mix(seeds + GAMMA) + np.uint64(stream))


def _mix(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Each word's bits mixed, in place: Stafford's variant 13 of MurmurHash3's last step."""
    words ^= words >> np.uint64(30)
    words *= np.uint64(0xBF58476D1CE4E5B9)
    words ^= words >> np.uint64(27)
    words *= np.uint64(0x94D049BB133111EB)
    words ^= words >> np.uint64(31)
    return words
