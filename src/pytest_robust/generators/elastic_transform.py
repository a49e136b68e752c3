"""Elastic deformation, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._gauss import gaussian_weights
from pytest_robust.generators._pixels import Floats, truncated, unit
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "elastic_transform",
    at_32=((0, 0, 2.56), (1.6, 6.4, 2.24), (2.56, 1.92, 1.92), (3.2, 1.28, 1.6), (3.2, 0.96, 0.96)),
    # The published code for 224 pixels multiplies by 244.
    at_224=((488, 170.8, 24.4), (488, 19.52, 48.8), (12.2, 2.44, 4.88), (17.08, 2.44, 4.88), (29.28, 2.44, 4.88)),
    lengths=(0, 1, 2),
    smallest=3,
)  # amplitude and smoothness of the displacement, jitter of the affine part

SHORT = 48
"""Weights up to which a convolution takes less time than a product with a matrix."""


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    moves=True,
    risk="Soft objects, warped surfaces and lenses, and shaky scans.",
)
@by_blocks
def elastic_transform(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """An affine map that moves three points by up to c pixels, then a displacement a smooth(U(-1, 1)).

    Hendrycks & Dietterich 2019. Linear between pixels, edges mirrored. As published, a higher severity is not always
    the stronger one. `images` (n, h, w, 1 or 3), at least 3 x 3 pixels. Raises GenerationError for smaller images,
    other channels and severities other than 1 to 5.
    """
    import cv2

    amplitude, sigma, jitter = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    centre, arm = np.array([width // 2, height // 2], np.float32), min(height, width) // 3
    anchors = np.array([centre + arm, centre + np.array([arm, -arm]), centre - arm], np.float32)
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float32)
    moves = uniforms(seeds, (3, 2), stream=1) * np.float32(2 * jitter) - np.float32(jitter)
    fields = uniforms(seeds, (height, width, 2)) if amplitude else np.empty((len(seeds), 0), np.float32)
    fields *= np.float32(2 * amplitude)
    fields -= np.float32(amplitude)
    pixels = unit(images)
    for row, move, field in zip(pixels, moves, fields, strict=True):
        # OpenCV is twice as fast with four channels as with three.
        wide = cv2.cvtColor(row, cv2.COLOR_RGB2RGBA) if row.shape[2] == 3 else row
        affine = cv2.getAffineTransform(anchors, anchors + move)
        warped = cv2.warpAffine(wide, affine, (width, height), borderMode=cv2.BORDER_REFLECT_101)
        if amplitude:
            places = smoothed(field, sigma)
            places += grid
            both: Any = None  # x and y are in one map
            warped = cv2.remap(warped, places, both, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        row[...] = cv2.cvtColor(warped, cv2.COLOR_RGBA2RGB) if row.shape[2] == 3 else warped[..., None]
    return truncated(pixels)


def smoothed(field: Floats, sigma: float) -> Floats:
    """A field (h, w, 2) convolved with a Gaussian cut at 3 sigma, edges mirrored; as `scipy.ndimage` does."""
    import cv2

    weights = gaussian_weights(sigma, truncate=3)
    height, width = field.shape[:2]
    if len(weights) <= min(SHORT, height, width):
        return np.asarray(cv2.sepFilter2D(field, -1, weights, weights, borderType=cv2.BORDER_REFLECT), dtype=np.float32)
    planes = smoother(height, sigma) @ np.moveaxis(field, 2, 0) @ smoother(width, sigma).T
    return np.stack(list(planes), axis=-1)


@lru_cache(maxsize=16)
def smoother(side: int, sigma: float) -> NDArray[np.float32]:
    """That convolution along one axis as a matrix (side, side): its cost does not grow with sigma."""
    weights = gaussian_weights(sigma, truncate=3)
    reach = len(weights) // 2
    places = np.arange(side)[:, None] + np.arange(-reach, reach + 1)
    places %= 2 * side
    places = np.minimum(places, 2 * side - 1 - places)
    matrix = np.zeros((side, side))
    np.add.at(matrix, (np.arange(side)[:, None], places), weights)
    return matrix.astype(np.float32)
