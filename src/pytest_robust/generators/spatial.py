"""The worst of a grid of rotations and translations."""

from __future__ import annotations

import math
from itertools import product
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pytest_robust.carriers import Images
from pytest_robust.generators import Made, generator
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._standing import CLEAR, Ask, lead, standing
from pytest_robust.generators._warp import Border, Map, linear, shift, warp

TOGETHER = 32
"""Images asked about at once where fewer rows stand."""

Points = Annotated[int, Field(ge=2)]


@generator(
    kind="attack",
    needs=("labels", "queries", "answers"),
    moves=True,
    risk="A camera that hangs a little askew or beside its place, in just the way that this model cannot stand.",
)
def spatial(
    images: Images,
    *,
    severity: float,  # noqa: ARG001
    seeds: Seeds,  # noqa: ARG001
    labels: NDArray[np.int64],
    ask: Ask,
    answers: NDArray[np.float32],
    rotation: Annotated[float, Field(ge=0, le=180)] = 30,
    translation: Annotated[float, Field(ge=0, lt=1)] = 0.1,
    angles: Points = 31,
    shifts: Points = 5,
    border: Border = "black",
) -> Made:
    """For each row the rotation and translation that fools the model, of all on a grid, by Engstrom et al. 2019.

    The grid has `angles` rotations from -`rotation` to `rotation` degrees, and `shifts` translations each way from
    -`translation` to `translation`, a share of the picture's width or height. Every row is searched on its own, from
    the mildest point to the strongest, and is finished with the first that fools; a row that none fools ends with the
    one on which another class came nearest to the label. One that is wrong to begin with stays as it is. There is no
    gradient in it, and no chance: a grid finds what gradients, caught in dents, do not.

    Linear between pixels; one movement, so that nothing is blurred twice. `border` is what comes into the picture from
    outside: `black` as published, which may itself be what fools; `edge`, its outermost pixels drawn out; or `mirror`.

    Columns: `degrees` (n,) float64, to the right; `moved` (n, 2) float64, to the right and down, in pixels; `queries`
    (n,) int64, how many points were tried. `images` (n, h, w, 1 to 4), `labels` (n,) at least 0, `answers` (n, K).
    Raises GenerationError for rows without a label.
    """
    made = images.copy()
    degrees, moved, queries = np.zeros(len(images)), np.zeros((len(images), 2)), np.zeros(len(images), np.int64)
    points = grid(rotation, translation, angles, shifts, *images.shape[1:3])
    maps = [way(*point) for point in points]
    rows = standing("spatial", labels, answers) if len(images) else np.zeros(0, np.intp)
    best = np.full(len(images), -np.inf)
    first = 0
    while first < len(points) and len(rows):
        # Few rows are asked about several points at once; what comes after a row's first that fools does not count.
        some = range(first, min(first + max(TOGETHER // len(rows), 1), len(points)))
        first = some.stop
        tried = np.stack([warp(images[rows], [maps[number]] * len(rows), border) for number in some])
        leads = lead(ask(tried.reshape(-1, *images.shape[1:])), np.tile(labels[rows], len(some))).reshape(len(some), -1)
        for number, seen, ahead in zip(some, tried, leads, strict=True):
            open_ = best[rows] <= CLEAR
            queries[rows[open_]] += 1
            better = open_ & (ahead > best[rows])
            places = rows[better]
            made[places], best[places] = seen[better], ahead[better]
            degrees[places], moved[places] = points[number][0], points[number][1:]
        rows = rows[best[rows] <= CLEAR]
    return Made(made, {"degrees": degrees, "moved": moved, "queries": queries})


def grid(
    rotation: float, translation: float, angles: int, shifts: int, height: int, width: int
) -> list[tuple[float, float, float]]:
    """Degrees, pixels to the right, pixels down: all points but the picture as it is, mildest first.

    >>> grid(10, 0.0, 3, 2, 8, 8)
    [(-10.0, 0.0, 0.0), (10.0, 0.0, 0.0)]
    """

    def along(most: float, count: int) -> list[float]:
        found: list[float] = np.unique(np.linspace(-most, most, count)).tolist()
        return found

    points = product(along(rotation, angles), along(translation * width, shifts), along(translation * height, shifts))

    def strength(point: tuple[float, float, float]) -> float:
        largest = rotation, translation * width, translation * height
        return sum(abs(value) / most for value, most in zip(point, largest, strict=True) if most)

    return sorted((point for point in points if any(point)), key=strength)


def way(degrees: float, right: float, down: float) -> Map:
    """Turned to the right about the middle, then moved."""
    turn = math.radians(degrees)
    return shift(right, down) @ linear(math.cos(turn), -math.sin(turn), math.sin(turn), math.cos(turn))
