"""A fence before the object."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._cover import Fill, hide
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("occlusion_bars", (0.125, 0.25, 0.375, 0.5, 0.625))  # share of the width that is hidden

BARS = 4
"""So many bars stand side by side in a picture."""


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    risk="The object stands behind a fence, a grating, blinds or branches.",
)
@by_blocks
def occlusion_bars(images: Images, *, severity: float, seeds: Seeds, fill: Fill = "grey") -> Images:
    """Four upright bars at equal distances, a share s of a distance wide; where the first one is, by the row's seed.

    A column is hidden if its left edge lies behind a bar. The fill is level 128 (`grey`), 0 (`black`) or uniform noise
    in every channel (`noise`). `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities
    other than 1 to 5.
    """
    (share,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    made = np.array(images, order="C")
    for rng, image in zip(row_generators(seeds), made, strict=True):
        columns = (np.arange(width) * BARS / width + rng.random()) % 1 < share
        hide(image, np.broadcast_to(columns, (height, width)), fill, rng)
    return made
