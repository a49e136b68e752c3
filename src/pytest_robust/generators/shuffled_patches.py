"""Pictures in pieces, every piece in the wrong place."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._sizes import refuse_images


@generator(
    kind="outlier",
    truth="unfamiliar",
    risk="Parts without a whole: blocks in a wrong order after a broken transmission, collages, clutter.",
)
def shuffled_patches(
    images: Images,
    *,
    severity: float,  # noqa: ARG001
    seeds: Seeds,
    grid: Annotated[int, Field(ge=2)] = 4,
) -> Images:
    """The row's own picture, cut into `grid` x `grid` patches that change places, none stays; by the row's seed.

    Patches are of one size, so up to `grid` - 1 pixels at the right and lower edge may stay where they are. A side of
    fewer pixels than `grid` has a patch for each. `images` (n, h, w, 1 or 3). Raises GenerationError for other
    channels, and for images of less than 2 x 2 pixels.
    """
    refuse_images("shuffled_patches", images, smallest=2)
    height, width = images.shape[1:3]
    down, across = min(grid, height), min(grid, width)
    tall, wide = height // down, width // across
    made = np.array(images, order="C")
    for rng, image, place in zip(row_generators(seeds), images, made, strict=True):
        # In a ring of all patches, each takes the place of its neighbour: so none stays.
        ring = rng.permutation(down * across)
        for source, target in zip(ring.tolist(), np.roll(ring, 1).tolist(), strict=True):
            (top, left), (low, right) = divmod(source, across), divmod(target, across)
            place[low * tall : (low + 1) * tall, right * wide : (right + 1) * wide] = image[
                top * tall : (top + 1) * tall, left * wide : (left + 1) * wide
            ]
    return made
