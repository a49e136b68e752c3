"""Gaussian noise, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import truncated, unit
from pytest_robust.generators._random import Seeds, normals
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "gaussian_noise", at_32=(0.04, 0.06, 0.08, 0.09, 0.10), at_224=(0.08, 0.12, 0.18, 0.26, 0.38)
)  # standard deviation


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Sensor and amplifier noise, as in low light or at high gain.",
)
def gaussian_noise(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """x + N(0, s), independent for each value; x in [0, 1]. Hendrycks & Dietterich 2019.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (scale,) = SEVERITIES.of(images, severity)
    noise = normals(seeds, images.shape[1:])
    noise *= scale
    noise += unit(images)
    return truncated(noise)
