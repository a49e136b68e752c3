"""Defocus, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import each, truncated, unit
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "defocus_blur",
    at_32=((0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1, 0.2), (1.5, 0.1)),
    at_224=((3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)),
    lengths=(0,),
)  # radius, and the sigma that smooths the disk's edge


def disk(radius: float, alias_blur: float) -> NDArray[np.float32]:
    """A disk of this radius in pixels, its edge smoothed; sums to one. The published kernel."""
    import cv2

    # The published window is 17 pixels wide up to radius 8; beyond, as wide as the disk and smoothed over 5 pixels.
    reach, smooth = (8, 3) if radius <= 8 else (math.ceil(radius), 5)
    places = np.arange(-reach, reach + 1)
    inside = (places[:, None] ** 2 + places**2 <= radius**2).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(inside / inside.sum(), (smooth, smooth), alias_blur), dtype=np.float32)


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="A camera focused on the wrong distance.",
)
@by_blocks
def defocus_blur(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """Convolution with a disk of given radius; edges are mirrored. Hendrycks & Dietterich 2019.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    import cv2

    kernel = disk(*SEVERITIES.of(images, severity))
    margin = int(np.flatnonzero(kernel.any(axis=0))[0])  # only zeros so far in from each edge
    kernel = kernel[margin : len(kernel) - margin, margin : len(kernel) - margin]
    return truncated(each(unit(images), lambda image: cv2.filter2D(image, -1, kernel)))
