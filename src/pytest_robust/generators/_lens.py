"""Places in a picture, as seen from the middle of the lens."""

from __future__ import annotations

import math

import numpy as np

from pytest_robust.generators._pixels import Floats


def offsets(height: int, width: int) -> tuple[Floats, Floats]:
    """How far every pixel lies below and right of the middle, in pixels: (height, 1) and (1, width).

    >>> below, right = offsets(2, 3)
    >>> below.tolist(), right.tolist()
    ([[-0.5], [0.5]], [[-1.0, 0.0, 1.0]])
    """
    below = np.arange(height, dtype=np.float32)[:, None] - np.float32((height - 1) / 2)
    right = np.arange(width, dtype=np.float32)[None, :] - np.float32((width - 1) / 2)
    return below, right


def field(height: int, width: int) -> Floats:
    """The squared distance of every pixel from the middle, (height, width); the corners of the picture have 1."""
    below, right = offsets(height, width)
    return (below**2 + right**2) * np.float32(4 / (height**2 + width**2))


def window(centre: tuple[float, float], reach: float, height: int, width: int) -> tuple[slice, slice]:
    """The rows and columns of a picture within `reach` of a place (y, x), whole pixels.

    >>> window((1, 7.5), 2, 10, 10)
    (slice(0, 4, None), slice(5, 10, None))
    """
    first = (max(0, math.floor(place - reach)) for place in centre)
    last = (min(side, math.ceil(place + reach) + 1) for place, side in zip(centre, (height, width), strict=True))
    rows, columns = (slice(start, stop) for start, stop in zip(first, last, strict=True))
    return rows, columns


def around(here: tuple[slice, slice], centre: tuple[float, float], radius: float) -> tuple[Floats, Floats]:
    """How far the pixels of a window lie below and right of a place (y, x), in radii: (rows, 1) and (1, columns)."""
    rows, columns = (np.arange(side.start, side.stop, dtype=np.float32) for side in here)
    below = (rows - np.float32(centre[0])) / np.float32(radius)
    right = (columns - np.float32(centre[1])) / np.float32(radius)
    return below[:, None], right[None, :]


def soft_disc(squared: Floats, softness: float) -> Floats:
    """A disc out of focus, of squared distances in radii: 1 within, 0 without, and the smoothstep between them.

    The edge reaches from 1 - softness to 1 + softness.

    >>> soft_disc(np.array([0.64, 1, 1.21], np.float32), 0.1).round(3).tolist()
    [1.0, 0.5, 0.0]
    """
    inside = (np.float32(1 + softness) - np.sqrt(squared)) / np.float32(2 * softness)
    np.clip(inside, 0, 1, out=inside)
    return np.asarray(inside * inside * (3 - 2 * inside), dtype=np.float32)
