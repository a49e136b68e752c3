"""A colour space taken for another."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import each, rounded
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import refuse_images
from pytest_robust.generators._ycc import BT601, transformed

MIDDLE = np.array([0, 128, 128], np.float32)


@generator(kind="pipeline", risk="A decoder's Y'CbCr handed on as if it were RGB: pictures in teal and pink.")
@by_blocks
def ycbcr_as_rgb(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """Y, Cb + 128 and Cr + 128 of JFIF (BT.601, full range), rounded half up, as red, green and blue.

    `images` (n, h, w, 3). Raises GenerationError for other channels.
    """
    refuse_images("ycbcr_as_rgb", images, channels=(3,))
    made: Images = each(images, lambda image: rounded(transformed(image, BT601) + MIDDLE))
    return made
