"""Brightness, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import truncated, unit
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("brightness", at_32=(0.05, 0.1, 0.15, 0.2, 0.3), at_224=(0.1, 0.2, 0.3, 0.4, 0.5))


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Daylight and overexposure.",
)
def brightness(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """HSV value + c, clipped to 1; x in [0, 1]. Hendrycks & Dietterich 2019.

    Hue and saturation stay, so that RGB is multiplied by new value / value; black becomes a grey of the new value.
    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (rise,) = SEVERITIES.of(images, severity)
    value = images.max(axis=3, keepdims=True)
    levels = unit(np.arange(256, dtype=np.uint8))
    brighter = np.minimum(levels + np.float32(rise), 1)
    made = unit(images) * np.divide(brighter, levels, out=np.zeros_like(levels), where=levels > 0)[value]
    np.copyto(made, brighter[0], where=value == 0)
    return truncated(made)
