"""Pixels of a sensor that answer the same whatever they see."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "dead_pixels", at_32=(0.005, 0.01, 0.02, 0.03, 0.05), at_224=(0.001, 0.0025, 0.005, 0.01, 0.02)
)  # share of pixels


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    risk="An old or overheated sensor: single pixels that stay black, white or glowing.",
)
def dead_pixels(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """A share of the pixels, at least one, is dead (black), stuck (white) or hot (one channel at its highest).

    The three have equal chances, and so have the channels of a hot pixel; in a grey picture hot is white. All other
    pixels stay as they are. `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities
    other than 1 to 5.
    """
    (share,) = SEVERITIES.of(images, severity)
    made = np.array(images, order="C")
    pixels = images.shape[1] * images.shape[2]
    count = max(1, round(share * pixels))
    for rng, row in zip(row_generators(seeds), made.reshape(len(made), pixels, images.shape[3]), strict=True):
        where = rng.choice(pixels, count, replace=False)
        fault = rng.integers(3, size=count)
        row[where[fault == 0]] = 0
        row[where[fault == 1]] = 255
        hot = where[fault == 2]
        row[hot, rng.integers(row.shape[1], size=len(hot))] = 255
    return made
