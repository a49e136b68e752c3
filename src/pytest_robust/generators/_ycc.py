"""Luma and two differences of colour, as video and JPEG store pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.generators._pixels import Floats

Matrix = NDArray[np.float64]


def to_ycc(red: float, blue: float) -> Matrix:
    """The matrix (3, 3) from RGB to Y'CbCr, Cb and Cr around 0, given the weights of red and blue in the luma.

    >>> to_ycc(red=0.299, blue=0.114).round(3).tolist()
    [[0.299, 0.587, 0.114], [-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]]
    """
    luma = np.array([red, 1 - red - blue, blue])
    return np.stack([luma, (np.eye(3)[2] - luma) / (2 - 2 * blue), (np.eye(3)[0] - luma) / (2 - 2 * red)])


BT601, BT709 = to_ycc(red=0.299, blue=0.114), to_ycc(red=0.2126, blue=0.0722)
"""The standards of ITU-R: television of old, and JPEG; and high definition."""


def transformed(image: NDArray[Any], matrix: Matrix) -> Floats:
    """Each pixel of an image (h, w, 3) times a matrix, in levels as float32, not rounded."""
    import cv2

    return np.asarray(cv2.transform(image.astype(np.float32), matrix), np.float32)
