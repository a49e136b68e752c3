"""Claims about the mean of a bounded quantity: one engine for all of them.

A claim `mean >= m` PASSes when "mean < m" is rejected and FAILs when "mean >= m" is. Of each alpha, a share is spent
on the betting e-process, which may be looked at after every row, and the rest on a fixed-n test, run once at the end;
by the union bound the two together err with probability at most alpha. The interval spends its alpha in the same way,
so that it covers the mean with the stated confidence wherever the procedure stopped.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pytest_robust.statistics.betting import confidence_sequence, first_crossing, log10_e, log_e_path
from pytest_robust.statistics.decision import NO_ROWS, Decision, Levels, Operator, too_close
from pytest_robust.statistics.fixed import PROCEDURES, FixedTest, decide_once

Floats = NDArray[np.float64]
Interval = tuple[float, float]

__all__ = ["FixedTest", "decide_mean"]

SEQUENTIAL = "betting e-process"


def decide_mean(
    values: Floats,
    operator: Operator,
    threshold: float,
    levels: Levels,
    *,
    bounds: Interval = (0.0, 1.0),
    fixed: FixedTest = "betting",
    final: bool,
) -> Decision:
    """Judge `mean operator threshold` on i.i.d. `values` (n,) within `bounds`, in the order drawn.

    The e-process is followed row by row: if it crosses 1/alpha at row k, the decision is the one at k, with n = k,
    whatever rows came after. Otherwise, at the end, the fixed-n test decides. The answer depends on the rows alone,
    not on how often it was asked. Raises ValueError for values outside the bounds or NaN.

    >>> right = np.ones(300)
    >>> decision = decide_mean(right, ">=", 0.9, Levels(), fixed="clopper-pearson", final=False)
    >>> decision.outcome, decision.n, decision.method
    ('PASS', 65, 'betting e-process')
    """
    values = np.asarray(values, dtype=np.float64)
    unit, mean = as_proof(values, operator, threshold, bounds)
    n = len(unit)
    if not n:
        return Decision("INCONCLUSIVE", 0, reason=NO_ROWS) if final else Decision(None, 0)

    def scaled(ends: Interval) -> Interval:
        low, high = ends if operator == ">=" else (1.0 - ends[1], 1.0 - ends[0])
        return bounds[0] + (bounds[1] - bounds[0]) * low, bounds[0] + (bounds[1] - bounds[0]) * high

    alpha_interval = 1.0 - levels.interval_confidence
    evidence = None
    if levels.early_stopping:
        alphas = levels.sequential(levels.alpha_pass), levels.sequential(levels.alpha_fail)
        for_claim, against_claim = log_e_path(unit, mean), log_e_path(1.0 - unit, 1.0 - mean)
        crossing = first_crossing(for_claim, against_claim, *alphas)
        if crossing is not None:
            k, outcome = crossing
            return Decision(
                outcome,
                k,
                estimate=float(np.mean(values[:k])),
                interval=scaled(confidence_sequence(unit[:k], levels.sequential(alpha_interval))),
                method=SEQUENTIAL,
                log10_e_value=log10_e(for_claim[:k], against_claim[:k]),
            )
        evidence = log10_e(for_claim, against_claim)

    estimate = float(np.mean(values))
    if not final:
        return Decision(None, n, estimate=estimate, log10_e_value=evidence)
    found = decide_once(PROCEDURES[fixed], unit, float(np.mean(unit)), mean, levels)
    assert found.interval is not None
    return replace(
        found,
        estimate=estimate,
        interval=scaled(found.interval),
        log10_e_value=evidence,
        reason=too_close(estimate, threshold) if found.outcome == "INCONCLUSIVE" and not found.rows_needed else None,
    )


def as_proof(values: Floats, operator: Operator, threshold: float, bounds: Interval) -> tuple[Floats, float]:
    """Values and threshold scaled to [0, 1], turned so that the claim is "the mean is at least the threshold"."""
    lowest, highest = bounds
    if values.ndim != 1:
        raise ValueError(f"values have shape {values.shape}; give one number a row")
    if np.isnan(values).any():
        raise ValueError(f"the value of row {int(np.isnan(values).argmax())} is NaN")
    outside = (values < lowest) | (values > highest)
    if outside.any():
        row = int(outside.argmax())
        raise ValueError(f"the value {values[row]!s} of row {row} lies outside the range {lowest:g} to {highest:g}")
    if not lowest <= threshold <= highest:
        raise ValueError(f"the threshold {threshold!r} lies outside the range {lowest:g} to {highest:g}")
    unit, mean = (values - lowest) / (highest - lowest), (threshold - lowest) / (highest - lowest)
    return (unit, mean) if operator == ">=" else (1.0 - unit, 1.0 - mean)
