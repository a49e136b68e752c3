"""Speckle noise, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import truncated, unit
from pytest_robust.generators._random import Seeds, normals
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "speckle_noise", at_32=(0.06, 0.1, 0.12, 0.16, 0.2), at_224=(0.15, 0.2, 0.35, 0.45, 0.6)
)  # standard deviation of a white pixel


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Noise that grows with the signal, as of coherent light, radar and ultrasound.",
)
def speckle_noise(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """x + x N(0, s), independent for each value; x in [0, 1]. Hendrycks & Dietterich 2019.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (scale,) = SEVERITIES.of(images, severity)
    factor = normals(seeds, images.shape[1:])
    factor *= scale
    factor += 1
    factor *= unit(images)
    return truncated(factor)
