"""Pictures moved by one pixel."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds, bits
from pytest_robust.generators._sizes import refuse_images

WAYS = ((0, 1), (2, 1), (1, 0), (1, 2))
"""Where the picture begins, down and to the right, in one that is a pixel wider at every edge: moved by one pixel down,
up, to the right or to the left."""


@generator(
    kind="field",
    moves=True,
    risk="A camera or an object that is a hair's breadth from where it was: the answer must not change.",
)
def nudged(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """Moved by one pixel up, down, left or right, by the row's seed: a change that must not matter.

    As of Azulay & Weiss (2019). What comes into the picture is its edge again. Claim `same_answer` of it. `images`
    (n, h, w, 1 or 3). Raises GenerationError for other channels.
    """
    refuse_images("nudged", images)
    height, width = images.shape[1:3]
    wider = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    made = np.empty(images.shape, np.uint8)
    for way, image, place in zip((bits(seeds, 1)[:, 0] % len(WAYS)).tolist(), wider, made, strict=True):
        down, right = WAYS[way]
        place[...] = image[down : down + height, right : right + width]
    return made
