"""Negatives."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds


@generator(
    kind="outlier",
    truth="unfamiliar",
    risk="A negative: no camera of this kind makes such a picture. Shapes stay, so people may know the thing all the "
    "same; a claim on it asks whether the model notices, not whether it is right.",
)
def inverted(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """255 - x in every channel. `images` (n, h, w, c) of any size and number of channels."""
    return np.subtract(255, images, dtype=np.uint8, order="C")
