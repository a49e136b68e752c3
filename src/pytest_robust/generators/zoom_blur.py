"""Zoom blur, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

from functools import lru_cache, reduce
from typing import Any

import numpy as np
import scipy

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import Floats, truncated, unit
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities
from pytest_robust.generators._zoom import clipped_zoom, zoom_matrix

SEVERITIES = Severities(
    "zoom_blur",
    at_32=((1.06, 0.01), (1.11, 0.01), (1.16, 0.01), (1.21, 0.01), (1.26, 0.01)),
    at_224=((1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03)),
)  # end and step of the zoom factors

SMALL = 64 * 64
"""Pixels up to which one sparse product with all images is faster than zooms one by one."""


BAND = 56
"""Rows of an image that all factors zoom before the next."""


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="A camera that moves fast towards its object.",
)
@by_blocks
def zoom_blur(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """The mean of the image and of the image zoomed by each factor from 1 up. Hendrycks & Dietterich 2019.

    The factors are numpy's arange(1, end, step), in which an end that rounding brings in is kept, as published.
    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    end, step = SEVERITIES.of(images, severity)
    factors = tuple(np.arange(1, end, step).tolist())
    n, height, width, channels = images.shape
    if height * width <= SMALL:
        area, values = height * width, height * width * channels
        columns = unit(images.reshape(n, values).T).reshape(area, channels * n)
        blurred = truncated(smear(height, width, factors) @ columns)
        return np.ascontiguousarray(blurred.reshape(values, n).T).reshape(images.shape)
    made = np.empty(images.shape, np.uint8)
    buffers = np.empty((3, height, width, 4 if channels == 3 else 1), np.float32)
    for image, row in zip(images, made, strict=True):
        row[...] = truncated(zooms(unit(image), factors, buffers))
    return made


def zooms(image: Floats, factors: tuple[float, ...], buffers: Floats) -> Floats:
    """The mean of an image (h, w, c) and its zooms. Works in `buffers`, three images of one or four channels.

    In memory that was in use before, and in bands that stay in the processor's cache: new memory for every zoom takes
    longer than the zoom.
    """
    import cv2

    wide, total, zoomed = buffers
    # OpenCV is three times as fast with four channels as with three.
    wide[...] = cv2.cvtColor(image, cv2.COLOR_RGB2RGBA) if image.shape[2] == 3 else image
    total[...] = wide
    for top in range(0, len(wide), BAND):
        band = total[top : top + BAND]
        for factor in factors:
            cv2.add(band, clipped_zoom(wide, factor, top=top, out=zoomed[: len(band)]), dst=band)
    total /= len(factors) + 1
    return np.asarray(cv2.cvtColor(total, cv2.COLOR_RGBA2RGB)) if image.shape[2] == 3 else total


@lru_cache(maxsize=8)
def smear(height: int, width: int, factors: tuple[float, ...]) -> Any:
    """The same as a sparse matrix (h w, h w)."""

    each = (
        scipy.sparse.kron(zoom_matrix(height, factor), zoom_matrix(width, factor), format="csr") for factor in factors
    )
    total = reduce(lambda one, other: one + other, each, scipy.sparse.eye_array(height * width, format="csr"))
    return (total / (len(factors) + 1)).astype(np.float32)
