"""Shot noise, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import truncated
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("shot_noise", at_32=(500, 250, 100, 75, 50), at_224=(60, 25, 12, 5, 3))  # photons of white


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Too few photons: short exposure or little light.",
)
def shot_noise(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """Poisson(x c) / c, independent for each value; x in [0, 1]. Hendrycks & Dietterich 2019.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (photons,) = SEVERITIES.of(images, severity)
    expected = np.arange(256) / 255 * photons
    counts = np.empty(images.shape, np.float32)
    for rng, image, row in zip(row_generators(seeds), images, counts, strict=True):
        row[...] = rng.poisson(expected[image])
    counts /= photons
    return truncated(counts)
