"""Contrast, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import truncated
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("contrast", at_32=(0.75, 0.5, 0.4, 0.3, 0.15), at_224=(0.4, 0.3, 0.2, 0.1, 0.05))


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Haze, glare and flat light.",
)
def contrast(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """(x - mean) c + mean, with the mean of each channel of each image; x in [0, 1]. Hendrycks & Dietterich 2019.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    import cv2

    (factor,) = SEVERITIES.of(images, severity)
    levels = np.arange(256)[:, None] / 255
    made = np.empty(images.shape, np.uint8)
    for image, place in zip(images, made, strict=True):
        # Pixels are summed as integers: the mean is the same whatever the order of summation.
        mean = image.sum(axis=(0, 1), dtype=np.int64) / (image.shape[0] * image.shape[1] * 255)
        table = truncated(((levels - mean) * factor + mean).astype(np.float32))
        place[...] = cv2.LUT(image, table[None]).reshape(place.shape)
    return made
