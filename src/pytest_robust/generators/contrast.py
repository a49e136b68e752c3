"""Contrast, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import WHOLE
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("contrast", at_32=(0.75, 0.5, 0.4, 0.3, 0.15), at_224=(0.4, 0.3, 0.2, 0.1, 0.05))


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Haze, glare and flat light.",
)
@by_blocks
def contrast(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """(x - mean) c + mean, with the mean of each channel of each image; x in [0, 1]. Hendrycks & Dietterich 2019.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (factor,) = SEVERITIES.of(images, severity)
    n, height, width, channels = images.shape
    levels = images.reshape(n, height, width * channels).astype(np.float32)
    # Sums of whole numbers, so that the mean does not depend on their order.
    mean = levels.sum(axis=1).reshape(n, width, channels).sum(axis=1, dtype=np.float64) / (height * width)
    levels *= np.float32(factor)
    levels += np.tile(mean * (1 - factor) + WHOLE, width).astype(np.float32)[:, None]
    return levels.astype(np.uint8).reshape(images.shape)
