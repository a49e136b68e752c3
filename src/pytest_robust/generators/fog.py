"""Fog, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import repeated, truncated, unit
from pytest_robust.generators._plasma import plasma
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "fog",
    at_32=((0.2, 3), (0.5, 3), (0.75, 2.5), (1, 2), (1.5, 1.75)),
    at_224=((1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4)),
)  # thickness of the fog, and how fast its detail fades


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Fog or mist before the lens.",
)
@by_blocks
def fog(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """(x + a plasma) max / (max + a), with max the brightest value of the image; x in [0, 1].

    Hendrycks & Dietterich 2019. The plasma covers the next power of two above the longer side and is cut to the image.
    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    amount, decay = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    side = 1 << max(height - 1, width - 1, 1).bit_length()
    clouds = plasma(seeds, side, decay)[:, :height, :width] * np.float32(amount)
    pixels = unit(images)
    brightest = pixels.max(axis=(1, 2, 3), keepdims=True)
    pixels += repeated(clouds, images.shape[3])
    pixels *= brightest / (brightest + np.float32(amount))
    return truncated(pixels)
