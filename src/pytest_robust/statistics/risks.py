"""The risk of the most confident rows, and the areas under its curve.

A model answers its most confident rows first. Of a coverage c in (0, 1], with C the confidence and W = 1 for a wrong
answer and 0 for a right one, let

    G(c) = P(wrong and among the most confident share c),    R(c) = G(c) / c

be the generalised and the selective risk (El-Yaniv & Wiener 2010; Traub et al. 2024). Rows that tie in confidence are
answered in random order, so that G rises evenly across a tie; of a sample as of the population. No order of the rows
matters then, which it does where a sort breaks the ties: on identical confidences such an AURC is anything between that
of the best and that of the worst ranking.

    AURC  = integral of R over c   = E[W ln(1/U)],
    AUGRC = integral of G over c   = E[W (1 - U)] = 1/2 P(the more confident of two rows is wrong),

U being a row's place, uniform in (0, 1] from the most confident on. E-AURC is what the AURC has above that of the best
ranking with the same error e, e + (1 - e) ln(1 - e) (Geifman, Uziel & El-Yaniv 2019).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pytest_robust.statistics.decision import NO_ROWS, NotEstimableError

Floats = NDArray[np.float64]

LARGEST_EXCESS = math.log(2.0)
"""The E-AURC of the worst ranking is the entropy of e, -e ln e - (1 - e) ln(1 - e): at most ln 2."""

ROUNDING = 1e-9
"""Rows by which a product such as 0.29 * 100 may miss a whole number."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Rows grouped by confidence, the most confident first; G groups."""

    answered: NDArray[np.int64]
    """How many rows are at least as confident as the group's, (G,); the last is n."""
    wrong: NDArray[np.int64]
    """How many of them are wrong, (G,)."""

    @property
    def n(self) -> int:
        """How many rows."""
        return int(self.answered[-1])

    @property
    def errors(self) -> int:
        """How many of them are wrong."""
        return int(self.wrong[-1])

    def wrong_among(self, rows: Floats | float) -> Floats:
        """How many of so many most confident rows are wrong, in the mean over the orders of ties."""
        return np.asarray(np.interp(rows, np.append(0, self.answered), np.append(0, self.wrong)))

    def grown(self, copies: int) -> Ranking:
        """So many repetitions of these rows."""
        return Ranking(self.answered * copies, self.wrong * copies)


def ranking(confidence: Floats, correct: NDArray[np.bool_]) -> Ranking:
    """Rank rows by `confidence` (n,), any number whose order means something; `correct` (n,).

    Raises NotEstimableError without rows, and ValueError for a NaN or shapes that do not fit.

    >>> ranking(np.array([0.5, 0.9, 0.5]), np.array([True, True, False]))
    Ranking(answered=array([1, 3]), wrong=array([0, 1]))
    """
    confidence, correct = checked(confidence, correct)
    if not len(confidence):
        raise NotEstimableError(NO_ROWS)
    order = np.argsort(-confidence)
    ordered = confidence[order]
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    return Ranking(last + 1, np.cumsum(~correct[order], dtype=np.int64)[last])


def checked(confidence: Floats, correct: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_]]:
    """The two columns as arrays of one length. Raises ValueError where they are not, and for a NaN."""
    confidence, correct = np.asarray(confidence, np.float64), np.asarray(correct, np.bool_)
    if confidence.ndim != 1 or correct.shape != confidence.shape:
        raise ValueError(f"confidences have shape {confidence.shape} and answers {correct.shape}; give (n,) twice")
    if np.isnan(confidence).any():
        raise ValueError(f"the confidence of row {int(np.isnan(confidence).argmax())} is NaN")
    return confidence, correct


def aurc(confidence: Floats, correct: NDArray[np.bool_]) -> float:
    """The area under the risk-coverage curve, in [0, 1]; lower is better.

    The mean over k = 1..n of the risk of the k most confident rows (Geifman & El-Yaniv 2017), in the mean over the
    orders of ties. Raises as `ranking` does.

    >>> aurc(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, True]))  # (0 + 1/2 + 1/3 + 1/4) / 4
    0.2708333333333333
    >>> aurc(np.full(4, 0.5), np.array([True, False, True, True]))
    0.25
    """
    return mean_risk(ranking(confidence, correct))


def mean_risk(ranked: Ranking) -> float:
    """The AURC of ranked rows."""
    answered = np.arange(1.0, ranked.n + 1.0)
    return float(np.mean(ranked.wrong_among(answered) / answered))


def augrc(confidence: Floats, correct: NDArray[np.bool_]) -> float:
    """The average risk of undetected failures, in [0, 1/2]; lower is better (Traub et al. 2024).

    The area under G of the sample: (1/n^2) sum over i, j of W_i (1 if C_i > C_j, 1/2 if C_i = C_j). With AUROC the
    probability that a right row is more confident than a wrong one, it is (1 - AUROC) e (1 - e) + e^2 / 2. Raises as
    `ranking` does.

    >>> augrc(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, True]))
    0.15625
    """
    return mean_generalised_risk(ranking(confidence, correct))


def mean_generalised_risk(ranked: Ranking) -> float:
    """The AUGRC of ranked rows."""
    return float(np.trapezoid(np.append(0, ranked.wrong), np.append(0, ranked.answered))) / ranked.n**2


def e_aurc(confidence: Floats, correct: NDArray[np.bool_]) -> float:
    """What the AURC has above the best ranking with the same error, in [0, ln 2]; lower is better.

    Raises as `ranking` does, and NotEstimableError where no answer is right: every ranking is the best then.

    >>> e_aurc(np.array([0.9, 0.8, 0.7]), np.array([True, True, True]))
    0.0
    """
    return mean_excess_risk(ranking(confidence, correct))


def mean_excess_risk(ranked: Ranking) -> float:
    """The E-AURC of ranked rows."""
    if ranked.errors == ranked.n:
        raise NotEstimableError("no answer is right, so no order of them is better than another")
    return max(0.0, mean_risk(ranked) - best_aurc(ranked.errors / ranked.n))


def best_aurc(error: float) -> float:
    """The AURC of the best ranking at this error, e + (1 - e) ln(1 - e); it grows with e."""
    return 1.0 if error >= 1.0 else error + (1.0 - error) * math.log1p(-error)


def risk_at_coverage(confidence: Floats, correct: NDArray[np.bool_], coverage: float) -> float:
    """The error among the most confident share `coverage` of the rows, in [0, 1].

    The last row counts in part where `coverage * n` is no whole number. Raises as `ranking` does, ValueError for a
    coverage outside (0, 1], and NotEstimableError where it is less than one row.

    >>> risk_at_coverage(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, True]), 0.5)
    0.5
    """
    return share_wrong(ranking(confidence, correct), coverage)


def share_wrong(ranked: Ranking, coverage: float) -> float:
    """The selective risk of ranked rows."""
    refuse_coverage(coverage)
    rows = coverage * ranked.n
    if rows < 1.0 - ROUNDING:
        raise NotEstimableError(
            f"{ranked.n} rows are too few for a coverage of {coverage:g}: it is less than one of them"
        )
    return float(ranked.wrong_among(rows) / rows)


def refuse_coverage(coverage: float) -> None:
    """Raises ValueError for what is no coverage."""
    if not 0.0 < coverage <= 1.0:
        raise ValueError(f"the coverage {coverage!r} lies outside the range 0 (excluded) to 1")


def coverage_at_risk(confidence: Floats, correct: NDArray[np.bool_], risk: float) -> float:
    """The largest coverage at which the error among the answered is at most `risk`, in [0, 1]; 0 where there is none.

    At that coverage `risk_at_coverage` is `risk` again, unless it is all of the rows or none. Raises as `ranking` does,
    and ValueError for a risk outside [0, 1].

    >>> coverage_at_risk(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, True]), 0.25)
    1.0
    >>> coverage_at_risk(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, True]), 0.2)
    0.3125
    """
    return share_answered(ranking(confidence, correct), risk)


def share_answered(ranked: Ranking, risk: float) -> float:
    """The coverage at this risk of ranked rows."""
    refuse_risk(risk)
    answered, wrong = np.append(0, ranked.answered), np.append(0, ranked.wrong)
    over = wrong - risk * answered
    last = int(np.flatnonzero(over <= ROUNDING)[-1])
    if last == len(ranked.answered):
        return 1.0
    under = max(0.0, -float(over[last]))
    part = under / (under + float(over[last + 1]))
    return float(answered[last] + part * (answered[last + 1] - answered[last])) / ranked.n


def refuse_risk(risk: float) -> None:
    """Raises ValueError for what is no risk."""
    if not 0.0 <= risk <= 1.0:
        raise ValueError(f"the risk {risk!r} lies outside the range 0 to 1")
