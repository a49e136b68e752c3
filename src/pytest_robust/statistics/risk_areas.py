"""Claims about the areas under the risk-coverage curves: each is the chance of an event among a few random rows.

A row is more confident than j - 1 others with probability (1 - U)^(j-1), U being its place (see `risks`, ties and all);
so j E[W (1 - U)^(j-1)] is the chance that the most confident of j random rows is wrong. Let their number J be random
too, J = 2, 3, ... with P(J = j) = 1 / (j (j - 1)). Since ln(1/u) is the sum of (1 - u)^(j-1) / (j - 1) over j, and
e + (1 - e) ln(1 - e) that of P(J = j) e^j,

    AURC   = E[W ln(1/U)] = P(the most confident of J is wrong),
    E-AURC = P(the most confident of J is wrong, but not all J are),
    AUGRC  = 1/2 P(the more confident of 2 is wrong).

Each is the mean of a kernel that is 0 or 1, and `ustatistics` has an exact test of the mean over all groups of rows.
With groups of at most b rows, the rest of the sum lies between 0 and P(J > b) = 1/b; b is about n^(2/3), and for the
AUGRC, of which there is no rest, it is 2. The mean over all groups of up to b rows, weighted by P(J = j), is

    A = 1/n sum_k R_k (1 - C(n - b, k) / C(n - 1, k)),    k = 1..n-1,

R_k being the risk of the k most confident rows: the AURC of the sample with its first few coverages discounted.

How many disjoint groups are there? Let Q be the quantile function of J given J <= b, and let group i = 1..m have
Q((i - V_i) / m) rows, the V_i uniform and independent. Then the groups show A / P(J <= b) in the mean, and because Q
rises from 2 to b they hold at most m E[J | J <= b] + b - 2 rows together, which must not be more than n;
E[J | J <= b] is H b / (b - 1), with H = 1 + 1/2 + ... + 1 / (b - 1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy
from numpy.typing import NDArray

from pytest_robust.statistics.decision import Decision, Levels, NotEstimableError, Operator
from pytest_robust.statistics.looks import decide_at_looks, refuse_threshold, settle
from pytest_robust.statistics.means import decide_mean
from pytest_robust.statistics.risks import (
    LARGEST_EXCESS,
    Ranking,
    checked,
    mean_excess_risk,
    mean_generalised_risk,
    mean_risk,
    ranking,
)
from pytest_robust.statistics.ustatistics import groups_limit, groups_p

Floats = NDArray[np.float64]

HALF = (0.0, 0.5)


def decide_aurc(
    confidence: Floats,
    correct: NDArray[np.bool_],
    operator: Operator,
    threshold: float,
    levels: Levels,
    *,
    final: bool,
) -> Decision:
    """Judge `AURC operator threshold` on i.i.d. rows: `confidence` (n,) and `correct` (n,), in the order drawn.

    P(PASS | claim false) <= alpha_pass and P(FAIL | claim true) <= alpha_fail at every n, ties or not: the exact test
    of this module, at the looks of `looks`. Raises ValueError for NaN and for a threshold outside [0, 1].

    No exact test proves a low AURC with few rows: a model that errs on its s = 3/n most confident inputs only shows
    none of them in 1 sample of 20, and its AURC is s (1 + ln(1/s)), 0.02 for 1,000 rows.

    >>> sure = np.arange(1000) * 0.618 % 1
    >>> decide_aurc(sure, sure > 0.05, "<=", 0.05, Levels(), final=True).outcome
    'PASS'
    """
    confidence, correct = checked(confidence, correct)

    def sample(rows: int) -> RiskArea:
        ranked = ranking(confidence[:rows], correct[:rows])
        most = largest_group(ranked.n)
        return RiskArea(ranked.n, mean_risk(ranked), discounted(ranked, most), most, 1.0 / most, 1.0)

    return decide_at_looks(sample, len(confidence), operator, threshold, levels, bounds=(0.0, 1.0), final=final)


def decide_e_aurc(
    confidence: Floats,
    correct: NDArray[np.bool_],
    operator: Operator,
    threshold: float,
    levels: Levels,
    *,
    final: bool,
) -> Decision:
    """Judge `E-AURC operator threshold` on i.i.d. rows, as `decide_aurc` does and with the same guarantee.

    Not estimable where no answer is right. Raises ValueError for NaN and for a threshold outside [0, ln 2].
    """
    confidence, correct = checked(confidence, correct)

    def sample(rows: int) -> RiskArea:
        ranked = ranking(confidence[:rows], correct[:rows])
        most = largest_group(ranked.n)
        observed = discounted(ranked, most) - all_wrong(ranked, most)
        return RiskArea(ranked.n, mean_excess_risk(ranked), observed, most, 1.0 / most, LARGEST_EXCESS)

    bounds = (0.0, LARGEST_EXCESS)
    return decide_at_looks(sample, len(confidence), operator, threshold, levels, bounds=bounds, final=final)


def decide_augrc(
    confidence: Floats,
    correct: NDArray[np.bool_],
    operator: Operator,
    threshold: float,
    levels: Levels,
    *,
    final: bool,
) -> Decision:
    """Judge `AUGRC operator threshold` on i.i.d. rows: `confidence` (n,) and `correct` (n,), in the order drawn.

    P(PASS | claim false) <= alpha_pass and P(FAIL | claim true) <= alpha_fail at every n, ties or not. The e-process
    runs over disjoint pairs of neighbouring rows, which are independent, and may be looked at after each; at the end
    comes the exact test of this module. Raises ValueError for NaN and for a threshold outside [0, 1/2].

    >>> sure = np.arange(300) * 0.618 % 1
    >>> found = decide_augrc(sure, sure > 0.1, "<=", 0.05, Levels(), final=True)
    >>> found.outcome, found.n, found.method
    ('PASS', 130, 'betting e-process')
    """
    confidence, correct = checked(confidence, correct)
    refuse_threshold(threshold, HALF)
    values = 0.5 * pair_values(confidence, correct)
    sequential = decide_mean(values, operator, threshold, levels, bounds=HALF, final=False)
    if sequential.outcome is not None:
        return replace(sequential, n=2 * sequential.n)
    n, evidence = len(confidence), sequential.log10_e_value
    if not final:
        return Decision(None, n, log10_e_value=evidence)
    try:
        ranked = ranking(confidence, correct)
    except NotEstimableError as why:
        return Decision("INCONCLUSIVE", n, reason=str(why))
    sample = RiskArea(n, mean_generalised_risk(ranked), discounted(ranked, 2), 2, 0.0, HALF[1])
    return settle(sample, operator, threshold, levels.at_the_end(), bounds=HALF, log10_e_value=evidence)


def pair_values(confidence: Floats, correct: NDArray[np.bool_]) -> Floats:
    """Of the disjoint pairs (0, 1), (2, 3), ...: 1 where the more confident row is wrong, half of each where they tie.

    Shape (n // 2,).
    """
    pairs = len(confidence) // 2
    sure = confidence[: 2 * pairs].reshape(-1, 2)
    wrong = 1.0 - correct[: 2 * pairs].reshape(-1, 2)
    first = (sure[:, 0] > sure[:, 1]) + 0.5 * (sure[:, 0] == sure[:, 1])
    return np.asarray(first * wrong[:, 0] + (1.0 - first) * wrong[:, 1])


def largest_group(n: int) -> int:
    """b for n rows."""
    return max(2, int(np.cbrt(n) ** 2))


def discounted(ranked: Ranking, most: int) -> float:
    """A: the mean over all groups of up to `most` rows; 0 for a single row, of which there is no group."""
    n = ranked.n
    k = np.arange(1.0, n)
    missed = np.zeros(len(k))
    few = slice(0, max(0, n - most))
    ln = scipy.special.gammaln
    missed[few] = np.exp(ln(n - most + 1.0) - ln(n - most - k[few] + 1.0) - ln(n) + ln(n - k[few]))
    return float(ranked.wrong_among(k) / k @ (1.0 - missed)) / n


def all_wrong(ranked: Ranking, most: int) -> float:
    """The share of all groups of up to `most` rows, weighted by P(J = j), that are wrong as a whole."""
    drawn = np.arange(min(most, ranked.n))
    together = np.cumprod(np.maximum(ranked.errors - drawn, 0.0) / (ranked.n - drawn))[1:]
    return float(together @ (1.0 / (drawn[1:] * (drawn[1:] + 1.0))))


@dataclass(frozen=True, slots=True)
class RiskArea:
    """An area of a sample, and its test."""

    n: int
    estimate: float
    observed: float
    """The mean over all groups of up to `largest` rows, in [0, 1 - 1/largest]."""
    largest: int
    rest: float
    """The most that larger groups can add."""
    highest: float
    """The most that the area can be."""

    @property
    def method(self) -> str:
        return "U-statistic against a binomial count (exact)"

    @property
    def groups(self) -> int:
        """How many disjoint groups n rows make."""
        most = self.largest
        harmonic = float(scipy.special.digamma(most) - scipy.special.digamma(1.0))
        return max(0, int((self.n - most + 2) * (most - 1) / (most * harmonic) + 1e-9))

    def grown(self, copies: int) -> RiskArea:
        n = copies * self.n
        if not self.rest:
            return replace(self, n=n)
        most = largest_group(n)
        return replace(self, n=n, observed=self.estimate, largest=most, rest=1.0 / most)

    def p_value(self, operator: Operator, bound: float, alpha: float) -> float:  # noqa: ARG002  (sharp at any alpha)
        share = self._share(operator)
        mean = bound if operator == ">=" else self._whole - bound + self.rest
        return groups_p(share, self.groups, mean / self._whole)

    def limit(self, operator: Operator, alpha: float) -> float:
        found = self._whole * groups_limit(self._share(operator), self.groups, alpha)
        return found if operator == ">=" else min(self.highest, self._whole - found + self.rest)

    @property
    def _whole(self) -> float:
        """P(J <= largest)."""
        return 1.0 - 1.0 / self.largest

    def _share(self, operator: Operator) -> float:
        """The observed mean scaled to [0, 1], or 1 less it."""
        share = min(1.0, max(0.0, self.observed / self._whole))
        return share if operator == ">=" else 1.0 - share
