"""How much familiar input is taken for unfamiliar, at the threshold that catches a stated share of the unfamiliar.

The threshold is the highest score t with P(unfamiliar >= t) >= tpr; rows that score t itself are caught, of both kinds.
So the rate is P(familiar >= t). Let Y_k be the k-th highest of m unfamiliar scores. How many of them lie above t is no
more, in law, than Bin(m, tpr), and how many lie at t and above is no less, ties or not:

    P(Y_k > t) <= P(Bin(m, tpr) >= k),    P(Y_k < t) <= P(Bin(m, tpr) < k).

The familiar rows are independent of Y_k. Take the k at which the first bound is a <= alpha/2; if x of n familiar rows
score Y_k and above, p = a + (1 - a) P(Bin(n, r) <= x) is a p-value against "the rate is at least r", because the rate
at Y_k is no smaller where Y_k <= t. And so for "at most r", with the second bound and P(Bin(n, r) >= x). Exact at every
m and n.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from pytest_robust.statistics.decision import Decision, Levels, NotEstimableError, Operator
from pytest_robust.statistics.exact import binomial_limit, binomial_p
from pytest_robust.statistics.looks import decide_at_looks
from pytest_robust.statistics.scores import checked_scores, familiar_too_few, refuse_missing

Floats = NDArray[np.float64]

ROUNDING = 1e-9
"""Rows by which tpr * m may miss a whole number."""


def fpr_at_tpr(unfamiliar: Floats, familiar: Floats, tpr: float = 0.95) -> float:
    """The share of `familiar` scores (n,) that reach the threshold which `tpr` of the `unfamiliar` ones (m,) reach.

    In [0, 1]; lower is better. The threshold is the ceil(tpr m)-th highest unfamiliar score; rows that tie with it
    reach it. Raises ValueError for NaN and a tpr that is not between 0 and 1, and NotEstimableError without familiar
    rows, or where the lowest of the unfamiliar ones would be the threshold: 20 are needed for 0.95.

    >>> fpr_at_tpr(np.arange(1.0, 21.0), np.arange(-7.0, 3.0))  # the threshold is 2
    0.1
    """
    unfamiliar, familiar = checked_scores(unfamiliar, familiar)
    return _sample(unfamiliar, familiar, tpr).estimate


def threshold_at_tpr(unfamiliar: Floats, tpr: float = 0.95) -> float:
    """The highest score that a share `tpr` of the `unfamiliar` ones (m,) reach: the ceil(tpr m)-th highest.

    Raises ValueError for a tpr that is not between 0 and 1 and where there are no scores.

    >>> threshold_at_tpr(np.arange(1.0, 21.0))
    2.0
    """
    refuse_tpr(tpr)
    if not len(unfamiliar):
        raise ValueError("there are no unfamiliar scores")
    return float(np.sort(unfamiliar)[::-1][_caught(tpr, len(unfamiliar)) - 1])


def _caught(tpr: float, m: int) -> int:
    return math.ceil(tpr * m - ROUNDING)


def decide_fpr_at_tpr(
    unfamiliar: Floats,
    familiar: Floats,
    operator: Operator,
    threshold: float,
    levels: Levels,
    *,
    tpr: float = 0.95,
    final: bool,
) -> Decision:
    """Judge `FPR at this TPR operator threshold`: i.i.d. scores, `unfamiliar` (m,) as drawn, `familiar` (n,) complete.

    P(PASS | claim false) <= alpha_pass and P(FAIL | claim true) <= alpha_fail at every m and n, ties or not: the exact
    test of this module, at the looks of `looks`, which count unfamiliar rows. Raises ValueError as `fpr_at_tpr` does,
    and for a threshold outside [0, 1].

    >>> scores = np.arange(1000) * 0.618 % 1
    >>> decide_fpr_at_tpr(scores + 0.8, scores, "<=", 0.3, Levels(), final=True).outcome
    'PASS'
    """
    unfamiliar, familiar = checked_scores(unfamiliar, familiar)
    refuse_tpr(tpr)
    return decide_at_looks(
        lambda rows: _sample(unfamiliar[:rows], familiar, tpr),
        len(unfamiliar),
        operator,
        threshold,
        levels,
        bounds=(0.0, 1.0),
        stuck=familiar_too_few(len(familiar)),
        final=final,
    )


def refuse_tpr(tpr: float) -> None:
    """Raises ValueError for what is no share to be caught."""
    if not 0.0 < tpr < 1.0:
        raise ValueError(f"the true positive rate {tpr!r} does not lie between 0 and 1")


def _sample(unfamiliar: Floats, familiar: Floats, tpr: float) -> CaughtSample:
    refuse_tpr(tpr)
    refuse_missing(unfamiliar, familiar)
    m = len(unfamiliar)
    if _caught(tpr, m) == m:
        raise NotEstimableError(f"{m} unfamiliar rows are too few to say where a share of {tpr:g} of them is caught")
    return CaughtSample(np.sort(unfamiliar)[::-1], np.sort(familiar), tpr)


@dataclass(frozen=True, slots=True)
class CaughtSample:
    """The rate of a sample, and its test."""

    unfamiliar: Floats
    """Highest first; each counts `copies` times."""
    familiar: Floats
    """Lowest first."""
    tpr: float
    copies: int = 1

    @property
    def n(self) -> int:
        """How many unfamiliar rows."""
        return len(self.unfamiliar) * self.copies

    @property
    def estimate(self) -> float:
        return self._taken(_caught(self.tpr, self.n)) / len(self.familiar)

    @property
    def method(self) -> str:
        return "order statistic and binomial count (exact)"

    def grown(self, copies: int) -> CaughtSample:
        return CaughtSample(self.unfamiliar, self.familiar, self.tpr, self.copies * copies)

    def p_value(self, operator: Operator, bound: float, alpha: float) -> float:
        count, risk = self._count(operator, alpha)
        n = len(self.familiar)
        if count is None:
            return 1.0
        by_count = binomial_p(count, n, bound) if operator == ">=" else binomial_p(n - count, n, 1.0 - bound)
        return risk + (1.0 - risk) * by_count

    def limit(self, operator: Operator, alpha: float) -> float:
        count, risk = self._count(operator, alpha)
        n, left = len(self.familiar), (alpha - risk) / (1.0 - risk)
        if count is None:
            return 0.0 if operator == ">=" else 1.0
        if operator == ">=":
            return float(binomial_limit(count, n, left))
        return 1.0 - float(binomial_limit(n - count, n, left))

    def _count(self, operator: Operator, alpha: float) -> tuple[int | None, float]:
        """The familiar rows at Y_k and above, None where no k will do, and P(Y_k lies on the wrong side) at most."""
        m = self.n
        if operator == "<=":
            k = int(scipy.stats.binom.isf(alpha / 2, m, self.tpr)) + 1
            return (self._taken(k) if k <= m else None), float(scipy.stats.binom.sf(k - 1, m, self.tpr))
        k = int(scipy.stats.binom.ppf(alpha / 2, m, self.tpr))
        return (self._taken(k) if k >= 1 else None), float(scipy.stats.binom.cdf(k - 1, m, self.tpr))

    def _taken(self, k: int) -> int:
        """How many familiar rows score as high as the k-th highest unfamiliar one."""
        score = self.unfamiliar[(k - 1) // self.copies]
        return len(self.familiar) - int(np.searchsorted(self.familiar, score))
