"""Claims about the risk at a coverage, and about the coverage at a risk: exact tests of two counts.

Of n i.i.d. rows, N ~ Bin(n, c) lie among the population's most confident share c, and V ~ Bin(N, R(c)) of those are
wrong; for R see `risks`, ties and all. N cannot be seen. What is seen is K, the wrong rows among the sample's k most
confident. Those k and those N are nested, and the |N - k| rows between them may be anything:

    V - (N - k)+  <=  K  <=  V + (k - N)+,

so that P(K <= x) <= P(V - (N - k)+ <= x) and P(K >= x) <= P(V + (k - N)+ >= x), (z)+ being what z has above 0. Both
right sides are known for every R(c), and are the p-values against "R(c) is at least r" and "at most r": no alpha is
split between where the coverage lies and what is wrong within it. At full coverage N = k = n, and it is Clopper &
Pearson's test. k is taken so far from n c, towards the safe side, that N passes it with probability alpha.

Where rows tie across the k-th, K is a count in random order; the test asks that 19 in 20 of these orders reject at
19/20 alpha. By Markov's inequality it does so with probability alpha at most, and is itself left to no chance.

The coverage at risk r is the largest c with R(c) <= r. It is at least c0 if R(c0) <= r, which is tested. It is below c0
if R(c) > r at each c from c0 on. For c between two knots a < b of a grid, R(c) <= r gives G(a) <= G(c) <= r c <= r b,
so each interval tests R(a) <= r b / a; the claim is rejected where all intervals reject, and no alpha is split since
the true coverage lies in one of them (Berger 1982).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from pytest_robust.statistics.decision import Decision, Levels, Operator
from pytest_robust.statistics.looks import decide_at_looks
from pytest_robust.statistics.risks import (
    Ranking,
    checked,
    ranking,
    refuse_coverage,
    refuse_risk,
    share_answered,
    share_wrong,
)

Floats = NDArray[np.float64]

ORDERS = 0.95
"""The share of the orders of ties that must reject, and of alpha that each may spend."""

TAIL = 1e-13
"""The probability on either side that is left out of a sum over N, and added to the p-value."""

MOST_INTERVALS = 64
INTERVALS, COVERAGES = 100, 20
"""For an interval of the coverage: the grid of its upper end, and the coverages among which its lower end is found."""


def decide_risk_at_coverage(
    confidence: Floats,
    correct: NDArray[np.bool_],
    coverage: float,
    operator: Operator,
    threshold: float,
    levels: Levels,
    *,
    final: bool,
) -> Decision:
    """Judge `risk at this coverage operator threshold` on i.i.d. rows: `confidence` (n,), `correct` (n,), as drawn.

    P(PASS | claim false) <= alpha_pass and P(FAIL | claim true) <= alpha_fail at every n, ties or not: the exact test
    of this module, at the looks of `looks`. Not estimable where the coverage is less than one row. Raises ValueError
    for NaN, a coverage outside (0, 1] and a threshold outside [0, 1].

    >>> sure = np.arange(400) * 0.618 % 1
    >>> found = decide_risk_at_coverage(sure, sure > 0.2, 0.6, "<=", 0.05, Levels(), final=True)
    >>> found.outcome, found.n, found.estimate
    ('PASS', 400, 0.0)
    """
    confidence, correct = checked(confidence, correct)
    refuse_coverage(coverage)

    def sample(rows: int) -> RiskAt:
        ranked = ranking(confidence[:rows], correct[:rows])
        return RiskAt(ranked, coverage, share_wrong(ranked, coverage))

    return decide_at_looks(sample, len(confidence), operator, threshold, levels, bounds=(0.0, 1.0), final=final)


def decide_coverage_at_risk(
    confidence: Floats,
    correct: NDArray[np.bool_],
    risk: float,
    operator: Operator,
    threshold: float,
    levels: Levels,
    *,
    final: bool,
) -> Decision:
    """Judge `largest coverage at this risk operator threshold` on i.i.d. rows, as `decide_risk_at_coverage` does.

    With the same guarantee. PASS of `>=` proves that the risk is kept at the threshold itself. The lower end of the
    interval is one of 20 coverages. Raises ValueError for NaN and for a risk or a threshold outside [0, 1].

    >>> sure = np.arange(400) * 0.618 % 1
    >>> decide_coverage_at_risk(sure, sure > 0.2, 0.05, ">=", 0.6, Levels(), final=True).outcome
    'PASS'
    """
    confidence, correct = checked(confidence, correct)
    refuse_risk(risk)

    def sample(rows: int) -> CoverageAt:
        return CoverageAt(ranking(confidence[:rows], correct[:rows]), risk)

    return decide_at_looks(sample, len(confidence), operator, threshold, levels, bounds=(0.0, 1.0), final=final)


def p_small(wrong: Floats, k: Floats, n: int, coverage: Floats, risk: Floats) -> Floats:
    """P(V - (N - k)+ <= wrong), where R(coverage) = risk: all (J,)."""
    inside, chance = _inside(n, coverage)
    most = wrong[:, None] + np.maximum(inside - k[:, None], 0.0)
    found = np.sum(chance * scipy.stats.binom.cdf(most, inside, risk[:, None]), axis=1)
    return np.asarray(np.minimum(1.0, found + 2.0 * TAIL))


def p_large(wrong: Floats, k: Floats, n: int, coverage: Floats, risk: Floats) -> Floats:
    """P(V + (k - N)+ >= wrong), where R(coverage) = risk: all (J,)."""
    inside, chance = _inside(n, coverage)
    least = wrong[:, None] - np.maximum(k[:, None] - inside, 0.0)
    found = np.sum(chance * scipy.stats.binom.sf(least - 1.0, inside, risk[:, None]), axis=1)
    return np.asarray(np.minimum(1.0, found + 2.0 * TAIL))


def _inside(n: int, coverage: Floats) -> tuple[Floats, Floats]:
    """Values of N ~ Bin(n, coverage), (J, L), and the probability of each."""
    least = np.asarray(scipy.stats.binom.ppf(TAIL, n, coverage))
    most = np.asarray(scipy.stats.binom.isf(TAIL, n, coverage))
    inside = least[:, None] + np.arange(int(np.max(most - least)) + 1)
    return np.minimum(inside, n), np.where(inside <= n, scipy.stats.binom.pmf(inside, n, coverage[:, None]), 0.0)


def wrong_in_most_orders(ranked: Ranking, k: Floats, operator: Operator) -> Floats:
    """A count that the wrong rows among the k most confident, k (J,), keep to in `ORDERS` of all orders of ties.

    They are at most so many for `<=`, and at least so many for `>=`.
    """

    group = np.searchsorted(ranked.answered, k)
    before, wrong_before = np.append(0, ranked.answered)[group], np.append(0, ranked.wrong)[group]
    size, wrong, taken = ranked.answered[group] - before, ranked.wrong[group] - wrong_before, k - before
    split = (wrong > 0) & (wrong < size) & (taken > 0) & (taken < size)
    count = np.where(taken > 0, np.minimum(wrong, taken), 0.0)
    if split.any():
        share = ORDERS if operator == "<=" else 1.0 - ORDERS
        count[split] = scipy.stats.hypergeom.ppf(share, size[split], wrong[split], taken[split])
    return np.asarray(wrong_before + count)


def p_values(ranked: Ranking, operator: Operator, coverage: Floats, risk: Floats, alpha: float) -> Floats:
    """Against the opposite of `R(coverage) operator risk`, both (J,); each is valid at `alpha`."""
    n = ranked.n
    quantile = scipy.stats.binom.isf if operator == "<=" else scipy.stats.binom.ppf
    k = np.asarray(quantile(alpha, n, coverage))
    wrong = wrong_in_most_orders(ranked, k, operator)
    found = (p_small if operator == "<=" else p_large)(wrong, k, n, coverage, risk)
    return np.where(k < n, np.minimum(1.0, found / ORDERS), found)


@dataclass(frozen=True, slots=True)
class RiskAt:
    """The risk at a coverage of a sample, and its test."""

    ranked: Ranking
    coverage: float
    estimate: float

    @property
    def n(self) -> int:
        return self.ranked.n

    @property
    def method(self) -> str:
        return "order statistics and binomial count (exact)"

    def grown(self, copies: int) -> RiskAt:
        return RiskAt(self.ranked.grown(copies), self.coverage, self.estimate)

    def p_value(self, operator: Operator, bound: float, alpha: float) -> float:
        return float(p_values(self.ranked, operator, np.array([self.coverage]), np.array([bound]), alpha)[0])

    def limit(self, operator: Operator, alpha: float) -> float:
        lowest, highest = (self.p_value(operator, bound, alpha) - alpha for bound in (0.0, 1.0))
        if operator == "<=" and highest > 0:
            return 1.0
        if operator == ">=" and lowest > 0:
            return 0.0

        def excess(bound: float) -> float:
            return self.p_value(operator, bound, alpha) - alpha

        return float(scipy.optimize.brentq(excess, 0.0, 1.0, xtol=1e-6))


@dataclass(frozen=True, slots=True)
class CoverageAt:
    """The largest coverage at a risk of a sample, and its test."""

    ranked: Ranking
    risk: float

    @property
    def n(self) -> int:
        return self.ranked.n

    @property
    def estimate(self) -> float:
        return share_answered(self.ranked, self.risk)

    @property
    def method(self) -> str:
        return "order statistics and binomial counts (exact)"

    def grown(self, copies: int) -> CoverageAt:
        return CoverageAt(self.ranked.grown(copies), self.risk)

    def p_value(self, operator: Operator, bound: float, alpha: float) -> float:
        if operator == "<=":
            intervals = min(MOST_INTERVALS, math.ceil(math.sqrt(self.n)))
            return float(self._above(np.linspace(bound, 1.0, intervals + 1), alpha).max())
        if bound == 0.0:
            return 1.0
        return float(p_values(self.ranked, "<=", np.array([bound]), np.array([self.risk]), alpha)[0])

    def limit(self, operator: Operator, alpha: float) -> float:
        if operator == "<=":
            knots = np.linspace(0.0, 1.0, INTERVALS + 1)
            return float(knots[1 + int(np.flatnonzero(self._above(knots, alpha) > alpha)[-1])])
        share = alpha / COVERAGES
        grid = np.arange(1, COVERAGES + 1) / COVERAGES
        kept = p_values(self.ranked, "<=", grid, np.full(COVERAGES, self.risk), share) <= share
        return float(np.max(grid, where=kept, initial=0.0))

    def _above(self, knots: Floats, alpha: float) -> Floats:
        """For each interval of coverages between `knots`, against "at one of them the risk is kept"."""
        start, end = knots[:-1], knots[1:]
        risk = np.divide(self.risk * end, start, out=np.ones_like(end), where=start > 0)
        found = np.ones_like(end)
        open_ = risk < 1.0
        if open_.any():
            found[open_] = p_values(self.ranked, ">=", start[open_], risk[open_], alpha)
        return found
