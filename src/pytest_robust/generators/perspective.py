"""Objects seen from the side."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities
from pytest_robust.generators._warp import warp

SEVERITIES = Severities("perspective", (15, 25, 35, 42, 50))  # degrees

DISTANCE = 1.5
"""Of the camera from the picture's plane, in longer sides of the picture: a wide angle of 37 degrees."""


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    moves=True,
    risk="A camera that looks at the object from the side, from above or from below.",
)
@by_blocks
def perspective(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """The picture as a flat sheet that is tilted by d degrees, seen from 1.5 of its longer sides away.

    Which way it is tilted depends on the row's seed. What lies beyond the sheet is mirrored at its edges. `images`
    (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (degrees,) = SEVERITIES.of(images, severity)
    distance = DISTANCE * max(images.shape[1:3])
    ways = 2 * np.pi * uniforms(seeds, (1,))[:, 0].astype(np.float64)
    return warp(images, (tilt(math.radians(degrees), way, distance) for way in ways))


def tilt(angle: float, way: float, distance: float) -> NDArray[np.float64]:
    """The map of a plane that is turned by `angle` about the line through its middle at the angle `way` to the right.

    By the formula of Rodrigues a point (x, y) goes to R (x, y, 0); a pinhole in the axis, so far away, sees it there
    divided by 1 + z / distance.
    """
    x, y = math.cos(way), math.sin(way)
    cross = np.array([[0, 0, y], [0, 0, -x], [-y, x, 0]])
    turn: NDArray[np.float64] = np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross
    turn[:, 2] = 0, 0, 1
    turn[2, :2] /= distance
    return turn
