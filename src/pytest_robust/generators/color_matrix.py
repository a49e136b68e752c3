"""Colours decoded by the matrix of another video standard."""

from __future__ import annotations

from typing import Literal

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._names import with_option
from pytest_robust.generators._pixels import each, rounded
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import refuse_images
from pytest_robust.generators._ycc import BT601, BT709, transformed

MATRICES = {"bt601_as_bt709": np.linalg.inv(BT709) @ BT601, "bt709_as_bt601": np.linalg.inv(BT601) @ BT709}


@generator(
    kind="pipeline",
    label=with_option("color_matrix", "mistake"),
    risk="Video coded by the matrix of BT.601 and decoded by that of BT.709, or the reverse: reds and greens are off.",
)
@by_blocks
def color_matrix(
    images: Images,
    *,
    severity: float,  # noqa: ARG001
    seeds: Seeds,  # noqa: ARG001
    mistake: Literal["bt601_as_bt709", "bt709_as_bt601"] = "bt601_as_bt709",
) -> Images:
    """To Y'CbCr by one standard's matrix and back by the other's, in one step: rounded once, at the end, and clipped.

    Grey stays grey. `images` (n, h, w, 3). Raises GenerationError for other channels.
    """
    refuse_images("color_matrix", images, channels=(3,))
    made: Images = each(images, lambda image: rounded(transformed(image, MATRICES[mistake])))
    return made
