"""How much does the order of the first answers change from one frame to the next?"""

from __future__ import annotations

from functools import cache

import numpy as np
import scipy
from numpy.typing import NDArray

from pytest_robust.carriers import Series
from pytest_robust.properties import PerRow, mean_property
from pytest_robust.properties._sequence import Against, compared

TOP = 5


@mean_property(
    range=(0.0, 1.0),
    truths={"label"},
    summary="How far the five most probable classes move from one level of a generator to the next, 1 at most.",
    operators=("<=", ">="),
    scope="generator",
    fewest_levels=2,
    labelled=False,
)
def top5_distance(series: Series, *, against: Against = "previous") -> PerRow:
    """The top-5 distance of Hendrycks & Dietterich (2019, ImageNet-P), mean over steps, as a share of the largest.

    With the classes ranked by probability, and s_i the rank in one frame of the class that had rank i in the frame
    before, d = sum over i = 1..5 of |min(i, 6) - min(s_i, 6)|: how many of the places 1 to 5 each of the first five
    classes crosses on its way. Divided by the largest d that K classes allow, 18 for K of 8 or more; times that it is
    the paper's uT5D. From 0 (the same five in the same order) to 1. Classes of equal probability are ranked by their
    number. Frames and `against` are those of `flip_rate`; it needs no labels.
    Use it where people see a list of answers, or a later stage takes the first few: `flip_rate` looks at the first
    alone.
    Test: betting e-process, then the fixed-n betting test; exact.
    Misleads where the last of the five are all next to nothing, as with few classes or a sure model: their order is
    then noise, which costs as much as a real change. Not symmetric: what leaves the first five counts, what enters not.
    """
    steps = [moved(before.probabilities, after.probabilities) for before, after in compared(series, against)]
    farthest = largest(series.cells[0].probabilities.shape[1])
    return np.asarray(np.mean(steps, axis=0) / max(farthest, 1))


def moved(before: NDArray[np.float32], after: NDArray[np.float32]) -> NDArray[np.int64]:
    """The distance d of each row of two (n, K) answers, (n,).

    >>> moved(np.array([[0.5, 0.3, 0.2]]), np.array([[0.3, 0.5, 0.2]])).tolist()
    [2]
    """
    left, rows, classes = before.copy(), np.arange(len(before)), np.arange(before.shape[1])
    distance = np.zeros(len(before), np.int64)
    for place in range(min(TOP, len(classes))):  # a few passes over all classes cost less than to sort them
        best = left.argmax(axis=1)
        left[rows, best] = -np.inf
        given = after[rows, best][:, None]
        ahead = (after > given).sum(axis=1) + ((after == given) & (classes < best[:, None])).sum(axis=1)
        distance += np.abs(place - np.minimum(ahead, TOP))
    return distance


@cache
def largest(classes: int) -> int:
    """The largest distance that so many classes allow: of all ways to rank them anew, the farthest.

    >>> [largest(classes) for classes in (1, 2, 5, 6, 8, 1000)]
    [0, 2, 12, 15, 18, 18]
    """
    classes = min(classes, 2 * TOP)  # beyond these, ranks are all alike
    crossed = np.abs(np.arange(min(classes, TOP))[:, None] - np.minimum(np.arange(classes), TOP))
    return int(crossed[scipy.optimize.linear_sum_assignment(crossed, maximize=True)].sum())
