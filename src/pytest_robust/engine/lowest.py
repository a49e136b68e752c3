"""The lowest level at which an input still fails: a search over all rows at once, in a bounded number of steps.

What fails at a level need not fail at a higher one. Listed levels are all asked, so theirs is the lowest that fails;
between two bounds it is the lowest that was found, a failure that was seen in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]
Levels = NDArray[np.float64]

Fails = Callable[[Rows, Levels], NDArray[np.bool_]]
"""Which of these rows fail, each at a level of its own; all of shape (m,)."""
Snap = Callable[[float], float]

HALVINGS = 10
"""A failure at less than a thousandth of the level is not looked for."""
BISECTIONS = 4
"""Steps between a level that fails and its half: what is found is at most 1/16 above the lowest failure there."""


def lowest_listed(fails: Fails, known: Levels, levels: Sequence[float]) -> Levels:
    """For each row the lowest of the levels at which it fails, or the one `known` (n,), at which it is known to.

    >>> lowest_listed(lambda rows, levels: levels >= 2, np.array([4.0, 1.0]), [1, 2, 3, 4, 5])
    array([2., 1.])
    """
    found = known.copy()
    for level in sorted(levels):
        rows = np.flatnonzero(level < found)
        if len(rows):
            found[rows[fails(rows, np.full(len(rows), level))]] = level
    return found


def lowest_between(
    fails: Fails, known: Levels, least: float = 0.0, *, snap: Callable[[float], float] = float
) -> Levels:
    """For each row about the lowest level above `least` at which it fails, given one `known` (n,) at which it does.

    The distance to `least` is halved while the row fails, then bisected. `snap` rounds a level to one that can be
    written down.

    >>> found = lowest_between(lambda rows, levels: levels >= np.array([0.03, 0.7])[rows], np.array([1.0, 1.0]))
    >>> found.round(3).tolist()
    [0.03, 0.719]
    """
    found, passed = known.copy(), np.full(len(known), np.nan)
    for _ in range(HALVINGS):
        _try(fails, found, passed, least + (found - least) / 2, np.isnan(passed), snap)
    rows = np.isfinite(passed)
    for _ in range(BISECTIONS):
        _try(fails, found, passed, (found + passed) / 2, rows, snap)
    return found


def _try(fails: Fails, found: Levels, passed: Levels, levels: Levels, wanted: NDArray[np.bool_], snap: Snap) -> None:
    """Ask the wanted rows at these levels; what fails there lowers `found`, what does not raises `passed`."""
    rows = np.flatnonzero(wanted)
    asked = np.array([snap(level) for level in levels[rows].tolist()])
    new = (asked < found[rows]) & ~(asked <= passed[rows])
    rows, asked = rows[new], asked[new]
    if not len(rows):
        return
    failed = fails(rows, asked)
    found[rows[failed]] = asked[failed]
    passed[rows[~failed]] = asked[~failed]


Chain = NDArray[np.float64]
"""(n, k), the levels of up to k steps of each row, 0 for a step that is left out."""


def simplest_chain(
    fails: Callable[[Rows, Chain], NDArray[np.bool_]], known: Chain, listed: Callable[[int, int], Sequence[float]]
) -> Chain:
    """For each row a chain that fails, of which no step can be left out.

    `known` (n, k) is one at which each row fails; listed(row, place) are the levels of a step. Steps are left out from
    the first to the last, again until all that remain are needed; then each gets the lowest of its levels at which the
    row fails, from the first to the last. All rows are asked at once, at most (k + 1) k times for the steps.

    >>> both = lambda rows, levels: (levels[:, 0] >= 2) & (levels[:, 2] >= 1)
    >>> simplest_chain(both, np.array([[3.0, 3.0, 3.0]]), lambda row, place: [1, 2, 3, 4, 5])
    array([[2., 0., 1.]])
    """
    found = known.copy()

    def try_at(place: int, wanted: NDArray[np.bool_], levels: Levels) -> NDArray[np.bool_]:
        rows = np.flatnonzero(wanted)
        if not len(rows):
            return wanted
        tried = found[rows]
        tried[:, place] = levels[rows]
        failed = fails(rows, tried)
        found[rows[failed], place] = levels[rows[failed]]
        wanted[rows[~failed]] = False
        return wanted

    places, nothing = range(found.shape[1]), np.zeros(len(found))
    for _ in places:  # each round leaves out one step at least, or is the last that changes anything
        for place in places:
            try_at(place, found[:, place] > 0, nothing)
    for place in places:
        lower = [[level for level in listed(row, place) if level < found[row, place]] for row in range(len(found))]
        open_ = found[:, place] > 0
        for rank in range(max(map(len, lower), default=0)):
            levels = np.array([some[rank] if rank < len(some) else np.inf for some in lower])
            open_ &= levels < found[:, place]
            open_ &= ~try_at(place, open_.copy(), levels)
    return found
