"""The smallest region of an image that must be changed for it to fail: a search over all rows at once, in few steps.

From a coarse grid to the pixel. What fails in a region need not fail in a larger one, so that each row is looked for
from its four sides; what those find on the grid is made exact, mostly one region, and the smallest is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.engine.answers import QUERIED_ROWS
from pytest_robust.engine.lowest import Rows

Regions = NDArray[np.intp]
"""(n, 4): first row and the one after the last, first column and the one after the last."""
Fails = Callable[[Rows, Regions], NDArray[np.bool_]]
"""Which of these rows fail, each changed in a region of its own and nowhere else; (m,), (m, 4) and (m,)."""

TOP, BOTTOM, LEFT, RIGHT = range(4)
ORDERS = (
    (TOP, BOTTOM, LEFT, RIGHT),
    (BOTTOM, TOP, RIGHT, LEFT),
    (LEFT, RIGHT, TOP, BOTTOM),
    (RIGHT, LEFT, BOTTOM, TOP),
)
"""In which the sides are moved: of two regions that are each enough, the one away from the first side is found."""
GRID = 8
"""Strips that the height and the width are divided in at first."""
ROUNDS = 4
"""At pixels, after the first. There is none where what fails in a region fails in all that hold it."""
WORTH = 0.5
"""Share of the image's area above which a region is not told of: that the change could be left out of the lesser half
says little of what the model looks at, and the picture as it was made is the simpler one to understand."""


def smallest_regions(fails: Fails, known: Regions, most: NDArray[np.intp]) -> Regions:
    """For each row a small region that fails, given one `known` (n, 4) that does.

    Each side in turn is moved by bisection: as if what fails in a region failed in all that hold it. Where that is so,
    no part can be left out of the region found; where it is not, it fails in any case, and no side can be moved by a
    pixel unless `ROUNDS` were not enough. A row that comes to no area of `most` (n,) pixels on the grid is left there.

    A question is of `QUERIED_ROWS` inputs in any case, so that several places are asked about together where few rows
    are left. Of five rows there are at most 12 questions on the grid; then, in images of up to 224 x 224 where one
    region is enough, 4 to 8 to the pixel and one for what is left to move.

    >>> truth = np.array([[3, 6, 10, 12]])
    >>> def fails(rows, tried):
    ...     return ((tried[:, ::2] <= truth[rows, ::2]) & (tried[:, 1::2] >= truth[rows, 1::2])).all(axis=1)
    >>> smallest_regions(fails, np.array([[0, 32, 0, 32]]), np.array([512])).tolist()
    [[3, 6, 10, 12]]
    """
    rows, orders = np.tile(np.arange(len(known)), len(ORDERS)), np.repeat(ORDERS, len(known), axis=0)
    tried, unit = known[rows], np.maximum(1, -(-spans(known) // GRID))[rows]
    for turn in range(4):
        _move(fails, rows, tried, orders[:, turn], unit)
    new = np.sort(np.unique(np.column_stack([rows, tried]), axis=0, return_index=True)[1])
    rows, orders, tried, unit = rows[new], orders[new], tried[new], unit[new]
    some = np.maximum(1, spans(tried) - 2 * (unit - 1)).prod(axis=1) <= most[rows]
    tried[some] = _to_the_pixel(fails, rows[some], tried[some], orders[some], unit[some])
    return np.array([min(tried[rows == row].tolist(), key=area) for row in range(len(known))]).reshape(-1, 4)


def _to_the_pixel(
    fails: Fails, rows: Rows, regions: Regions, orders: NDArray[np.intp], unit: NDArray[np.intp]
) -> Regions:
    """Regions (m, 4) of which each side was moved by less than `unit` (m, 2), and further where that is not all."""
    found, pixel = regions.copy(), np.ones_like(unit)
    for turn in range(4):
        _move(fails, rows, found, orders[:, turn], pixel, below=unit)
    for _ in range(ROUNDS):
        some = np.flatnonzero(_can_move(fails, rows, found))
        if not len(some):
            break
        moved = found[some]
        for turn in range(4):
            _move(fails, rows[some], moved, orders[some, turn], pixel[some])
        found[some] = moved
    return found


def _can_move(fails: Fails, rows: Rows, regions: Regions) -> NDArray[np.bool_]:
    """Which regions (m, 4) fail too with one side, whichever, moved by a pixel."""
    which, sides = np.divmod(np.arange(4 * len(rows)), 4)
    tried = regions[which]
    tried[np.arange(len(which)), sides] += np.where(sides % 2, -1, 1)
    left = (spans(tried) > 0).all(axis=1)
    can = np.zeros(len(which), np.bool_)
    if left.any():
        can[left] = fails(rows[which[left]], tried[left])
    return np.asarray(can.reshape(-1, 4).any(axis=1))


def _move(
    fails: Fails,
    rows: Rows,
    regions: Regions,
    sides: Rows,
    unit: NDArray[np.intp],
    below: NDArray[np.intp] | None = None,
) -> None:
    """Move one side of each region (m, 4) inwards, by multiples of `unit` (m, 2), as far as bisection finds it to fail.

    By less than `below` (m, 2) where that is given.
    """
    axis, at = sides // 2, np.arange(len(rows))
    inwards = np.where(sides % 2, -1, 1) * unit[at, axis]
    fail = np.zeros(len(rows), np.intp)
    hold = -(-spans(regions)[at, axis] // unit[at, axis])  # nothing would be left
    if below is not None:
        hold = np.minimum(hold, below[at, axis])
    while (open_ := hold - fail > 1).any():
        some = np.flatnonzero(open_)
        parts = max(1, QUERIED_ROWS // len(some)) + 1
        steps = fail[some] + (hold - fail)[some] * np.arange(1, parts)[:, None] // parts
        steps = np.clip(steps, fail[some] + 1, hold[some] - 1)
        which = np.tile(some, len(steps))
        tried = regions[which]
        tried[np.arange(len(which)), sides[which]] += (inwards[some] * steps).ravel()
        failed = fails(rows[which], tried).reshape(steps.shape)
        fail[some] = np.where(failed, steps, fail[some]).max(axis=0)
        hold[some] = np.where(failed | (steps < fail[some]), hold[some], steps).min(axis=0)
    regions[at, sides] += inwards * fail


def area(region: Sequence[int]) -> int:
    """In pixels.

    >>> area((3, 6, 10, 12))
    6
    """
    top, bottom, left, right = region
    return (bottom - top) * (right - left)


def spans(regions: Regions) -> NDArray[np.intp]:
    """Heights and widths, (n, 2)."""
    return np.asarray(regions[:, 1::2] - regions[:, ::2])


def changed_in(originals: Images, images: Images) -> Regions:
    """The region (n, 4) that holds every changed pixel of each of n images; of one that is not changed, the whole.

    >>> images = np.zeros((1, 4, 4, 3), np.uint8)
    >>> images[0, 1:3, 2] = 7
    >>> changed_in(np.zeros_like(images), images).tolist()
    [[1, 3, 2, 3]]
    """
    differs = (originals != images).any(axis=-1)
    found = []
    for one in differs:
        here = one if one.any() else np.ones_like(one)
        tall, wide = np.flatnonzero(here.any(axis=1)), np.flatnonzero(here.any(axis=0))
        found.append((tall[0], tall[-1] + 1, wide[0], wide[-1] + 1))
    return np.array(found, dtype=np.intp).reshape(-1, 4)


def only_in(originals: Images, images: Images, regions: Regions) -> Images:
    """Images (n, h, w, c) with the original's pixels everywhere outside their regions (n, 4).

    >>> originals = np.zeros((1, 2, 2, 1), np.uint8)
    >>> only_in(originals, originals + 9, np.array([[0, 1, 0, 2]]))[0, ..., 0]
    array([[9, 9],
           [0, 0]], dtype=uint8)
    """
    put = originals.copy()
    for one, image, (top, bottom, left, right) in zip(put, images, regions.tolist(), strict=True):
        one[top:bottom, left:right] = image[top:bottom, left:right]
    return put
