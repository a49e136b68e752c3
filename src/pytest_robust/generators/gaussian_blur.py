"""Gaussian blur, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._gauss import blur
from pytest_robust.generators._pixels import each, truncated, unit
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("gaussian_blur", at_32=(0.4, 0.6, 0.7, 0.8, 1), at_224=(1, 2, 3, 4, 6), lengths=(0,))  # sigma


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Softness from a cheap lens, condensation or resizing.",
)
@by_blocks
def gaussian_blur(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """Convolution with a Gaussian of sigma pixels, cut at 4 sigma; edges are repeated. Hendrycks & Dietterich 2019.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (sigma,) = SEVERITIES.of(images, severity)
    return truncated(each(unit(images), lambda image: blur(image, sigma)))
