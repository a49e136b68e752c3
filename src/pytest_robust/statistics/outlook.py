"""What a claim can come to before anything runs: how many rows settle it, at true values that are supposed.

The claim PASSes if the truth lies on its good side and FAILs if it lies on the other, each time with the power asked
for; the nearer the truth to the threshold, the more rows it takes. Rows are those of the test at the end: what the
e-process adds, which may settle a clear case earlier, is left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import scipy

from pytest_robust.statistics import planning
from pytest_robust.statistics.decision import Levels, Operator
from pytest_robust.statistics.ece import error_rows
from pytest_robust.statistics.fixed import FixedTest

Ends = tuple[float, float]

POWER = 0.8
"""P(the claim is settled) at the rows named."""
AGAINST = 0.02
"""For pairs: the share of rows supposed to change against the trend."""
SPREAD = 0.5
"""For values of any kind: their supposed standard deviation, as a share of the largest that their mean allows."""
RESIDUAL = 0.22
"""For calibration errors: the supposed standard deviation of right - confidence, that of 19 rows in 20 right."""
NOISE = 0.42
"""For calibration errors: what the plug-in error of such a calibrated model is at n rows, times sqrt(n) (simulated)."""
STEPS = 14
"""Halvings in the search for the nearest truth that is settled."""
SHORT_OF_THE_END = 1e-4
"""How much of the way to the end of the range that search leaves out: at the very end, formulas for spreads break."""


@dataclass(frozen=True)
class Outlook:
    """How the claims of a property are planned."""

    rows: Callable[..., int | None]
    """rows(truth, threshold, operator, levels, familiar, **options): the rows that settle it; None where none do.

    `familiar` is how many rows the suite's first data set has, for what compares with them.
    """
    assuming: str = ""
    """What `rows` supposes besides the truth, in words."""
    partly: bool = False
    """Whether it asks of some rows only, how many being known from them alone."""


def of_mean(fixed: FixedTest, bounds: Ends, *, partly: bool = False) -> Outlook:
    """The outlook of a mean of values within bounds, by its fixed-n test.

    >>> of_mean("clopper-pearson", (0, 1)).rows(0.95, 0.90, ">=", Levels(early_stopping=False), 0)
    191
    """
    return Outlook(partial(mean_rows, fixed, bounds), ASSUMING[fixed], partly)


ASSUMING: dict[FixedTest, str] = {
    "clopper-pearson": "",
    "discordant": f"besides the net change, {AGAINST:.0%} of the rows change one way and as many back",
    "betting": "values spread half as widely as their range and their mean allow",
}


def mean_rows(
    fixed: FixedTest,
    bounds: Ends,
    truth: float,
    threshold: float,
    operator: Operator,
    levels: Levels,
    familiar: int,  # noqa: ARG001  (a mean compares with no other rows)
) -> int | None:
    """Rows for the fixed-n test of a mean within bounds. Raises ValueError for a truth outside of them."""
    lowest, highest = bounds
    if not lowest <= truth <= highest:
        raise ValueError(f"the truth {truth!r} lies outside the range {lowest:g} to {highest:g}")
    mean, true = ((value - lowest) / (highest - lowest) for value in (threshold, truth))
    if operator == "<=":
        mean, true = 1.0 - mean, 1.0 - true
    alpha = levels.fixed(levels.alpha_pass)
    if true < mean:  # what speaks against the claim is the same with all turned round
        mean, true, alpha = 1.0 - mean, 1.0 - true, levels.fixed(levels.alpha_fail)
    if fixed == "clopper-pearson":
        return planning.binomial_rows(mean, true, alpha, POWER)
    if fixed == "discordant":
        change = 2.0 * true - 1.0
        against = min(AGAINST, (1.0 - abs(change)) / 2.0)
        return planning.paired_rows(mean, against + max(change, 0.0), against + max(-change, 0.0), alpha, POWER)
    return planning.betting_rows(true - mean, SPREAD * math.sqrt(true * (1.0 - true)), mean, alpha, POWER)


def auroc_rows(truth: float, threshold: float, operator: Operator, levels: Levels, familiar: int) -> int | None:
    """Unfamiliar rows for an AUROC, of scores that are normal in both groups with one spread.

    A score then stands at Phi(Z + d) among those of the other group, with d = sqrt(2) z(AUROC) and Z standard normal;
    the variance of that is AUROC - AUROC^2 - 2 T(z(AUROC), 1 / sqrt(3)), T being Owen's function.
    """
    true, bound, alpha = truth, threshold, levels.fixed(levels.alpha_pass)
    if operator == "<=":
        true, bound = 1.0 - true, 1.0 - bound
    if true < bound:
        true, bound, alpha = 1.0 - true, 1.0 - bound, levels.fixed(levels.alpha_fail)
    spread = true - true**2 - 2.0 * float(scipy.special.owens_t(float(scipy.special.ndtri(true)), 1.0 / math.sqrt(3.0)))
    return planning.auroc_rows(bound, true, (spread, spread), alpha, POWER, familiar=familiar)


AUROC = Outlook(auroc_rows, "scores are normal among familiar and among unfamiliar rows, with one spread")


def error_rows_at(truth: float, threshold: float, operator: Operator, levels: Levels, familiar: int) -> int | None:  # noqa: ARG001
    """Rows for a calibration error by its e-processes, of a model that is right 19 times in 20."""
    return error_rows(np.array([truth]), RESIDUAL, NOISE, truth, threshold, levels)


CALIBRATION = Outlook(error_rows_at, "19 rows in 20 are right, most of them answered with confidence")


def truths(threshold: float, bounds: Ends) -> tuple[list[float], list[float]]:
    """True values to ask at, above the threshold and below it: 1, 2 and 3 quarters of the way to the nearer end.

    Where 0 lies within the range it is an end too: a drop of 0 is as good as most models get.

    >>> truths(0.80, (0, 1))
    ([0.85, 0.9, 0.95], [0.75, 0.7, 0.65])
    >>> truths(0.02, (-1, 1))
    ([0.025, 0.03, 0.035], [0.015, 0.01, 0.005])
    """
    ways = [abs(threshold - end) for end in (*bounds, 0.0) if bounds[0] <= end <= bounds[1]]
    way = min((one for one in ways if one > 0), default=0.0)
    steps = [way * quarter / 4 for quarter in (1, 2, 3)]
    above, below = ([float(f"{threshold + sign * step:.6g}") for step in steps] for sign in (1, -1))
    return [one for one in above if one <= bounds[1]], [one for one in below if one >= bounds[0]]


def nearest_settled(rows: Callable[[float], int | None], threshold: float, end: float, n: int) -> float | None:
    """The truth nearest to the threshold, on its way to `end`, at which n rows are enough; None where none is.

    `rows` must fall on that way.
    """

    def enough(truth: float) -> bool:
        needed = rows(truth)
        return needed is not None and needed <= n

    near, far = threshold, end - SHORT_OF_THE_END * (end - threshold)
    if not enough(far):
        return None
    for _ in range(STEPS):
        middle = (near + far) / 2
        near, far = (near, middle) if enough(middle) else (middle, far)
    return far
