"""JPEG compression, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._jpeg import recoded
from pytest_robust.generators._pixels import each
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("jpeg_compression", at_32=(80, 65, 58, 50, 40), at_224=(25, 18, 15, 10, 7))  # quality


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Images squeezed for storage or upload.",
)
@by_blocks
def jpeg_compression(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """Encoded as JPEG at quality q as PIL does it, and decoded. Hendrycks & Dietterich 2019.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (quality,) = SEVERITIES.of(images, severity)
    made: Images = each(images, lambda image: recoded(image, round(quality)))
    return made
