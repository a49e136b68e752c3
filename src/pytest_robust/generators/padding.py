"""Small pictures that were padded instead of enlarged."""

from __future__ import annotations

from typing import Literal

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._names import with_option
from pytest_robust.generators._pil import resized
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("padding", (0.9, 0.8, 0.7, 0.6, 0.5))  # share of each side that the picture takes


@generator(
    kind="pipeline",
    scale="severity",
    levels=LEVELS,
    label=with_option("padding", "place"),
    moves=True,
    risk="A picture smaller than the model's input, filled up with black instead of being enlarged.",
)
@by_blocks
def padding(
    images: Images,
    *,
    severity: float,
    seeds: Seeds,  # noqa: ARG001
    place: Literal["middle", "corner"] = "middle",
) -> Images:
    """The picture at a share c of its sides, rounded, in the middle or in the upper left corner; the rest is black.

    At least one pixel is left. Reduced bilinearly with antialiasing, by PIL. `images` (n, h, w, 1 or 3). Raises
    GenerationError for other channels and for severities other than 1 to 5.
    """
    (share,) = SEVERITIES.of(images, severity)
    height, width, channels = images.shape[1:]
    small_y, small_x = max(round(height * share), 1), max(round(width * share), 1)
    top, left = ((height - small_y) // 2, (width - small_x) // 2) if place == "middle" else (0, 0)
    made = np.zeros(images.shape, np.uint8)
    for image, canvas in zip(images, made, strict=True):
        small = resized(image, (small_x, small_y)).reshape(small_y, small_x, channels)
        canvas[top : top + small_y, left : left + small_x] = small
    return made
