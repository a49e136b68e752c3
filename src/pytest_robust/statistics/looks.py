"""Claims that a test of a fixed number of rows judges: once at the end, and before it at a few looks fixed beforehand.

Early stopping needs no e-process where looks are few: the test is run at `FIRST_LOOK` rows and at every doubling of
them. Look j spends 1 / (j (j + 1)) of what `Levels` sets aside for early stopping, which sums to all of it, and the
test at the end spends the rest; by the union bound all of them together err with probability at most alpha. When the
looks are made depends on the number of rows alone, so the answer does not depend on how often it was asked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

from pytest_robust.statistics.decision import Decision, Levels, NotEstimableError, Operator, Settled, too_close

FIRST_LOOK = 100

MOST_COPIES, MOST_ROWS = 1024, 10**8
"""How many times as many rows, and how many rows, are tried at most to find how many a claim needs."""

MARGIN = 1.5
"""How many more rows are named than settle a claim if they turn out as these did, which is an even chance: sampling
error shrinks with the root of the rows, and the odds become about four to one (simulated)."""

Interval = tuple[float, float]

OTHER: dict[Operator, Operator] = {">=": "<=", "<=": ">="}


class Sample(Protocol):
    """What a fixed number of rows says of one quantity."""

    @property
    def n(self) -> int:
        """How many rows."""

    @property
    def estimate(self) -> float:
        """The quantity on these rows."""

    @property
    def method(self) -> str:
        """The test's name for a reader."""

    def p_value(self, operator: Operator, bound: float, alpha: float) -> float:
        """Against the opposite of `quantity operator bound`, `bound` included. Valid at `alpha`, to which it is tuned.

        The tuning looks at `alpha` and the number of rows, never at what the rows say.
        """

    def limit(self, operator: Operator, alpha: float) -> float:
        """The confidence limit of the quantity, a lower one for `>=`: wrong with probability at most `alpha`."""

    def grown(self, copies: int) -> Sample:
        """The sample that so many repetitions of these rows would be."""


def decide_at_looks(
    sample: Callable[[int], Sample],
    n: int,
    operator: Operator,
    threshold: float,
    levels: Levels,
    *,
    bounds: Interval,
    stuck: str | None = None,
    final: bool,
) -> Decision:
    """Judge `quantity operator threshold`: `sample(k)` is what the first k of n i.i.d. rows say.

    `sample` raises `NotEstimableError` where they say nothing. `stuck` is the reason to give where no number of rows
    would settle it. Raises ValueError for a threshold outside the `bounds` of the quantity.
    """
    refuse_threshold(threshold, bounds)
    for share, k in _looks(n) if levels.early_stopping else ():
        spent = _spending(levels, share)
        try:
            found = sample(k)
        except NotEstimableError:
            continue
        if outcome(found, operator, threshold, spent, bounds) != "INCONCLUSIVE":
            return settle(found, operator, threshold, spent, bounds=bounds)
    if not final:
        return Decision(None, n)
    try:
        return settle(sample(n), operator, threshold, levels.at_the_end(), bounds=bounds, stuck=stuck)
    except NotEstimableError as why:
        return Decision("INCONCLUSIVE", n, reason=str(why))


def _looks(n: int) -> Iterator[tuple[float, int]]:
    """The share of alpha and the number of rows of each look."""
    look, rows = 1, FIRST_LOOK
    while rows <= n:
        yield 1.0 / (look * (look + 1)), rows
        look, rows = look + 1, 2 * rows


def _spending(levels: Levels, share: float) -> Levels:
    return replace(
        levels,
        alpha_pass=share * levels.sequential(levels.alpha_pass),
        alpha_fail=share * levels.sequential(levels.alpha_fail),
        interval_confidence=1.0 - share * levels.sequential(1.0 - levels.interval_confidence),
    )


def refuse_threshold(threshold: float, bounds: Interval) -> None:
    """Raises ValueError for a threshold outside the bounds, or NaN."""
    if not bounds[0] <= threshold <= bounds[1]:
        raise ValueError(f"the threshold {threshold!r} lies outside the range {bounds[0]:g} to {bounds[1]:g}")


def outcome(sample: Sample, operator: Operator, threshold: float, levels: Levels, bounds: Interval) -> Settled:
    """What the test says when all of each alpha of `levels` is spent on it."""
    holds_anyway = threshold == bounds[0 if operator == ">=" else 1]
    if holds_anyway or sample.p_value(operator, threshold, levels.alpha_pass) <= levels.alpha_pass:
        return "PASS"
    if sample.p_value(OTHER[operator], threshold, levels.alpha_fail) <= levels.alpha_fail:
        return "FAIL"
    return "INCONCLUSIVE"


def settle(
    sample: Sample,
    operator: Operator,
    threshold: float,
    levels: Levels,
    *,
    bounds: Interval,
    stuck: str | None = None,
    log10_e_value: float | None = None,
) -> Decision:
    """The decision on this sample when all of each alpha of `levels` is spent on it."""
    settled = outcome(sample, operator, threshold, levels, bounds)
    estimate = sample.estimate
    on_its_side = estimate >= threshold if operator == ">=" else estimate <= threshold
    speaks_for = settled == "PASS" or (settled == "INCONCLUSIVE" and on_its_side)
    proved, alpha = (operator, levels.alpha_pass) if speaks_for else (OTHER[operator], levels.alpha_fail)
    rows = _rows(sample, proved, threshold, alpha) if settled == "INCONCLUSIVE" else None
    half = (1.0 - levels.interval_confidence) / 2.0
    return Decision(
        settled,
        sample.n,
        estimate=estimate,
        interval=(sample.limit(">=", half), sample.limit("<=", half)),
        method=sample.method,
        log10_e_value=log10_e_value,
        p_value=sample.p_value(proved, threshold, alpha),
        rows_needed=None if rows is None else max(1, rows - sample.n),
        reason=(stuck or too_close(estimate, threshold)) if settled == "INCONCLUSIVE" and rows is None else None,
    )


def _rows(sample: Sample, operator: Operator, bound: float, alpha: float) -> int | None:
    """About how many rows would settle it; None where the most that are tried would not.

    Between two numbers of rows the logarithm of the p-value is nearly straight.
    """
    before, copies = sample.p_value(operator, bound, alpha), 2
    while copies <= MOST_COPIES and copies * sample.n <= MOST_ROWS:
        now = sample.grown(copies).p_value(operator, bound, alpha)
        if now <= alpha:
            high, low = (math.log(max(p, 1e-300)) for p in (before, now))
            way = (high - math.log(alpha)) / (high - low)
            return math.ceil(MARGIN * sample.n * copies / 2 * (1.0 + way))
        before, copies = now, 2 * copies
    return None
