"""A ladder on which ever more of a picture is hidden."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._cover import hide
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("occlusion_ladder", (0.1, 0.35, 0.6, 0.85, 0.97))  # share hidden

CELLS = 8
"""So many to each side, or as many as there are pixels."""


@generator(
    kind="ambiguity",
    scale="severity",
    levels=LEVELS,
    truth="order",
    risk="Ever more hidden, until nobody can tell what it is: doubt must grow with it.",
)
def occlusion_ladder(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """Of 8 x 8 equal cells a share is covered with grey, level 128: 6, 22, 38, 54 and 62 cells of 64.

    Which, is drawn by the row's seed; what a rung hides is hidden on the next ones too. `images` (n, h, w, 1 or 3); a
    side of fewer than 8 pixels has a cell for each. Raises GenerationError for other channels and for severities other
    than 1 to 5.
    """
    (share,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    rows, columns = (np.arange(length) * min(CELLS, length) // length for length in (height, width))
    cells = rows[:, None] * CELLS + columns
    numbers = np.unique(cells)
    made = np.array(images, order="C")
    for rng, image in zip(row_generators(seeds), made, strict=True):
        covered = rng.permutation(numbers)[: round(share * len(numbers))]
        hide(image, np.isin(cells, covered), "grey", rng)
    return made
