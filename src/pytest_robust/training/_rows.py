"""What is kept of training rows, so that they can be recognised without being kept: hashes and a tiny picture of each.

All arithmetic is on whole numbers that float64 holds exactly, so that every machine finds the same bits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Batch, Columns, Images

Numbers = NDArray[np.float64]

SIDE, FREQUENCIES, THUMBNAIL = 32, 8, 8
ONE = 4096
"""What stands for 1 among weights and cosines."""
LUMA = (77, 150, 29)
"""Red, green and blue in 256ths: ITU-R BT.601."""


@dataclass(frozen=True)
class Rows:
    """n rows, in the order of their data set."""

    ids: NDArray[np.str_]
    """(n,)."""
    sha256: NDArray[np.uint8]
    """(n, 32): of shape and pixels."""
    hashes: NDArray[np.uint64]
    """(n,): perceptual, 64 bits."""
    thumbnails: NDArray[np.uint8]
    """(n, 64): 8 x 8 pixels in grey, stretched to 0 to 255; all 0 for a picture of one colour."""

    def __len__(self) -> int:
        return len(self.ids)


def rows_of(batches: Iterable[Batch]) -> Rows:
    """The rows of some batches, at least one.

    >>> rows_of([Batch(np.zeros((2, 4, 4, 3), np.uint8), np.array(["a", "b"]), np.zeros(2, np.int64))]).hashes.tolist()
    [0, 0]
    """
    parts = [{"ids": batch.ids, **hashed(batch.inputs)} for batch in batches]
    return Rows(**{name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def hashed(images: Images) -> Columns:
    """What `Rows` holds of images (n, h, w, c) uint8, of 1 or 3 channels."""
    luma = np.array(LUMA if images.shape[3] == 3 else (256,), np.float64)
    grey = images.astype(np.float64) @ luma
    return {
        "sha256": np.stack([exact(image) for image in images]),
        "hashes": perceptual(resized(grey, SIDE)),
        "thumbnails": stretched(resized(grey, THUMBNAIL).reshape(len(images), -1)),
    }


def exact(image: Images) -> NDArray[np.uint8]:
    """SHA-256 of an image's height, width and channels as text, such as `32 32 3`, and of its pixels; 32 bytes."""
    digest = hashlib.sha256(" ".join(map(str, image.shape)).encode())
    digest.update(np.ascontiguousarray(image).data)
    return np.frombuffer(digest.digest(), np.uint8)


def perceptual(small: Numbers) -> NDArray[np.uint64]:
    """64 bits a picture of (n, 32, 32): which of its 8 x 8 lowest frequencies in DCT-II, the first row and column left
    out, are above their median (Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash Functions").

    Copies that are resized, compressed or brightened differ in few of them.
    """
    cosines = _cosines()
    found = (cosines @ small @ cosines.T).reshape(len(small), -1)
    bits = found > np.median(found, axis=1, keepdims=True)
    return np.packbits(bits, axis=1).view(">u8")[:, 0].astype(np.uint64)


def resized(grey: Numbers, side: int) -> Numbers:
    """Pictures (n, h, w) of 0 to 65,280 as (n, side, side) of about 0 to 4,080, whole numbers; linear, and smoothed
    where it makes them smaller."""
    down, across = _weights(grey.shape[1], side), _weights(grey.shape[2], side)
    return np.rint(down @ grey @ across.T / (ONE * ONE * 16))


def stretched(small: Numbers) -> NDArray[np.uint8]:
    """Rows (n, m) from 0 to 255 each; 0 where all of one are equal."""
    low, high = small.min(axis=1, keepdims=True), small.max(axis=1, keepdims=True)
    return np.asarray(np.rint((small - low) * 255 / np.maximum(high - low, 1)), dtype=np.uint8)


@cache
def _weights(size: int, side: int) -> Numbers:
    """(side, size): by how much each pixel of a line counts in each of a shorter or longer one."""
    scale = size / side
    centres = (np.arange(side) + 0.5) * scale - 0.5
    near = np.maximum(0, 1 - np.abs(np.clip(centres, 0, size - 1)[:, None] - np.arange(size)) / max(scale, 1.0))
    return np.asarray(np.rint(near / near.sum(axis=1, keepdims=True) * ONE))


@cache
def _cosines() -> Numbers:
    """(8, 32): the second to ninth waves of DCT-II."""
    waves = np.arange(1, FREQUENCIES + 1)[:, None]
    return np.asarray(np.rint(np.cos(np.pi * waves * (2 * np.arange(SIDE) + 1) / (2 * SIDE)) * ONE))
