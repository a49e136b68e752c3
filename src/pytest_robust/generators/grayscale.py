"""Colour lost on the way."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import refuse_images

WEIGHTS = np.array((19595, 38470, 7471), np.uint32)
"""0.299, 0.587 and 0.114 in parts of 65,536."""


@generator(kind="pipeline", risk="A camera at night, a scanner's setting or a program that makes colour pictures grey.")
@by_blocks
def grayscale(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """The luma 0.299 R + 0.587 G + 0.114 B of ITU-R BT.601 in all three channels, rounded half up as PIL does it.

    `images` (n, h, w, 3). Raises GenerationError for other channels.
    """
    refuse_images("grayscale", images, channels=(3,))
    red, green, blue = (images[..., place] * WEIGHTS[place] for place in range(3))
    luma = (red + green + blue + (1 << 15)) >> 16
    return np.repeat(luma.astype(np.uint8)[..., None], 3, axis=3)
