"""Saturation, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import WHOLE, highest, lowest, repeated
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
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
@by_blocks
def saturate(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """HSV saturation a s + b, clipped to [0, 1]. Hendrycks & Dietterich 2019.

    With value V = max(RGB), RGB becomes V - (V - RGB) s' / s. A grey pixel has s = 0 and the hue of red, as published:
    where b > 0 it becomes reddish. `images` (n, h, w, 3). Raises GenerationError for other channels and for
    severities other than 1 to 5.
    """
    factor, offset = SEVERITIES.of(images, severity)
    value = highest(images)
    spread = value - lowest(images)
    gain = gains(factor, offset).take(value.astype(np.uint16) << np.uint16(8) | spread)
    levels = images * repeated(gain, 3)
    levels += repeated(value * (1 - gain) + WHOLE, 3)
    made = levels.astype(np.uint8)
    if offset:
        greys = spread == 0
        made[greys, 1:] = (value[greys] * np.float32(1 - offset) + WHOLE).astype(np.uint8)[:, None]
    return made


@lru_cache(maxsize=8)
def gains(factor: float, offset: float) -> NDArray[np.float32]:
    """New over old saturation for each value and spread max(RGB) - min(RGB), (256 x 256,); 1 where there is none."""
    value, spread = np.indices((256, 256))
    saturation = spread / np.maximum(value, 1)
    target = np.clip(saturation * factor + offset, 0, 1)
    return np.divide(target, saturation, out=np.ones((256, 256)), where=spread > 0).astype(np.float32).ravel()
