"""One thing before the object."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._cover import Fill, hide
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("occlusion_patch", (0.2, 0.3, 0.4, 0.5, 0.6))  # share of each side


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    risk="Something stands before a part of the object: a post, a hand, another object.",
)
@by_blocks
def occlusion_patch(images: Images, *, severity: float, seeds: Seeds, fill: Fill = "grey") -> Images:
    """One patch, a share s of each side, rounded, at least one pixel; anywhere in the picture by the row's seed.

    So it covers 4, 9, 16, 25 or 36 % of the area. The fill is level 128 (`grey`), 0 (`black`) or uniform noise in every
    channel (`noise`). `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other
    than 1 to 5.
    """
    (share,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    tall, wide = max(round(height * share), 1), max(round(width * share), 1)
    made = np.array(images, order="C")
    for rng, image in zip(row_generators(seeds), made, strict=True):
        # By a share of the free way, so that a stronger patch of the same row hides about the same place.
        top, left = np.floor(rng.random(2) * (height - tall + 1, width - wide + 1)).astype(int)
        hidden = np.zeros((height, width), np.bool_)
        hidden[top : top + tall, left : left + wide] = True
        hide(image, hidden, fill, rng)
    return made
