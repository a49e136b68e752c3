"""Claims about the mean in every slice of the rows: PASS proves each of them, FAIL names those that are disproved.

PASS, "no slice has a mean below m": every slice is proven at alpha_pass on its own. No correction is owed: where one
slice is bad, proving all proves that one (intersection-union test).

FAIL, "some slice has": as in `means` a share of alpha_fail is spent on e-processes and the rest on a fixed-n test at
the end. A slice's e-process stands still while rows of other slices come in, so that all are supermartingales of the
rows together, and what they hold at a row that is chosen by looking are e-values. At the first row at which e-BH
rejects any of them the claim is disproved, and those are the bad slices (Wang & Ramdas 2022): a share of at most alpha
of them is expected to be named wrongly, whence P(FAIL | every slice conforms) <= alpha. At the end Holm's procedure
names them by the p-values of the fixed-n tests.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pytest_robust.statistics.betting import lower_limit
from pytest_robust.statistics.decision import NO_ROWS, Decision, Levels, Operator, Settled, too_close
from pytest_robust.statistics.fixed import PROCEDURES, FixedTest, Procedure
from pytest_robust.statistics.means import SEQUENTIAL, as_proof
from pytest_robust.statistics.multiplicity import holm
from pytest_robust.statistics.parallel import follow

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Interval = tuple[float, float]

MOST_NAMED = 5
"""How many bad slices a reason names."""


@dataclass(frozen=True, slots=True)
class SliceResult:
    """What is known of one slice at the row where the claim about all of them was settled."""

    name: str
    n: int
    estimate: float | None
    """Its mean; None where it has no row."""
    interval: tuple[float, float] | None
    """A confidence interval for its mean alone: of the intervals of many slices some miss."""
    outcome: Settled
    """FAIL where it was named as bad, PASS where it is proven at alpha_pass."""
    log10_e_value: float | None
    """log10 of the larger of its two e-values, where e-processes ran."""


def decide_slices(
    values: Floats,
    slice_of: NDArray[np.intp],
    names: Sequence[str],
    operator: Operator,
    threshold: float,
    levels: Levels,
    *,
    bounds: Interval = (0.0, 1.0),
    fixed: FixedTest = "betting",
    final: bool,
) -> tuple[Decision, list[SliceResult]]:
    """Judge "the mean is `operator threshold` in every slice" on i.i.d. `values` (n,), in the order drawn.

    `slice_of` (n,) holds the number of each row's slice, whose name is `names[number]`; `bounds` and `fixed` are those
    of `means.decide_mean`. The estimate is the mean of the worst slice, the interval that of the worst slice's mean
    whichever it is, and `n` counts all rows, as `rows_needed` does: until the slice that needs most is proven or, where
    an estimate speaks against the claim, until the one that needs least is disproved. A slice without rows is not
    estimable, and keeps the claim from being proven. There are no results while more rows are asked for. Raises
    ValueError for values outside the bounds or NaN and for numbers that no name stands for.

    >>> night = np.arange(400) % 4 == 0
    >>> right = np.where(night, np.arange(400) % 8 == 0, 1.0)
    >>> decision, results = decide_slices(right, night * 1, ["day", "night"], ">=", 0.8, Levels(), final=True)
    >>> decision.outcome, decision.n, [(result.name, result.outcome) for result in results]
    ('FAIL', 165, [('day', 'PASS'), ('night', 'FAIL')])
    >>> decision.reason
    "bad: 'night'; worst of 2 slices: 'night' with 0.5 in 42 rows"
    """
    values, slice_of = np.asarray(values, np.float64), np.asarray(slice_of, np.intp)
    unit, mean = as_proof(values, operator, threshold, bounds)
    refuse_strange(slice_of, names, len(unit))
    n = len(unit)
    if not n:
        return (Decision("INCONCLUSIVE", 0, reason=NO_ROWS) if final else Decision(None, 0)), []

    def scaled(ends: Interval) -> Interval:
        low, high = ends if operator == ">=" else (1.0 - ends[1], 1.0 - ends[0])
        return bounds[0] + (bounds[1] - bounds[0]) * low, bounds[0] + (bounds[1] - bounds[0]) * high

    each = np.split(np.argsort(slice_of, kind="stable"), np.cumsum(np.bincount(slice_of, minlength=len(names)))[:-1])
    seen = follow(unit, each, mean, levels)
    rows = [own[: np.searchsorted(own, seen.n)] for own in each]
    parts = [unit[own] for own in rows]
    estimates = [float(np.mean(values[own])) if len(own) else None for own in rows]
    worst = int(np.argmin([float(np.mean(part)) if len(part) else math.inf for part in parts]))
    if not (seen.settled or final):
        return Decision(None, n, estimate=estimates[worst], log10_e_value=seen.log10_e_value), []
    test, miss = PROCEDURES[fixed], 1.0 - levels.interval_confidence
    limit: Callable[[Floats, float], float] = lower_limit if seen.settled else test.limit
    if seen.settled:
        miss, method = levels.sequential(miss), f"{SEQUENTIAL} in each slice, e-BH"
        good, bad, p_value = seen.good, seen.bad, None
    else:
        miss, method = levels.fixed(miss), f"{test.method} in each slice, Holm"
        good, bad, p_value = _tested(test, parts, mean, levels, seen.good)
    outcome: Settled = "FAIL" if bad.any() else "PASS" if good.all() else "INCONCLUSIVE"

    def end(part: Floats, alpha: float) -> float:
        return limit(part, alpha) if len(part) else 0.0

    lows, highs = ([end(part, miss / 2) for part in side] for side in (parts, [1.0 - part for part in parts]))
    # The worst slice's mean is below the least lower end only if its own end misses, above an upper one if any misses.
    whole = min(lows), 1.0 - max(end(1.0 - part, miss / (2 * len(names))) for part in parts)
    results = [
        SliceResult(
            name=name,
            n=len(parts[s]),
            estimate=estimates[s],
            interval=scaled((lows[s], 1.0 - highs[s])) if len(parts[s]) else None,
            outcome="FAIL" if bad[s] else "PASS" if good[s] else "INCONCLUSIVE",
            log10_e_value=None if seen.log_e is None else float(seen.log_e[s].max()) / math.log(10),
        )
        for s, name in enumerate(names)
    ]
    needed = _rows_needed(test, parts, good, mean, levels) if outcome == "INCONCLUSIVE" else None
    told = told_of(results, results[worst])
    if outcome == "INCONCLUSIVE" and needed is None and all(len(part) for part in parts):
        told = f"{too_close(results[worst].estimate or 0.0, threshold)}; {told}"
    return Decision(
        outcome,
        seen.n,
        estimate=estimates[worst],
        interval=scaled(whole),
        method=method,
        log10_e_value=seen.log10_e_value,
        p_value=p_value,
        rows_needed=needed,
        reason=told,
    ), results


def _tested(
    test: Procedure, parts: list[Floats], mean: float, levels: Levels, proven: Flags
) -> tuple[Flags, Flags, float]:
    """Which slices are proven at the end, (S,), which are named as bad, (S,), and a p-value for what they speak for."""
    alpha_pass, alpha_fail = levels.fixed(levels.alpha_pass), levels.fixed(levels.alpha_fail)
    good = np.array([bool(len(part)) and test.limit(part, alpha_pass) >= mean for part in parts]) | proven
    against = [test.p_value(1.0 - part, 1.0 - mean, alpha_fail / len(parts)) if len(part) else 1.0 for part in parts]
    bad = np.array(holm(against, alpha_fail))
    if bad.any() or any(len(part) and np.mean(part) < mean for part in parts):
        return good, bad, min(1.0, len(parts) * min(against))
    left = [part for part, done in zip(parts, proven, strict=True) if not done]
    return good, bad, max(test.p_value(part, mean, alpha_pass) if len(part) else 1.0 for part in left)


def _rows_needed(test: Procedure, parts: list[Floats], good: Flags, mean: float, levels: Levels) -> int | None:
    """About how many more rows of all slices would settle the claim, each slice keeping its share of them."""
    n, alpha = sum(len(part) for part in parts), levels.fixed(levels.alpha_fail) / len(parts)
    bad = [part for part in parts if len(part) and np.mean(part) < mean]
    wanted = [(len(part), test.rows(1.0 - part, 1.0 - mean, alpha)) for part in bad]
    if not bad:
        alpha, unproven = (
            levels.fixed(levels.alpha_pass),
            [part for part, done in zip(parts, good, strict=True) if not done],
        )
        wanted = [(len(part), test.rows(part, mean, alpha) if len(part) else None) for part in unproven]
    totals = [math.inf if rows is None else rows * n / held for held, rows in wanted]
    total = min(totals) if bad else max(totals)
    return max(1, math.ceil(total) - n) if math.isfinite(total) else None


def told_of(results: Sequence[SliceResult], worst: SliceResult) -> str:
    """What the decision says of its slices: which are bad or empty, and which is the worst."""
    bad = [repr(result.name) for result in results if result.outcome == "FAIL"]
    empty = [repr(result.name) for result in results if not result.n]
    said = []
    if bad:
        said.append(f"bad: {_some(bad)}")
    if empty:
        said.append(f"not estimable: no row of {_some(empty)}")
    if worst.estimate is not None:
        said.append(f"worst of {len(results)} slices: {worst.name!r} with {worst.estimate:.4g} in {worst.n:,} rows")
    return "; ".join(said)


def _some(named: list[str]) -> str:
    more = len(named) - MOST_NAMED
    return ", ".join(named[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def refuse_strange(slice_of: NDArray[np.intp], names: Sequence[str], n: int) -> None:
    """Raise ValueError where a row is of no slice that has a name."""
    if slice_of.shape != (n,):
        raise ValueError(f"slice_of has shape {slice_of.shape}; give one number for each of {n} rows")
    known = (slice_of >= 0) & (slice_of < len(names))
    if not known.all():
        row = int(np.argmin(known))
        raise ValueError(f"the slice {slice_of[row]} of row {row} is none of the {len(names)} slices")
