"""Pictures to corrupt, and what it means that a result is right. No real data needed."""

from __future__ import annotations

import numpy as np

SIDES = (32, 224)
SOME = (1, 3, 5)


def pictures(n: int, height: int, width: int | None = None, channels: int = 3) -> np.ndarray:
    """Coloured blocks with texture, uint8 (n, h, w, c); black, white and grey areas among them. The same every time."""
    width = width or height
    rng = np.random.default_rng(7)
    blocks = rng.integers(0, 256, (n, 8, 8, channels))
    blocks[:, 0, 0], blocks[:, 0, 1], blocks[:, 1, 0] = 0, 255, 128
    rows, columns = np.arange(height) * 8 // max(height, 8), np.arange(width) * 8 // max(width, 8)
    found = blocks[:, rows][:, :, columns].astype(float)
    textured = rng.random((n, 1, width, 1)) < 0.8
    found += textured * rng.normal(0, 12, found.shape) * ((found > 0) & (found < 255) & (found != 128))
    return np.ascontiguousarray(np.clip(found, 0, 255).astype(np.uint8))


def scenes(n: int, side: int) -> np.ndarray:
    """Clouds of colour with the falling spectrum of photographs, uint8 (n, side, side, 3). The same every time."""
    rng = np.random.default_rng(11)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    spectrum = np.fft.fft2(rng.normal(size=(n, 3, side, side))) / np.maximum(frequency, 1 / side) ** 1.5
    fields = np.fft.ifft2(spectrum).real.transpose(0, 2, 3, 1)
    fields = (fields - fields.mean(axis=(1, 2), keepdims=True)) / fields.std(axis=(1, 2), keepdims=True)
    return np.ascontiguousarray(np.clip(110 + 50 * fields, 0, 255).astype(np.uint8))


def seeds(n: int, first: int = 100) -> np.ndarray:
    return np.arange(first, first + n, dtype=np.uint64)


def stream(seed: int) -> np.random.Generator:
    """The numbers that belong to a row of this seed."""
    return np.random.Generator(np.random.PCG64(int(seed)))


def assert_truncated(made: np.ndarray, exact: np.ndarray, tolerance: float = 0.01) -> None:
    """`made` is `exact` (between 0 and 1, float64) clipped and cut to whole levels.

    Where the exact value lies within the tolerance, in levels, of a whole number, both neighbours are right: the
    arithmetic is float32.
    """
    levels = np.clip(exact, 0, 1) * 255
    low, high = np.floor(levels - tolerance), np.floor(levels + tolerance)
    wrong = (made < np.maximum(low, 0)) | (made > high)
    assert not wrong.any(), f"{wrong.sum()} of {wrong.size} values; the first at {np.argwhere(wrong)[0]}"
