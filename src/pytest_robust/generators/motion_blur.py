"""Motion blur, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities
from pytest_robust.generators._streak import streaked, taps

SEVERITIES = Severities(
    "motion_blur",
    at_32=((6, 1), (6, 1.5), (6, 2), (8, 2), (9, 2.5)),
    at_224=((10, 3), (15, 5), (15, 8), (15, 12), (20, 15)),
    lengths=(0, 1),
)  # radius and sigma


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="A camera or an object that moves during the exposure.",
)
@by_blocks
def motion_blur(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """A one-sided Gaussian streak at an angle of U(-45, 45) degrees; edges are repeated. Hendrycks & Dietterich 2019.

    ImageMagick's, with which the originals were made; rounded, as it does. `images` (n, h, w, 1 or 3). Raises
    GenerationError for other channels and for severities other than 1 to 5.
    """
    radius, sigma = SEVERITIES.of(images, severity)
    made = np.empty(images.shape, np.uint8)
    weights, places = taps(radius, sigma, uniforms(seeds) * 90 - 45)
    for streak, image, place in zip(places, images, made, strict=True):
        blurred = streaked(image.astype(np.float32), weights, streak)
        blurred += np.float32(0.5)
        place[...] = blurred.astype(np.uint8)
    return made
