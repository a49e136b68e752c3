"""Elastic deformation, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._gauss import gaussian_weights
from pytest_robust.generators._pixels import truncated, unit
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "elastic_transform",
    at_32=((0, 0, 2.56), (1.6, 6.4, 2.24), (2.56, 1.92, 1.92), (3.2, 1.28, 1.6), (3.2, 0.96, 0.96)),
    # The published code for 224 pixels multiplies by 244.
    at_224=((488, 170.8, 24.4), (488, 19.52, 48.8), (12.2, 2.44, 4.88), (17.08, 2.44, 4.88), (29.28, 2.44, 4.88)),
    lengths=(0, 1, 2),
    smallest=3,
)  # amplitude and smoothness of the displacement, jitter of the affine part


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Soft objects, warped surfaces and lenses, and shaky scans.",
)
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
    grid_y, grid_x = np.indices((height, width), dtype=np.float32)
    pixels = unit(images)
    for rng, row in zip(row_generators(seeds), pixels, strict=True):
        moved = anchors + rng.uniform(-jitter, jitter, (3, 2)).astype(np.float32)
        affine = cv2.getAffineTransform(anchors, moved)
        warped = cv2.warpAffine(row, affine, (width, height), borderMode=cv2.BORDER_REFLECT_101)
        if amplitude:
            field = rng.random((2, height, width), dtype=np.float32) * 2 - 1
            x, y = smoothed(field, sigma) * np.float32(amplitude)
            warped = cv2.remap(warped, grid_x + x, grid_y + y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        row[...] = warped.reshape(row.shape)
    return truncated(pixels)


def smoothed(fields: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Fields (k, h, w) convolved with a Gaussian cut at 3 sigma, edges mirrored; as `scipy.ndimage` does."""
    height, width = fields.shape[1:]
    return np.asarray(smoother(height, sigma) @ fields @ smoother(width, sigma).T)


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
