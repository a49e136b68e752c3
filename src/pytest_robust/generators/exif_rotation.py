"""Pictures that lie on their side."""

from __future__ import annotations

from typing import Literal

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._names import with_option
from pytest_robust.generators._pil import resized
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import refuse_images


@generator(
    kind="pipeline",
    label=with_option("exif_rotation", "degrees"),
    moves=True,
    risk="A telephone's photo read without its EXIF orientation, so that it lies on its side or head.",
)
@by_blocks
def exif_rotation(
    images: Images,
    *,
    severity: float,  # noqa: ARG001
    seeds: Seeds,  # noqa: ARG001
    degrees: Literal[90, 180, 270] = 90,
) -> Images:
    """Turned by whole quarters, anticlockwise: 90 is what becomes of a photo with the EXIF orientation 6, held upright.

    Pixels only change places. The exception are images that are not square, turned by 90 or 270: the turned picture is
    stretched to the shape that the model expects, bilinearly and antialiased, as a pipeline with one size for all does.
    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels.
    """
    refuse_images("exif_rotation", images)
    turned = np.rot90(images, k=degrees // 90, axes=(1, 2))
    if turned.shape == images.shape:
        return np.ascontiguousarray(turned)
    size = images.shape[2], images.shape[1]
    made = np.empty(images.shape, np.uint8)
    for image, place in zip(turned, made, strict=True):
        place[...] = resized(image, size).reshape(place.shape)
    return made
