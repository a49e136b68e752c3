"""What a thermal camera shows."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._gauss import blur
from pytest_robust.generators._pixels import rounded
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "thermal",
    at_32=((0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (0.6, 0.8), (0.7, 1)),
    at_224=((0.3, 1), (0.4, 1.5), (0.5, 2), (0.6, 3), (0.7, 4)),
    lengths=(1,),
)  # contrast of the inverted picture, and sigma of the blur in pixels

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""ITU-R BT.601, the usual way from RGB to grey."""


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    risk="A thermal or infrared camera plugged in where a colour camera was: grey, inverted, soft and flat.",
)
@by_blocks
def thermal(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """1/2 - c (blurred grey - 1/2), the same in all channels; x in [0, 1], grey by ITU-R BT.601.

    A likeness, not a temperature: what was bright is dark, c is the contrast that is left, and the blur is Gaussian.
    The contrast of the inverted picture rises with the severity, as the change does. `images` (n, h, w, 1 or 3). Raises
    GenerationError for other channels and for severities other than 1 to 5.
    """
    contrast, sigma = SEVERITIES.of(images, severity)
    made = np.empty(images.shape, np.uint8)
    for image, place in zip(images, made, strict=True):
        grey = image @ LUMA if image.shape[2] == 3 else image[..., 0].astype(np.float32)
        place[...] = rounded(127.5 - contrast * (blur(grey, sigma) - 127.5))[..., None]
    return made
