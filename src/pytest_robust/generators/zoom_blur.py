"""Zoom blur, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import each, truncated, unit
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LEVELS, Severities
from pytest_robust.generators._zoom import clipped_zoom

SEVERITIES = Severities(
    "zoom_blur",
    at_32=((1.06, 0.01), (1.11, 0.01), (1.16, 0.01), (1.21, 0.01), (1.26, 0.01)),
    at_224=((1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03)),
)  # end and step of the zoom factors


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="A camera that moves fast towards its object.",
)
def zoom_blur(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """The mean of the image and of the image zoomed by each factor from 1 up. Hendrycks & Dietterich 2019.

    The factors are numpy's arange(1, end, step), in which an end that rounding brings in is kept, as published.
    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    end, step = SEVERITIES.of(images, severity)
    factors = np.arange(1, end, step).tolist()

    def smear(image: NDArray[Any]) -> NDArray[Any]:
        total = image.copy()
        for factor in factors:
            total += clipped_zoom(image, factor).reshape(image.shape)
        return total / np.float32(len(factors) + 1)

    return truncated(each(unit(images), smear))
