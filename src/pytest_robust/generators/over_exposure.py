"""Too long an exposure."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._light import LIGHT, shown
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("over_exposure", (0.5, 1, 1.6, 2.3, 3))  # stops too much


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    risk="Automatic exposure set for a darker scene: bright areas burn out to white, and what was in them is lost.",
)
def over_exposure(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """2^stops as much light, clipped at white: encode(min(1, 2^stops decode(x))), in the linear light of sRGB.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (stops,) = SEVERITIES.of(images, severity)
    return np.take(shown(LIGHT * np.float32(2**stops)), images)
