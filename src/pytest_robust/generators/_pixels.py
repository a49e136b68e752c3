"""From uint8 pixels to numbers and back, the same way for every corruption."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images

Floats = NDArray[np.float32]

WHOLE = np.float32(1 / 1024)
"""Added before truncation, in levels: a value that is a whole number but for float32's rounding stays that number."""


def unit(images: Images) -> Floats:
    """Pixels as float32 between 0 and 1."""
    return np.divide(images, np.float32(255), dtype=np.float32, order="C")


def truncated(values: Floats) -> Images:
    """Numbers between 0 and 1 (clipped to it) as pixels, truncated as the published code does. Uses `values` up.

    >>> truncated(np.array([-0.1, 0.0, 0.999, 1.0, 1.2], np.float32)).tolist()
    [0, 0, 254, 255, 255]
    """
    values *= np.float32(255)
    values += WHOLE
    return np.clip(values, 0, 255, out=values).astype(np.uint8)


def rounded(levels: NDArray[Any]) -> Images:
    """Levels between 0 and 255 (clipped to it), rounded half up."""
    return np.clip(np.floor(levels + np.float32(0.5)), 0, 255).astype(np.uint8)


def each(images: NDArray[Any], function: Callable[[NDArray[Any]], NDArray[Any]]) -> Any:
    """`function` of every image (h, w, c), stacked. OpenCV's drop of a single channel is undone."""
    made = np.empty(images.shape, images.dtype)
    for image, place in zip(images, made, strict=True):
        place[...] = function(image).reshape(place.shape)
    return made
