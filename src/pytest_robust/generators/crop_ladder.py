"""A ladder on which ever less of a picture is in the frame."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pil import resized
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("crop_ladder", (0.9, 0.65, 0.4, 0.2, 0.06))  # share of each side that is kept


@generator(
    kind="ambiguity",
    scale="severity",
    levels=LEVELS,
    truth="order",
    risk="Ever too near, or cut too tight, until nobody can tell what it is: doubt must grow with it.",
)
def crop_ladder(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """A window of a share s of each side, enlarged to the whole picture; bilinear, by PIL.

    Where it lies is drawn by the row's seed, anywhere in the picture, and the window of each rung lies within that of
    the one before. 81, 42, 16, 4 and 0.4 % of the area are left; the last is two pixels wide at 32. A side is at least
    one pixel. `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to
    5.
    """
    (share,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    tall, wide = max(height * share, 1.0), max(width * share, 1.0)
    made = np.empty(images.shape, np.uint8)
    for rng, image, place in zip(row_generators(seeds), images, made, strict=True):
        top, left = rng.random(2) * (height - tall, width - wide)
        window = (left, top, min(left + wide, width), min(top + tall, height))
        place[...] = resized(image, (width, height), window).reshape(place.shape)
    return made
