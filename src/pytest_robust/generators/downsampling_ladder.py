"""A ladder on which a picture has ever fewer pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pil import resized
from pytest_robust.generators._pixels import each
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "downsampling_ladder", at_32=(3 / 4, 1 / 2, 1 / 4, 1 / 8, 1 / 16), at_224=(1 / 2, 1 / 4, 1 / 8, 1 / 28, 1 / 112)
)  # share of each side


@generator(
    kind="ambiguity",
    scale="severity",
    levels=LEVELS,
    truth="order",
    risk="Ever farther away, until nobody can tell what it is: doubt must grow with it.",
)
def downsampling_ladder(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """Resized to a share s of each side, and back; bilinear and antialiased, by PIL, so that no edges of blocks appear.

    A side is rounded to whole pixels, and is at least one. 24, 16, 8, 4, 2 pixels are left of 32, and 112, 56, 28, 8, 2
    of 224: people tell most things at 32 (Torralba 2009) and nothing at 2. `images` (n, h, w, 1 or 3). Raises
    GenerationError for other channels and for severities other than 1 to 5.
    """
    (share,) = SEVERITIES.of(images, severity)
    height, width, channels = images.shape[1:]
    low, narrow = (max(round(length * share), 1) for length in (height, width))

    def coarse(image: NDArray[Any]) -> NDArray[Any]:
        return resized(resized(image, (narrow, low)).reshape(low, narrow, channels), (width, height))

    return np.asarray(each(images, coarse))
