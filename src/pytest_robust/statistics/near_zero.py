"""Claims that a mean is near zero: on neither side of it by more than so much.

`|mean| <= d` is two claims at once, `mean <= d` and `mean >= -d`. It PASSes where both do, each at the whole of
alpha_pass: where it is false one of the two is, which PASSes wrongly no more often than that (an intersection-union
test). It FAILs where one of them does, each at half of alpha_fail: where it is true both are (the union bound).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pytest_robust.statistics.decision import Decision, Levels
from pytest_robust.statistics.means import decide_mean

Floats = NDArray[np.float64]

BOUNDS = (-1.0, 1.0)


def decide_near_zero(values: Floats, most: float, levels: Levels, *, final: bool) -> Decision:
    """Judge `|mean| <= most` on i.i.d. `values` (n,) from -1 to 1, in the order drawn; `most` from 0 to 1.

    The estimate and the interval are of |mean|. Each side is followed row by row, see `means.decide_mean`: the first
    to FAIL settles it, or the last to PASS. Raises ValueError for values or a `most` out of range, and for NaN.

    >>> decision = decide_near_zero(np.tile([-0.1, 0.1], 500), 0.2, Levels(), final=False)
    >>> decision.outcome, decision.n, round(decision.estimate, 3)
    ('PASS', 32, 0.0)
    """
    if not 0.0 <= most <= 1.0:
        raise ValueError(f"the distance {most!r} lies outside the range 0 to 1")
    halved = replace(levels, alpha_fail=levels.alpha_fail / 2)
    sides = (
        decide_mean(values, "<=", most, halved, bounds=BOUNDS, final=final),
        # Turned over rather than held against -most: the two must round alike.
        decide_mean(-values, "<=", most, halved, bounds=BOUNDS, final=final),
    )
    found = _the_one_that_counts(*sides)
    ends = found.interval
    return replace(
        found,
        estimate=None if found.estimate is None else abs(found.estimate),
        interval=None if ends is None else (max(0.0, ends[0], -ends[1]), max(abs(ends[0]), abs(ends[1]))),
    )


def _the_one_that_counts(high: Decision, low: Decision) -> Decision:
    """Of the claims that the mean is not too high and not too low, the one that settles both, or leaves them open."""
    failed = [one for one in (high, low) if one.outcome == "FAIL"]
    if failed:
        return min(failed, key=lambda one: one.n)
    if high.outcome == low.outcome == "PASS":
        return max(high, low, key=lambda one: (one.n, one.p_value or 0.0))
    unsettled = [one for one in (high, low) if one.outcome != "PASS"]
    nearer_high = (high.estimate or 0.0) >= 0.0
    return unsettled[0] if len(unsettled) == 1 or nearer_high else unsettled[1]
