"""Pixelation, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import each
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("pixelate", at_32=(0.95, 0.9, 0.85, 0.75, 0.65), at_224=(0.6, 0.5, 0.4, 0.3, 0.25))


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="A picture enlarged from too few pixels: a distant object, a thumbnail, a weak stream.",
)
def pixelate(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """Box resize down to a share c of each side, and back, by PIL. Hendrycks & Dietterich 2019.

    A side is truncated to whole pixels, and is at least one. `images` (n, h, w, 1 or 3). Raises GenerationError for
    other channels and for severities other than 1 to 5.
    """
    from PIL import Image

    (share,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    small = max(int(width * share), 1), max(int(height * share), 1)

    def resize(image: NDArray[Any]) -> NDArray[Any]:
        picture = Image.fromarray(image.squeeze(2) if image.shape[2] == 1 else image)
        box = Image.Resampling.BOX
        return np.asarray(picture.resize(small, box).resize((width, height), box))

    made: Images = each(images, resize)
    return made
