"""JPEG compression, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import each
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("jpeg_compression", at_32=(80, 65, 58, 50, 40), at_224=(25, 18, 15, 10, 7))  # quality


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Images squeezed for storage or upload.",
)
def jpeg_compression(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """Encoded as JPEG by PIL at quality q, and decoded. Hendrycks & Dietterich 2019.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    from PIL import Image

    (quality,) = SEVERITIES.of(images, severity)

    def compress(image: NDArray[Any]) -> NDArray[Any]:
        picture = Image.fromarray(image.squeeze(2) if image.shape[2] == 1 else image)
        with BytesIO() as file:
            picture.save(file, "JPEG", quality=round(quality))
            with Image.open(file) as compressed:
                return np.asarray(compressed)

    made: Images = each(images, compress)
    return made
