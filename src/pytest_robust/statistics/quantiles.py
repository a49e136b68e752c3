"""Claims about a median, by the sign test: exact for any distribution, ties and infinite values included.

A median is any v with P(X <= v) >= 1/2 and P(X >= v) >= 1/2, and there may be an interval of them. `median >= m` claims
that the largest is at least m: P(X >= m) >= 1/2. `median <= m` claims that the smallest is at most m: P(X <= m) >= 1/2.
Either is a claim about a rate, and judged as one; a value at m speaks for the claim.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import scipy
from numpy.typing import NDArray

from pytest_robust.statistics.betting import log_factors, mix
from pytest_robust.statistics.decision import Decision, Levels, Operator, too_close
from pytest_robust.statistics.means import SEQUENTIAL, decide_mean

Floats = NDArray[np.float64]

METHOD = "sign test"


def sample_median(values: Floats, operator: Operator) -> float:
    """The median of `values` (n,), n at least 1, that a claim is about: of two in the middle, the one that suits it.

    It is an observed value, never a mean of two, which may be infinite.

    >>> sample_median(np.array([1.0, 2.0, 3.0, np.inf]), ">="), sample_median(np.array([1.0, 2.0, 3.0, np.inf]), "<=")
    (3.0, 2.0)
    """
    at = len(values) // 2 if operator == ">=" else (len(values) - 1) // 2
    return float(np.partition(values, at)[at])


def decide_median(values: Floats, operator: Operator, threshold: float, levels: Levels, *, final: bool) -> Decision:
    """Judge `median operator threshold` on i.i.d. `values` (n,), which may be infinite, in the order drawn.

    The e-process is followed row by row and the exact binomial test is run at the end, see `means.decide_mean`. The
    interval lies between two order statistics, or is open (infinite) to a side that the rows are too few for. Raises
    ValueError for NaN.

    >>> decision = decide_median(np.tile([0.1, 0.3, np.inf], 40), ">=", 0.2, Levels(), final=True)
    >>> decision.outcome, decision.n, decision.estimate, decision.interval
    ('PASS', 120, 0.3, (0.3, 0.3))
    """
    values = np.asarray(values, np.float64)
    if np.isnan(values).any():
        raise ValueError(f"the value of row {int(np.isnan(values).argmax())} is NaN")
    if math.isnan(threshold):
        raise ValueError("the threshold is NaN")
    holds = (values >= threshold if operator == ">=" else values <= threshold).astype(np.float64)
    found = decide_mean(holds, ">=", 0.5, levels, fixed="clopper-pearson", final=final)
    if not found.n:
        return found
    seen = values[: found.n]
    estimate = sample_median(seen, operator)
    if found.outcome is None:
        return replace(found, estimate=estimate)
    early, alpha = found.method == SEQUENTIAL, 1.0 - levels.interval_confidence
    if early:
        fewest = _fewest_by_betting(found.n, levels.sequential(alpha) / 2)
    else:
        fewest = _fewest_by_binomial(found.n, levels.fixed(alpha) / 2)
    return replace(
        found,
        estimate=estimate,
        interval=_between(np.sort(seen), fewest),
        method=f"{METHOD}, {SEQUENTIAL}" if early else METHOD,
        reason=too_close(estimate, threshold) if found.reason else None,
    )


def _fewest_by_binomial(n: int, alpha: float) -> int:
    """How many of n rows must lie beyond v for the exact test to reject that v is a median; n + 1 where n do not."""
    return int(scipy.stats.binom.isf(alpha, n, 0.5)) + 1


def _fewest_by_betting(n: int, alpha: float) -> int:
    """The same for the e-process after n rows: rejected once, v may be left out at any time."""
    beyond = np.arange(n + 1.0)
    log_wealth = mix(log_factors(np.array([1.0, 0.0]), 0.5) @ np.stack([beyond, n - beyond]))
    return int(np.searchsorted(log_wealth, -math.log(alpha)))


def _between(ordered: Floats, fewest: int) -> tuple[float, float]:
    """The medians that are not rejected: of any lower v than the first end so many values lie above, and vice versa."""
    if fewest > len(ordered):
        return -math.inf, math.inf
    return float(ordered[len(ordered) - fewest]), float(ordered[fewest - 1])
