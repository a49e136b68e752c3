"""HopSkipJump: along the border between right and wrong, by decisions alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import Made, generator
from pytest_robust.generators._balls import Norm
from pytest_robust.generators._decisions import Decisions, drawn_near, random_pictures, sizes
from pytest_robust.generators._options import Count
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._standing import Ask, standing

STARTS = 12
"""Random pictures that every row starts from, to go on from the best."""
MORE_STARTS = 100
"""For rows that none of them fooled."""
PROBES = 100
"""To find a direction with, in the first round; in round t the square root of t times as many, as published."""
BLOCK = 64
"""Probes that are made at once."""
NEARBY = 0.5
"""How long a probe is, for the image's distance from the original."""


@generator(
    kind="attack",
    scale="epsilon",
    bounds=(0, float("inf")),
    needs=("labels", "queries", "answers"),
    minimal=True,
    risk="Someone who can send images and sees no more than which class comes back.",
)
def boundary(
    images: Images,
    *,
    severity: float,
    seeds: Seeds,
    labels: NDArray[np.int64],
    ask: Ask,
    answers: NDArray[np.float32],
    norm: Norm = "l2",
    queries: Count = 5000,
) -> Made:
    """The nearest image found that is answered wrong, by HopSkipJump of Chen, Jordan & Wainwright 2020.

    Starts from random pictures of coarse and fine blocks and draws the best of them near, to where the answer turns.
    Each round then asks about random changes there, goes up the mean of those that fool less the mean of the others,
    half as far until it fools, and is drawn near again. Uses decisions alone: whether the answer is the label. As a
    camera gives whole levels, probes change some values by whole levels, where the paper changes all by a little; and
    a round that leads away is undone.

    One run serves every epsilon. Column `distance` (n,) float64 is the size of the change in pixels between 0 and 1, 0
    for rows that are wrong to begin with and infinite where nothing was found; those rows keep their image. Changes
    beyond `severity` count as not found. `queries` is how many images a row may ask about; column `queries` (n,) int64
    how many it did. `images` (n, h, w, c), `labels` (n,) at least 0, `answers` (n, K). Raises GenerationError for rows
    without a label.
    """
    made, distance, asked = images.copy(), np.zeros(len(images)), np.zeros(len(images), np.int64)
    if not len(images):
        return Made(made, {"distance": distance, "queries": asked})
    rows = standing("boundary", labels, answers)
    base = images[rows]
    decisions = Decisions(ask, labels[rows], np.full(len(rows), queries))
    streams = list(row_generators(seeds[rows]))
    found, around = start(base, decisions, streams, norm)
    number = 0
    # No change is smaller than that of one value by one level.
    while len(going := np.flatnonzero((around > 1) & (around < np.inf) & (decisions.left > 0))):
        number += 1
        probes = int(PROBES * number**0.5)
        ways = np.stack(
            [direction(base[row], found[row], row, decisions, streams[row], probes) for row in going.tolist()]
        )
        tried = jump(found[going], ways, around[going] / number**0.5, going, decisions, norm)
        tried, size = drawn_near(base[going], tried, going, decisions, norm)
        nearer = size < around[going]
        found[going[nearer]], around[going[nearer]] = tried[nearer], size[nearer]
    size = np.where(np.isinf(around), np.inf, sizes(found, base, norm))
    within = size <= severity * 255 * (1 + 1e-9)
    made[rows[within]] = found[within]
    distance[rows] = np.where(within, size / 255, np.inf)
    asked[rows] = queries - decisions.left
    return Made(made, {"distance": distance, "queries": asked})


def start(
    base: Images, decisions: Decisions, streams: list[np.random.Generator], norm: Norm
) -> tuple[Images, NDArray[np.float64]]:
    """The nearest that random pictures came to each row once they were drawn near, and how far that is, in levels.

    Where none fools, the row itself, infinitely far.
    """
    found, around = base.copy(), np.full(len(base), np.inf)
    for number in range(MORE_STARTS):
        rows = np.flatnonzero(np.isinf(around)) if number >= STARTS else np.arange(len(base))
        if not len(rows):
            break
        pictures = random_pictures(number, [streams[row] for row in rows], base.shape[1:])
        fooling = decisions.fool(pictures, rows)
        rows, pictures = rows[fooling], pictures[fooling]
        pictures, size = drawn_near(base[rows], pictures, rows, decisions, norm)
        nearer = size < around[rows]
        found[rows[nearer]], around[rows[nearer]] = pictures[nearer], size[nearer]
    return found, around


def direction(
    base: Images, image: Images, row: int, decisions: Decisions, rng: np.random.Generator, probes: int
) -> NDArray[np.float32]:
    """Of one image (h, w, c) at the border, the way in which it fools more."""
    probes = min(probes, int(decisions.left[row]))
    length = NEARBY * float(np.linalg.norm(image.astype(np.float32) - base))
    level = max(round(length / image.size**0.5), 1)
    share = min((length / level) ** 2 / image.size, 1.0)
    sums, counts = np.zeros((2, *image.shape), np.float32), np.zeros(2, np.int64)
    for first in range(0, probes, BLOCK):
        chance = rng.random((min(BLOCK, probes - first), *image.shape), dtype=np.float32)
        change = np.where(chance < share / 2, -level, 0) + np.where(chance >= 1 - share / 2, level, 0)
        tried = np.clip(image + change, 0, 255).astype(np.uint8)
        fooling = decisions.fool(tried, np.full(len(tried), row))
        change = tried.astype(np.float32) - image
        for side, members in enumerate((~fooling, fooling)):
            sums[side] += change[members].sum(axis=0)
            counts[side] += members.sum()
    means = sums / np.maximum(counts, 1)[:, None, None, None]
    return np.asarray(means[1] - means[0], dtype=np.float32)


def jump(
    found: Images,
    ways: NDArray[np.float32],
    step: NDArray[np.float64],
    rows: NDArray[np.intp],
    decisions: Decisions,
    norm: Norm,
) -> Images:
    """Each image moved along its way by `step` (n,) levels, half as far until it fools; itself where nothing does."""
    if norm == "linf":
        ways = np.sign(ways)
    else:
        ways = ways / np.maximum(np.sqrt(np.square(ways).sum(axis=(1, 2, 3), keepdims=True)), 1e-12)
    made, step, open_ = found.copy(), step.copy(), np.arange(len(found))
    while len(open_):
        tried = np.clip(np.rint(found[open_] + step[open_, None, None, None] * ways[open_]), 0, 255).astype(np.uint8)
        moved = (tried != found[open_]).any(axis=(1, 2, 3))
        open_, tried = open_[moved], tried[moved]
        fooling = decisions.fool(tried, rows[open_])
        made[open_[fooling]] = tried[fooling]
        open_ = open_[~fooling]
        step[open_] /= 2
    return made
