"""The area under the ROC curve: how often an unfamiliar input scores higher than a familiar one, ties counted half."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import scipy
from numpy.typing import NDArray

from pytest_robust.statistics.decision import Decision, Levels, NotEstimableError, Operator, Settled
from pytest_robust.statistics.means import decide_mean
from pytest_robust.statistics.planning import auroc_rows
from pytest_robust.statistics.scores import checked_scores, familiar_too_few, refuse_missing

Floats = NDArray[np.float64]

FEWEST_FOR_DELONG = 100
FEWEST_MISPLACED = 5
"""The least that an area of 0 or 1 must be missed by, in rows of the smaller group, for DeLong's error to be believed.
Where it is less, one more misplaced row would change the error itself: of areas just below a bound of 0.99, the test
passed a third at 100 rows (simulated, a share of 0.01 of unfamiliar rows taken for familiar)."""


@dataclass(frozen=True, slots=True)
class Placements:
    """Where each score stands among those of the other group (DeLong, DeLong & Clarke-Pearson 1988)."""

    unfamiliar: Floats
    """For each unfamiliar row, the share of familiar rows that score lower, ties half; their mean is the AUROC."""
    familiar: Floats
    """For each familiar row, the share of unfamiliar rows that score higher, ties half; the same mean."""

    @property
    def area(self) -> float:
        """The AUROC, in [0, 1]."""
        return float(np.mean(self.unfamiliar))

    @property
    def spread(self) -> tuple[float, float]:
        """The variances of the two kinds of placement, unfamiliar first."""
        return float(np.var(self.unfamiliar, ddof=1)), float(np.var(self.familiar, ddof=1))

    @property
    def error(self) -> float:
        """DeLong's standard error of the AUROC."""
        unfamiliar, familiar = self.spread
        return math.sqrt(unfamiliar / len(self.unfamiliar) + familiar / len(self.familiar))


def placements(unfamiliar: Floats, familiar: Floats) -> Placements:
    """Placements by sorting, in n log n. Scores (m,) and (n,).

    Raises ValueError for NaN, and NotEstimableError without rows of both kinds.

    >>> placements(np.array([0.9, 0.5]), np.array([0.1, 0.5])).area
    0.875
    """
    unfamiliar, familiar = checked_scores(unfamiliar, familiar)
    refuse_missing(unfamiliar, familiar)
    by_unfamiliar, by_familiar = np.argsort(unfamiliar), np.argsort(familiar)
    ordered, others = unfamiliar[by_unfamiliar], familiar[by_familiar]
    found = Placements(np.empty(len(ordered)), np.empty(len(others)))
    found.unfamiliar[by_unfamiliar] = _share_below(ordered, others)
    found.familiar[by_familiar] = 1.0 - _share_below(others, ordered)
    return found


def _share_below(scores: Floats, others: Floats) -> Floats:
    """The share of `others` below each score, ties half; both ascend, for which the search is several times as fast."""
    below = np.searchsorted(others, scores) + np.searchsorted(others, scores, side="right")
    return np.asarray(below / (2.0 * len(others)))


def delong_limit(area: float, error: float, alpha: float) -> float:
    """The one-sided lower limit of an AUROC strictly between 0 and 1, normal on the logit scale."""
    on_logits = scipy.special.logit(area) + scipy.special.ndtri(alpha) * error / (area * (1.0 - area))
    return float(scipy.special.expit(on_logits))


def delong_p(area: float, error: float, bound: float) -> float:
    """The one-sided p-value against "the AUROC is at most `bound`"."""
    above = scipy.special.logit(area) - scipy.special.logit(bound)
    return float(scipy.special.ndtr(-above * area * (1.0 - area) / error))


def pair_values(unfamiliar: Floats, familiar: Floats) -> Floats:
    """1, 1/2 or 0 for the disjoint pairs (i, i): whether the unfamiliar score is higher; shape (min(m, n),).

    Independent draws whose mean is the AUROC, where both groups stand in random order.
    """
    pairs = min(len(unfamiliar), len(familiar))
    first, second = unfamiliar[:pairs], familiar[:pairs]
    return np.asarray((first > second) + 0.5 * (first == second))


def shuffled(scores: Floats) -> Floats:
    """Scores in an order that depends on how many there are alone: the same on every call, and no file's order."""
    return scores[np.random.Generator(np.random.PCG64(len(scores))).permutation(len(scores))]


def decide_auroc(
    unfamiliar: Floats, familiar: Floats, operator: Operator, threshold: float, levels: Levels, *, final: bool
) -> Decision:
    """Judge `AUROC operator threshold`: `unfamiliar` (m,) in random order as far as drawn, `familiar` (n,) complete.

    The e-process runs over disjoint pairs, DeLong's test at the end over all. DeLong's is asymptotic: below
    `FEWEST_FOR_DELONG` rows a side, and where the groups are so far apart that fewer than `FEWEST_MISPLACED` rows speak
    of their overlap, the exact betting test on the disjoint pairs stands in. INCONCLUSIVE, "not estimable", without
    rows of both kinds. Raises ValueError for NaN or a threshold outside [0, 1].
    """
    unfamiliar, familiar = checked_scores(unfamiliar, familiar)
    try:
        refuse_missing(unfamiliar, familiar)
    except NotEstimableError as why:
        n = len(unfamiliar)
        return Decision("INCONCLUSIVE", n, reason=str(why)) if final else Decision(None, n)
    pairs = pair_values(unfamiliar, shuffled(familiar))
    sequential = decide_mean(pairs, operator, threshold, levels, final=False)
    if sequential.outcome is not None or not final:
        return replace(sequential, n=len(unfamiliar)) if sequential.outcome is None else sequential
    smaller = min(len(unfamiliar), len(familiar))
    if smaller >= FEWEST_FOR_DELONG:
        found = placements(unfamiliar, familiar)
        if found.error > 0 and smaller * min(found.area, 1.0 - found.area) >= FEWEST_MISPLACED:
            return _by_delong(found, operator, threshold, levels, sequential.log10_e_value)
    return decide_mean(pairs, operator, threshold, levels, final=True)


def _by_delong(
    found: Placements, operator: Operator, threshold: float, levels: Levels, evidence: float | None
) -> Decision:
    m, n, error = len(found.unfamiliar), len(found.familiar), found.error
    # Turned so that the claim is "the area is at least the bound".
    area, bound = (found.area, threshold) if operator == ">=" else (1.0 - found.area, 1.0 - threshold)
    alphas = levels.fixed(levels.alpha_pass), levels.fixed(levels.alpha_fail)
    settled: Settled = "INCONCLUSIVE"
    if delong_limit(area, error, alphas[0]) >= bound:
        settled = "PASS"
    elif delong_limit(1.0 - area, error, alphas[1]) > 1.0 - bound:
        settled = "FAIL"
    speaks_for = settled == "PASS" or (settled == "INCONCLUSIVE" and area >= bound)
    towards = (area, bound, alphas[0]) if speaks_for else (1.0 - area, 1.0 - bound, alphas[1])
    rows = None
    if settled == "INCONCLUSIVE":
        rows = auroc_rows(towards[1], towards[0], found.spread, towards[2], familiar=n)
    half = levels.fixed(1.0 - levels.interval_confidence) / 2
    return Decision(
        settled,
        m,
        estimate=found.area,
        interval=(delong_limit(found.area, error, half), 1.0 - delong_limit(1.0 - found.area, error, half)),
        method="DeLong, logit scale (asymptotic)",
        log10_e_value=evidence,
        p_value=delong_p(towards[0], error, towards[1]),
        rows_needed=None if rows is None else max(1, rows - m),
        reason=None if settled != "INCONCLUSIVE" or rows is not None else familiar_too_few(n),
    )
