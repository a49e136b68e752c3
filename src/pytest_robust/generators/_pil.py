"""Resizing by PIL, with antialiasing, as most training pipelines do it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]
"""Left, top, right and bottom edge in pixels; pixel 0 lies between 0 and 1."""


def resized(image: NDArray[Any], size: tuple[int, int], box: Box | None = None) -> NDArray[Any]:
    """The part of an image (h, w, 1 or 3) uint8 within `box`, all of it by default, at another size (width, height).

    Bilinear, and antialiased where it shrinks; at the edges of a box the pixels beyond them count too. A grey result
    has lost its axis of channels.
    """
    from PIL import Image

    picture = Image.fromarray(image.squeeze(2) if image.shape[2] == 1 else image)
    return np.asarray(picture.resize(size, Image.Resampling.BILINEAR, box=box))
