"""Objects that are not upright."""

from __future__ import annotations

import math

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._coin import signs
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities
from pytest_robust.generators._warp import linear, warp

SEVERITIES = Severities("rotation", (5, 10, 15, 22, 30))  # degrees


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    moves=True,
    risk="A camera that is mounted or held at an angle, or an object that leans.",
)
@by_blocks
def rotation(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """Turned about the middle by d degrees, to the left or to the right by the row's seed. Corners are mirrored.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (degrees,) = SEVERITIES.of(images, severity)
    angles = (math.radians(degrees * sign) for sign in signs(seeds).tolist())
    turns = (linear(math.cos(angle), -math.sin(angle), math.sin(angle), math.cos(angle)) for angle in angles)
    return warp(images, turns)
