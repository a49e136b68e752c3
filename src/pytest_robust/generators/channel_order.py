"""Red and blue in each other's place."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import refuse_images


@generator(kind="pipeline", risk="A picture read as BGR, as OpenCV does, and given to a model that expects RGB.")
def channel_order(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """`images` (n, h, w, 3) with their channels in reverse order. Raises GenerationError for other channels."""
    refuse_images("channel_order", images, channels=(3,))
    return np.ascontiguousarray(images[..., ::-1])
