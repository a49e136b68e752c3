"""The end of a file is missing."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("truncated_image", (0.1, 0.2, 0.35, 0.5, 0.7))  # share of the rows that are missing

GREY = 128
"""What decoders of JPEG put in the place of what they do not find."""


@generator(
    kind="pipeline",
    scale="severity",
    levels=LEVELS,
    risk="A file whose end is missing, of an upload that broke off: the lower part of the picture is grey.",
)
def truncated_image(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """The last rows, a share s of them, rounded, are 128 in all channels. The others stay.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (share,) = SEVERITIES.of(images, severity)
    height = images.shape[1]
    made = np.array(images, order="C")
    made[:, height - round(height * share) :] = GREY
    return made
