"""Shot noise, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._inversion import Inversion, inversion
from pytest_robust.generators._pixels import truncated
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("shot_noise", at_32=(500, 250, 100, 75, 50), at_224=(60, 25, 12, 5, 3))  # photons of white


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Too few photons: short exposure or little light.",
)
@by_blocks
def shot_noise(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """Poisson(x c) / c, independent for each value; x in [0, 1]. Hendrycks & Dietterich 2019.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (photons,) = SEVERITIES.of(images, severity)
    return counted(photons).draw_each(seeds, images).astype(np.uint8)


@lru_cache(maxsize=8)
def counted(photons: float) -> Inversion:
    """The distribution of the level that counting photons makes of each level: 255 Poisson(x c) / c, truncated."""
    counts = np.arange(int(photons) + 2)  # the last of them is white, as all beyond are
    chances = np.asarray(scipy.special.pdtr(counts, np.arange(256)[:, None] / 255 * photons), dtype=np.float64)
    chances[:, -1] = 1
    return inversion(truncated((counts / photons).astype(np.float32)).astype(np.int16), chances, bits=12)
