"""Patches hidden at random."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import rounded
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("hide_and_seek", (0.1, 0.2, 0.3, 0.4, 0.5))  # chance that a patch is hidden

PATCHES = 4
"""So many patches to each side; the paper's 56-pixel patches of 224-pixel images."""


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    risk="Leaves, people or other objects hide parts of the object, and the telling part may be among them.",
)
@by_blocks
def hide_and_seek(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """Each of 4 x 4 equal patches is hidden with probability p, by the row's seed. Singh & Lee, ICCV 2017.

    The paper uses p = 0.5, which is severity 5, and fills patches with the mean colour of the data set; here it is the
    mean colour of the image itself, rounded half up. What a severity hides is hidden at the higher ones too. `images`
    (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (chance,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    rows, columns = np.arange(height) * PATCHES // height, np.arange(width) * PATCHES // width
    made = np.array(images, order="C")
    for rng, image in zip(row_generators(seeds), made, strict=True):
        hidden = (rng.random((PATCHES, PATCHES)) < chance)[rows[:, None], columns]
        # Pixels are summed as integers: the mean is the same whatever the order of summation.
        image[hidden] = rounded(image.sum(axis=(0, 1), dtype=np.int64) / (height * width))
    return made
