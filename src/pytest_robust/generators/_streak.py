"""The one-sided streak of ImageMagick's motion blur, which the published motion blur and snow use."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def streak(radius: float, sigma: float, degrees: float) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """A kernel of 2 radius + 1 taps, and the place (x, y) in it of the pixel that it is for.

    Tap i has the weight exp(-i^2 / (2 sigma^2)), normalised, and lies i pixels away at the angle, in whole pixels.

    >>> kernel, anchor = streak(radius=1, sigma=1, degrees=0)
    >>> [round(float(weight), 3) for weight in kernel[0]], anchor
    ([0.574, 0.348, 0.078], (0, 0))
    """
    steps = np.arange(math.ceil(2 * radius) + 1)
    weights = np.exp(-(steps**2) / (2 * sigma**2))
    angle = math.radians(degrees)
    x = np.ceil(steps * math.cos(angle) - 0.5).astype(int)
    y = np.ceil(steps * math.sin(angle) - 0.5).astype(int)
    left, top = int(x.min()), int(y.min())
    kernel = np.zeros((int(y.max()) - top + 1, int(x.max()) - left + 1))
    np.add.at(kernel, (y - top, x - left), weights / weights.sum())
    return kernel.astype(np.float32), (-left, -top)


def streaked(image: NDArray[Any], radius: float, sigma: float, degrees: float) -> NDArray[Any]:
    """A float32 image (h, w) or (h, w, c) with every point drawn out; edges are repeated."""
    import cv2

    kernel, anchor = streak(radius, sigma, degrees)
    return cv2.filter2D(image, -1, kernel, anchor=anchor, borderType=cv2.BORDER_REPLICATE)
