"""Brightness, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import WHOLE, highest, repeated
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("brightness", at_32=(0.05, 0.1, 0.15, 0.2, 0.3), at_224=(0.1, 0.2, 0.3, 0.4, 0.5))


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Daylight and overexposure.",
)
@by_blocks
def brightness(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """HSV value + c, clipped to 1; x in [0, 1]. Hendrycks & Dietterich 2019.

    Hue and saturation stay, so that RGB is multiplied by new value / value; black becomes a grey of the new value.
    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    import cv2

    (rise,) = SEVERITIES.of(images, severity)
    values = np.arange(256, dtype=np.float32)
    brighter = np.minimum(values + np.float32(255 * rise), 255)
    # A little more, so that a product that is a whole number but for rounding stays that number when truncated.
    gain = brighter * np.float32(1 + 2**-20) / np.maximum(values, 1)
    value = highest(images)
    gains = np.asarray(cv2.LUT(value.reshape(-1, value.shape[2]), gain), dtype=np.float32)
    made = repeated(gains.reshape(value.shape), images.shape[3])
    made *= images
    levels = made.astype(np.uint8)
    levels[value == 0] = int(brighter[0] + WHOLE)
    return levels
