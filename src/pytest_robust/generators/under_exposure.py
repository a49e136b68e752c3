"""Too short an exposure."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._light import LIGHT, shown
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("under_exposure", (0.75, 1.5, 2.25, 3, 4))  # stops too little


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    risk="Automatic exposure set for a brighter scene: the object is dark, and few levels are left to tell it by.",
)
def under_exposure(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """2^-stops as much light: encode(2^-stops decode(x)), in the linear light of sRGB.

    Rounding to 8 bits makes one level of many dark ones; there is no noise (`low_light` has it). `images`
    (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (stops,) = SEVERITIES.of(images, severity)
    return np.take(shown(LIGHT * np.float32(2**-stops)), images)
