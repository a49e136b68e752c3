"""Two moments in one frame."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._coin import signs
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "interlaced", at_32=(1, 2, 3, 4, 5), at_224=(3, 6, 10, 15, 21), lengths=(0,)
)  # motion between the two fields, in pixels


@generator(
    kind="pipeline",
    scale="severity",
    levels=LEVELS,
    moves=True,
    risk="Interlaced video read as whole frames: every second line is from another moment.",
)
def interlaced(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """Rows 1, 3, 5, ... moved by d whole pixels, at least one, to the right or to the left by the row's seed.

    The edge is repeated where nothing is known. `images` (n, h, w, 1 or 3). Raises GenerationError for other channels
    and for severities other than 1 to 5.
    """
    (motion,) = SEVERITIES.of(images, severity)
    width = images.shape[2]
    made = np.array(images, order="C")
    for sign, image in zip(signs(seeds), made, strict=True):
        places = np.arange(width) - sign * max(round(motion), 1)
        image[1::2] = image[1::2, np.clip(places, 0, width - 1)]
    return made
