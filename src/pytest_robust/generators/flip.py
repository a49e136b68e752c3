"""Mirrored pictures."""

from __future__ import annotations

from typing import Literal

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._names import with_option
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import refuse_images

AXES = {"horizontal": 2, "vertical": 1}


@generator(
    kind="pipeline",
    label=with_option("flip", "direction"),
    moves=True,
    risk="A front camera that mirrors, or a bitmap whose rows are stored from the bottom upwards.",
)
def flip(
    images: Images,
    *,
    severity: float,  # noqa: ARG001
    seeds: Seeds,  # noqa: ARG001
    direction: Literal["horizontal", "vertical"] = "horizontal",
) -> Images:
    """Left and right (`horizontal`) or top and bottom (`vertical`) change places.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels.
    """
    refuse_images("flip", images)
    return np.ascontiguousarray(np.flip(images, AXES[direction]))
