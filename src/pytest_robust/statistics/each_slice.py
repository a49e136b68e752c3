"""A claim about every slice, where it is no mean: whatever judges the claim of all rows judges it of each slice's.

PASS where every slice passes, each at alpha_pass: "every slice conforms" is false only if some slice does not, and that
slice passes with probability at most alpha_pass (intersection-union test, Berger 1982). FAIL where any of K slices
fails, each at alpha_fail / K: if all conform, the union bound gives alpha_fail. Means are judged by `slices`, whose
e-values and p-values tell more slices apart.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pytest_robust.statistics.decision import NO_ROWS, Decision, Levels, Operator
from pytest_robust.statistics.slices import SliceResult, refuse_strange, told_of

JudgeRows = Callable[[NDArray[np.intp], Levels, bool], Decision]
"""judge(rows, levels, final): what is said of these rows, (m,) in the order drawn."""


def decide_each(
    judge: JudgeRows,
    slice_of: NDArray[np.intp],
    names: Sequence[str],
    operator: Operator,
    levels: Levels,
    *,
    final: bool,
) -> tuple[Decision, list[SliceResult]]:
    """Judge a claim of every slice; `slice_of` (n,) holds the number of each row's slice, named `names[number]`.

    Settled at the first row at which a slice fails, or at which all have passed: so the answer does not depend on how
    often it was asked. Estimate and interval are those of the worst slice; n counts all rows. A slice without rows is
    not estimable, and keeps the claim from being proven. There are no results while more rows are asked for. Raises
    ValueError for numbers that no name stands for.
    """
    n = len(slice_of)
    refuse_strange(slice_of, names, n)
    if not n:
        return (Decision("INCONCLUSIVE", 0, reason=NO_ROWS) if final else Decision(None, 0)), []
    shared = replace(levels, alpha_fail=levels.alpha_fail / len(names))
    each = [np.flatnonzero(slice_of == number) for number in range(len(names))]
    found = [judge(rows, shared, False) if len(rows) else Decision(None, 0) for rows in each]
    failed = [settled_at(one, rows) for one, rows in zip(found, each, strict=True) if one.outcome == "FAIL"]
    if failed:
        end = min(failed)
    elif all(one.outcome == "PASS" for one in found):
        end = max(settled_at(one, rows) for one, rows in zip(found, each, strict=True))
    elif final:
        end = n
    else:
        return Decision(None, n), []
    seen = [rows[: np.searchsorted(rows, end)] for rows in each]
    early = [settled_at(one, rows) <= end for one, rows in zip(found, each, strict=True)]
    decisions = [
        one if known else judge(rows, shared, final and end == n) if len(rows) else Decision("INCONCLUSIVE", 0)
        for one, known, rows in zip(found, early, seen, strict=True)
    ]
    results = [
        SliceResult(name, len(rows), one.estimate, one.interval, one.outcome or "INCONCLUSIVE", one.log10_e_value)
        for name, rows, one in zip(names, seen, decisions, strict=True)
    ]
    return _together(decisions, results, operator, end), results


def settled_at(decision: Decision, rows: NDArray[np.intp]) -> int:
    """How many rows of all had been drawn when a slice, with these rows of them, was settled; more than any if not."""
    if decision.outcome is None:
        return sys.maxsize
    used = decision.n if decision.rows is None else decision.rows
    return int(rows[used - 1]) + 1 if used else 0


def _together(decisions: Sequence[Decision], results: Sequence[SliceResult], operator: Operator, n: int) -> Decision:
    outcomes = {one.outcome for one in results}
    outcome = "FAIL" if "FAIL" in outcomes else "PASS" if outcomes == {"PASS"} else "INCONCLUSIVE"
    known = [one for one in results if one.estimate is not None]
    worst = (min if operator == ">=" else max)(known, key=lambda one: one.estimate or 0.0, default=results[0])
    open_ = [(one.rows_needed, part.n) for one, part in zip(decisions, results, strict=True) if part.outcome != "PASS"]
    needed = None
    if outcome == "INCONCLUSIVE" and all(rows is not None and held for rows, held in open_):
        needed = max(math.ceil((rows or 0) * n / held) for rows, held in open_)
    method = next((one.method for one in decisions if one.method), None)
    return Decision(
        outcome,  # type: ignore[arg-type]
        n,
        estimate=worst.estimate,
        interval=worst.interval,
        method=f"{method} in each slice, Bonferroni" if method else None,
        rows_needed=needed,
        reason=told_of(results, worst),
    )
