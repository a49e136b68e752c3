"""From uint8 pixels to numbers and back, the same way for every corruption."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images

Floats = NDArray[np.float32]

WHOLE = np.float32(1 / 1024)
"""Added before truncation, in levels: a value that is a whole number but for float32's rounding stays that number."""

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""How bright red, green and blue are: Rec. 601, as OpenCV and PIL make grey of colours."""


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


def raised(images: Images, levels: NDArray[np.int16]) -> Images:
    """Pixels plus whole levels, clipped to what a pixel can hold. Uses `levels` up."""
    levels += images
    return np.clip(levels, 0, 255, out=levels).astype(np.uint8)


def highest(images: Images) -> Images:
    """The highest channel of each pixel, (n, h, w): the value of HSV."""
    import cv2

    return _reduced(cv2.max, images)


def lowest(images: Images) -> Images:
    """The lowest channel of each pixel, (n, h, w)."""
    import cv2

    return _reduced(cv2.min, images)


def _reduced(function: Callable[..., Any], images: Images) -> Images:
    import cv2

    planes: Any = cv2.split(images.reshape(-1, *images.shape[2:]))
    found: Images = reduce(function, planes)
    return found.reshape(images.shape[:3])


def repeated(plane: Floats, channels: int) -> Floats:
    """Planes (..., h, w) as `channels` equal channels, (..., h, w, channels)."""
    import cv2

    if channels == 1 or not plane.size:
        return plane[..., None].repeat(channels, axis=-1)
    merged: Any = cv2.merge([plane.reshape(-1, plane.shape[-1])] * channels)
    return np.asarray(merged, dtype=np.float32).reshape(*plane.shape, channels)


def each(images: NDArray[Any], function: Callable[[NDArray[Any]], NDArray[Any]]) -> Any:
    """`function` of every image (h, w, c), stacked. OpenCV's drop of a single channel is undone."""
    made = np.empty(images.shape, images.dtype)
    for image, place in zip(images, made, strict=True):
        place[...] = function(image).reshape(place.shape)
    return made
