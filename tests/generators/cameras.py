"""Pictures of known light, and sRGB written out (IEC 61966-2-1), to check cameras against."""

from __future__ import annotations

import numpy as np

from pytest_robust.generators._random import uniforms


def flat(level: int, n: int = 1, side: int = 224, channels: int = 3) -> np.ndarray:
    return np.full((n, side, side, channels), level, np.uint8)


def ramp(side: int = 224, channels: int = 3) -> np.ndarray:
    """A picture whose level is the place from the left in pixels."""
    return np.broadcast_to(np.arange(side, dtype=np.uint8)[:, None], (1, side, side, channels)).copy()


def decode(level: float) -> float:
    """The light of a level of 255, by IEC 61966-2-1."""
    v = level / 255
    return v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4


def encode(value: float) -> float:
    """The level of light, not rounded."""
    value = min(max(value, 0.0), 1.0)
    return 255 * (12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055)


def decoded(levels: np.ndarray) -> np.ndarray:
    return np.vectorize(decode)(np.arange(256))[levels]


def numbers(seed: int, *shape: int) -> np.ndarray:
    """The numbers between 0 and 1 that belong to a row of this seed."""
    return uniforms(np.array([seed], np.uint64), shape)[0].astype(float)


def assert_rounded(made: np.ndarray, exact: np.ndarray, tolerance: float = 0.08) -> None:
    assert np.abs(made - exact).max() <= 0.5 + tolerance
