"""The published zoom into the middle of an image."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray


def clipped_zoom(image: NDArray[Any], factor: float, *, top: int = 0, out: NDArray[Any] | None = None) -> NDArray[Any]:
    """A float32 image (h, w) or (h, w, c) enlarged by `factor` >= 1 and cut to its size, linear between pixels.

    Of each side s, the ceil(s / factor) pixels in the middle are stretched so that first and last pixel stay ends. With
    `out`, which is also what is returned, only so many rows as it has are made, from row `top` of the result down.
    """
    import cv2

    height, width = image.shape[:2]
    (scale_y, start_y), (scale_x, start_x) = _axis(height, factor), _axis(width, factor)
    # OpenCV 5 interpolates exactly; OpenCV 4 rounds places to 1/32 of a pixel.
    return cv2.warpAffine(
        image,
        np.array([[scale_x, 0, start_x], [0, scale_y, start_y + scale_y * top]]),
        (width, height if out is None else len(out)),
        dst=out,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def zoom_matrix(side: int, factor: float) -> Any:
    """That zoom along one axis, as a sparse matrix (side, side)."""

    step, start = _axis(side, factor)
    places = np.clip(start + step * np.arange(side), 0, side - 1)
    below = np.floor(places).astype(int)
    share, rows = places - below, np.arange(side)
    columns = np.concatenate([below, np.minimum(below + 1, side - 1)])
    return scipy.sparse.csr_array((np.concatenate([1 - share, share]), (np.tile(rows, 2), columns)), shape=(side, side))


def _axis(side: int, factor: float) -> tuple[float, float]:
    """Where pixel 0 of the result lies in the source, and how far the next one is: (step, start)."""
    kept = math.ceil(side / factor)
    stretched = round(kept * factor)
    step = (kept - 1) / (stretched - 1) if stretched > 1 else 0.0
    return step, (side - kept) // 2 + (stretched - side) // 2 * step
