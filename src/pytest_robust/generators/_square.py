"""The random search of Square, by Andriushchenko et al. 2020, on 8-bit images, whoever is asked about them.

Every row has its own stream of random numbers and its own step, so that what becomes of it does not depend on the rows
around it; all rows that still stand are asked about at once.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators._balls import Norm
from pytest_robust.generators._random import Seeds, row_generators

Positions = NDArray[np.intp]
Floats = NDArray[np.float32]

Margin = Callable[[Images, Positions], NDArray[np.floating]]
"""How wrong the model is on images (m, h, w, c) made from the given rows (m,) of a search: above 0 where it is fooled
for certain. A row's answer may depend on that row alone."""

HALVINGS = (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)
"""After how many ten-thousandths of the queries the area of the square is halved."""
BLOCK = 64
"""Steps for which random numbers are drawn at once."""
HANDFUL = 32
"""Rows whose next images are made at once."""
SHORTER = np.float32(0.98)
NONE = np.float32(1e-10)
"""Added to no length, but put for one of zero before it divides."""


def search(
    images: Images,
    seeds: Seeds,
    margin: Margin,
    *,
    norm: Norm,
    radius: float,
    queries: int,
    share: float = 0.8,
) -> tuple[Images, NDArray[np.bool_]]:
    """The images (n, h, w, c) that a search of at most `queries` questions a row ended with, and whether each fools.

    `radius` is in levels, whole ones for `linf`. `share` is the part of the image that the square covers at first. A
    row is asked about no more once it fools.
    """
    count, height, width, channels = images.shape
    start, step, drawn = (_stripes, _squares, 2) if norm == "linf" else (_tiles, _trade, 5)
    streams = list(row_generators(seeds))
    draws = np.empty((count, BLOCK, drawn + channels))
    found, best, standing = images.copy(), np.full(count, -np.inf), np.arange(count)
    for row, rng in enumerate(streams):
        found[row] = start(images[row], rng, radius)
    for number in range(queries):
        if number == 0:
            asked, tried = standing, found
        else:
            place = (number - 1) % BLOCK
            if place == 0:
                for row in standing.tolist():
                    streams[row].random(out=draws[row])
            side = square_side(part_of_image(number - 1, queries, share), height, width, norm)
            tried = found[standing]
            for part in (slice(first, first + HANDFUL) for first in range(0, len(standing), HANDFUL)):
                rows = standing[part]
                tried[part] = step(images[rows], tried[part], draws[rows, place], side, radius)
            # What changes nothing needs no answer: a square may be drawn in the colours that are there.
            new = (tried != found[standing]).any(axis=(1, 2, 3))
            asked, tried = standing[new], tried[new]
        if len(asked):
            leads = margin(tried, asked)
            better = np.isfinite(leads) & (leads > best[asked])
            found[asked[better]], best[asked[better]] = tried[better], leads[better]
            standing = standing[best[standing] <= 0]
        if not len(standing):
            break
    return found, best > 0


def part_of_image(step: int, steps: int, first: float) -> float:
    """The share of the image that the square covers: halved ever more rarely, as published for 10,000 queries.

    >>> [part_of_image(step, 10000, 0.8) for step in (0, 10, 11, 51, 8001)]
    [0.8, 0.8, 0.4, 0.2, 0.0015625]
    """
    return first / 2.0 ** bisect_left(HALVINGS, step * 10000 // steps)


def square_side(part: float, height: int, width: int, norm: Norm) -> int:
    """The side in pixels of a square that covers this part of the image; odd and at least 3 for `l2`, where it fits."""
    side = max(round(math.sqrt(part * height * width)), 1)
    if norm == "l2":
        side = max(side, 3) | 1
    return min(side, height, width)


def _stripes(image: Images, rng: np.random.Generator, radius: float) -> Images:
    """Vertical stripes of the largest change allowed, the sign by column and channel."""
    signs = np.where(rng.random(image.shape[1:]) < 0.5, -radius, radius)
    return np.asarray(np.clip(image + signs, 0, 255), dtype=np.uint8)


def _squares(base: Images, now: Images, draws: NDArray[np.float64], side: int, radius: float) -> Images:
    """One square of the largest change allowed on each image, the sign by channel."""
    where = _window(draws[:, 0], draws[:, 1], side, now.shape)
    signs = np.where(draws[:, 2:] < 0.5, -radius, radius).astype(np.int16)
    made = now.copy()
    made[where] = np.clip(base[where] + signs[:, None, None], 0, 255)
    return made


def _tiles(image: Images, rng: np.random.Generator, radius: float) -> Images:
    """Five by five bumps of either sign by channel, together as long as allowed."""
    height, width, channels = image.shape
    side = max(min(height, width) // 5, 1)
    offset = np.zeros(image.shape, np.float32)
    for top in range(height % side // 2, height - side + 1, side):
        for left in range(width % side // 2, width - side + 1, side):
            draws = rng.random(1 + channels)
            bump = _bump(side, bool(draws[0] < 0.5))[..., None]
            offset[top : top + side, left : left + side] = bump * _signs(draws[1:])
    (made,) = _whole(image[None], offset[None], radius)
    return np.asarray(made, dtype=np.uint8)


def _trade(base: Images, now: Images, draws: NDArray[np.float64], side: int, radius: float) -> Images:
    """Length moved from one square to a bump in another, with all that was not used before."""
    taken = _window(draws[:, 0], draws[:, 1], side, now.shape)
    given = _window(draws[:, 2], draws[:, 3], side, now.shape)
    offset = now.astype(np.float32) - base
    unused = np.maximum(radius**2 - np.square(offset).sum(axis=(1, 2, 3), keepdims=True), 0)
    there = offset[given]
    budget = np.square(there).sum(axis=(1, 2), keepdims=True) + unused / now.shape[3]
    offset[given] = 0
    budget += np.square(offset[taken]).sum(axis=(1, 2), keepdims=True)
    offset[taken] = 0
    bumps = np.where((draws[:, 4] < 0.5)[:, None, None], _bump(side, True), _bump(side, False))
    fresh = bumps[..., None] * _signs(draws[:, 5:])[:, None, None]
    fresh += there / np.maximum(_length(there, (1, 2)), NONE)
    offset[given] = fresh * (np.sqrt(budget) / np.maximum(_length(fresh, (1, 2)), NONE))
    return _whole(base, offset, radius)


@cache
def _bump(side: int, turned: bool) -> Floats:
    """One half of a square up, the other down, each highest in its middle; of length one."""
    made = np.concatenate([_hill(side // 2, side), -_hill(side - side // 2, side)])
    made /= np.linalg.norm(made)
    return np.ascontiguousarray(made.T if turned else made).astype(np.float32)


def _hill(height: int, width: int) -> NDArray[np.float64]:
    """Nested rectangles around the middle, each of the weight 1 / k^2 where k counts from the smallest."""
    made = np.zeros((height, width))
    top, left = height // 2, width // 2
    for size in range(max(top, left) + 1):
        rows = slice(max(top - size, 0), top + size + 1)
        made[rows, max(left - size, 0) : left + size + 1] += 1 / (size + 1) ** 2
    return made / max(float(np.linalg.norm(made)), float(NONE))


def _whole(base: Images, offset: Floats, radius: float) -> Images:
    """Images of whole levels, each offset first brought to the full length and then, where rounding makes it longer
    than that, shortened until it is not."""
    offset = np.asarray(offset * (np.float32(radius) / np.maximum(_length(offset, (1, 2, 3)), NONE)), dtype=np.float32)
    made = np.clip(np.rint(base + offset), 0, 255)
    outside = np.arange(len(base))
    while len(outside := outside[_length(made[outside] - base[outside], (1, 2, 3)).ravel() > radius]):
        offset[outside] *= SHORTER
        made[outside] = np.clip(np.rint(base[outside] + offset[outside]), 0, 255)
    return np.asarray(made, dtype=np.uint8)


def _window(
    down: NDArray[np.float64], right: NDArray[np.float64], side: int, shape: tuple[int, ...]
) -> tuple[Positions, Positions, Positions]:
    """Index of one square of each image, from where it lies between the edges, each number in [0, 1)."""
    count, height, width, _ = shape
    along = np.arange(side)
    tops, lefts = (down * (height - side + 1)).astype(np.intp), (right * (width - side + 1)).astype(np.intp)
    return (
        np.arange(count)[:, None, None],
        (tops[:, None] + along)[:, :, None],
        (lefts[:, None] + along)[:, None, :],
    )


def _signs(draws: NDArray[np.float64]) -> Floats:
    return np.where(draws < 0.5, np.float32(-1), np.float32(1))


def _length(values: Floats, axes: tuple[int, ...]) -> Floats:
    return np.asarray(np.sqrt(np.square(values).sum(axis=axes, keepdims=True)), dtype=np.float32)
