"""Saturation, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import truncated, unit
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "saturate",
    at_32=((0.3, 0), (0.1, 0), (1.5, 0), (2, 0.1), (2.5, 0.2)),
    at_224=((0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (20, 0.2)),
    channels=(3,),
)  # factor and offset of saturation; severities 1 and 2 take colour away, 3 to 5 add it


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Colours faded by light and dirt, or forced by a camera's picture mode.",
)
def saturate(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """HSV saturation a s + b, clipped to [0, 1]. Hendrycks & Dietterich 2019.

    With value V = max(RGB), RGB becomes V - (V - RGB) s' / s. A grey pixel has s = 0 and the hue of red, as published:
    where b > 0 it becomes reddish. `images` (n, h, w, 3). Raises GenerationError for other channels and for
    severities other than 1 to 5.
    """
    factor, offset = SEVERITIES.of(images, severity)
    pixels = unit(images)
    value = pixels.max(axis=3, keepdims=True)
    spread = value - pixels.min(axis=3, keepdims=True)
    grey = spread == 0
    saturation = np.divide(spread, value, out=np.zeros_like(spread), where=~grey)
    target = np.clip(saturation * np.float32(factor) + np.float32(offset), 0, 1)
    distance = value - pixels
    distance *= np.divide(target, saturation, out=np.zeros_like(target), where=~grey)
    if offset:
        np.copyto(distance[..., 1:], value * target, where=grey)
    return truncated(value - distance)
