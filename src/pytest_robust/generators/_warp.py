"""Images moved by a map of the plane."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images

Map = NDArray[Any]
"""A matrix (3, 3) of homogeneous coordinates (x, y, 1): pixels to the right of and below the picture's middle."""

Border = Literal["mirror", "edge", "black"]
"""What comes from outside a picture: the picture mirrored at its edges, their pixels drawn out, or nothing."""


def warp(images: Images, maps: Iterable[Map], border: Border = "mirror") -> Images:
    """Each image (h, w, c) moved by its own map, in its old frame.

    Linear between pixels, by OpenCV, which rounds places to 1/32 of a pixel.
    """
    import cv2

    beyond = {"mirror": cv2.BORDER_REFLECT, "edge": cv2.BORDER_REPLICATE, "black": cv2.BORDER_CONSTANT}[border]
    height, width = images.shape[1:3]
    middle = shift((width - 1) / 2, (height - 1) / 2)
    made = np.empty(images.shape, np.uint8)
    for image, moved, place in zip(images, maps, made, strict=True):
        matrix = middle @ moved @ np.linalg.inv(middle)
        seen = cv2.warpPerspective(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=beyond)
        place[...] = seen.reshape(place.shape)
    return made


def shift(right: float, down: float) -> Map:
    """A translation.

    >>> (shift(2, 3) @ [10, 20, 1]).tolist()
    [12.0, 23.0, 1.0]
    """
    return np.array([[1, 0, right], [0, 1, down], [0, 0, 1]], np.float64)


def linear(xx: float, xy: float, yx: float, yy: float) -> Map:
    """(x, y) to (xx x + xy y, yx x + yy y).

    >>> (linear(0, -1, 1, 0) @ [10, 20, 1]).tolist()
    [-20.0, 10.0, 1.0]
    """
    return np.array([[xx, xy, 0], [yx, yy, 0], [0, 0, 1]], np.float64)
