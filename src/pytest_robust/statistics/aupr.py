"""The area under the precision-recall curve: how pure the rows are that a falling threshold calls unfamiliar.

With T(s) and F(s) the shares of unfamiliar and of familiar rows that score s or more, and w the prevalence, the share
of unfamiliar rows among all,

    AUPR = E[g(S)],    g = w T / (w T + (1 - w) F),    S the score of an unfamiliar row:

the average precision, a sum over thresholds and no trapezoid, which would draw straight lines where precision is none
(Davis & Goadrich 2006). Unfamiliar is the positive class. The balance of a test is seldom that of the world, so w may
be stated; AUPRs of different w cannot be compared.

The test is asymptotic: with the influence of each row on the AUPR (the delta method), it is nearly normal. But a few
familiar rows that score highest of all take much off it, and a sample may lack them, in which case its own spread tells
nothing of them. As Agresti & Coull (1998) do for a rate, z^2 / 2 rows are therefore invented on the side of caution, z
being the normal quantile of alpha: to prove an AUPR high, so many familiar rows above all others and unfamiliar ones
below, to prove it low, the other way round.

Simulated, 600 to 2,000 samples a case, on normal scores, wide and narrow, on rounded ones, and on ones of which 3 in
1,000 to 3 in 100 lie far off, with m = 20 to 1,000 unfamiliar and n as many familiar rows, its errors at alpha = 0.05,
0.01 and 0.001 were alpha but for the noise of the simulation (0.057 and 0.011 the highest), and mostly far below, where
w n was 10 or more. With w n from 0.4 to 3, where a few familiar rows outweigh all others, they were up to 0.07, 0.06
and 0.01. Smaller alphas were not simulated. Below `FEWEST` rows of a kind, or `FEWEST_WEIGHED` for w n, the test is
refused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import scipy
from numpy.typing import NDArray

from pytest_robust.statistics.decision import Decision, Levels, NotEstimableError, Operator
from pytest_robust.statistics.looks import decide_at_looks
from pytest_robust.statistics.scores import checked_scores, familiar_too_few, refuse_missing

Floats = NDArray[np.float64]

FEWEST, FEWEST_WEIGHED = 30, 10
"""How many rows of a kind, and how many familiar ones times the prevalence, the test asks for."""


def aupr(unfamiliar: Floats, familiar: Floats, prevalence: float | None = None) -> float:
    """The average precision of `unfamiliar` scores (m,) against `familiar` ones (n,), in [0, 1]; higher is better.

    `prevalence` is the share of unfamiliar rows that precision supposes, m / (m + n) unless given; a score that says
    nothing has an AUPR of about that. Rows that tie are called unfamiliar together. Raises ValueError for NaN and a
    prevalence that is not between 0 and 1, and NotEstimableError without rows of both kinds.

    >>> aupr(np.array([0.9, 0.4]), np.array([0.5, 0.1]))  # (1 + 2/3) / 2
    0.8333333333333333
    """
    return _sample(*checked_scores(unfamiliar, familiar), prevalence).estimate


def decide_aupr(
    unfamiliar: Floats,
    familiar: Floats,
    operator: Operator,
    threshold: float,
    levels: Levels,
    *,
    prevalence: float | None = None,
    final: bool,
) -> Decision:
    """Judge `AUPR operator threshold`: i.i.d. scores, `unfamiliar` (m,) in the order drawn, `familiar` (n,) complete.

    P(PASS | claim false) <= alpha_pass and P(FAIL | claim true) <= alpha_fail asymptotically, see this module; not
    estimable where rows are so few that it is refused. With a stated `prevalence` at the looks of `looks`, which count
    unfamiliar rows; without one at the end only, since the quantity itself would change from look to look. Raises
    ValueError as `aupr` does, and for a threshold outside [0, 1].

    >>> scores = np.arange(600) * 0.618 % 1
    >>> decide_aupr(scores + 0.9, scores, ">=", 0.9, Levels(), final=True).outcome
    'PASS'
    """
    unfamiliar, familiar = checked_scores(unfamiliar, familiar)
    _refuse_prevalence(prevalence)

    def sample(rows: int) -> PrecisionSample:
        found = _sample(unfamiliar[:rows], familiar, prevalence)
        _refuse_few(rows, len(familiar), found.prevalence)
        return found

    return decide_at_looks(
        sample,
        len(unfamiliar),
        operator,
        threshold,
        replace(levels, early_stopping=False) if prevalence is None else levels,
        bounds=(0.0, 1.0),
        stuck=familiar_too_few(len(familiar)),
        final=final,
    )


def _refuse_prevalence(prevalence: float | None) -> None:
    if prevalence is not None and not 0.0 < prevalence < 1.0:
        raise ValueError(f"the prevalence {prevalence!r} does not lie between 0 and 1")


def _refuse_few(m: int, n: int, prevalence: float) -> None:
    if min(m, n) < FEWEST or prevalence * n < FEWEST_WEIGHED:
        familiar = max(FEWEST, math.ceil(FEWEST_WEIGHED / prevalence))
        raise NotEstimableError(
            f"{m} unfamiliar and {n} familiar rows are too few to know the error of an AUPR at a prevalence of "
            f"{prevalence:.3g}: {FEWEST} and {familiar} are needed"
        )


def _sample(unfamiliar: Floats, familiar: Floats, prevalence: float | None) -> PrecisionSample:
    _refuse_prevalence(prevalence)
    refuse_missing(unfamiliar, familiar)
    share = len(unfamiliar) / (len(unfamiliar) + len(familiar)) if prevalence is None else prevalence
    return PrecisionSample(np.sort(unfamiliar)[::-1], np.sort(familiar)[::-1], share)


@dataclass(frozen=True, slots=True)
class PrecisionSample:
    """The AUPR of a sample, and its test."""

    unfamiliar: Floats
    """Highest first; each counts `copies` times."""
    familiar: Floats
    """Highest first."""
    prevalence: float
    copies: int = 1

    @property
    def n(self) -> int:
        """How many unfamiliar rows."""
        return len(self.unfamiliar) * self.copies

    @property
    def estimate(self) -> float:
        caught = np.searchsorted(-self.unfamiliar, -self.unfamiliar, side="right") / len(self.unfamiliar)
        taken = np.searchsorted(-self.familiar, -self.unfamiliar, side="right") / len(self.familiar)
        return float(np.mean(precision(caught, taken, self.prevalence)))

    @property
    def method(self) -> str:
        return "delta method, z^2 / 2 adverse rows added (asymptotic)"

    def grown(self, copies: int) -> PrecisionSample:
        return replace(self, copies=self.copies * copies)

    def p_value(self, operator: Operator, bound: float, alpha: float) -> float:
        area, error = self._cautious(operator, alpha)
        above = area - bound if operator == ">=" else bound - area
        return float(scipy.special.ndtr(-above / error)) if error > 0 else float(above <= 0)

    def limit(self, operator: Operator, alpha: float) -> float:
        area, error = self._cautious(operator, alpha)
        room = float(scipy.special.ndtri(alpha)) * error
        return max(0.0, area + room) if operator == ">=" else min(1.0, area - room)

    def _cautious(self, operator: Operator, alpha: float) -> tuple[float, float]:
        """The AUPR and its standard error, z^2 / 2 adverse rows of either kind added."""
        added, towards = float(scipy.special.ndtri(alpha)) ** 2 / 2.0, -np.inf if operator == ">=" else np.inf
        unfamiliar = _with_rows(self.unfamiliar, float(self.copies), towards, added)
        familiar = _with_rows(self.familiar, 1.0, -towards, added)
        return area_and_error(unfamiliar, familiar, self.prevalence)


def _with_rows(scores: Floats, weight: float, end: float, added: float) -> tuple[Floats, Floats]:
    """Falling scores of this weight and more of them, of weight `added`, at one end, -inf or inf."""
    weights = np.full(len(scores), weight)
    if end > 0:
        return np.append(end, scores), np.append(added, weights)
    return np.append(scores, end), np.append(weights, added)


def precision(caught: Floats, taken: Floats, prevalence: float) -> Floats:
    """g at these shares of unfamiliar and of familiar rows that score as high; not both are 0."""
    true = prevalence * caught
    return np.asarray(true / (true + (1.0 - prevalence) * taken))


def area_and_error(
    unfamiliar: tuple[Floats, Floats], familiar: tuple[Floats, Floats], prevalence: float
) -> tuple[float, float]:
    """The AUPR and its standard error, from scores that fall and the weight of each, for either kind.

    The influence of an unfamiliar row at y is g(y) + E[dg/dT(S); S <= y], that of a familiar one E[dg/dF(S); S <= y],
    each less its mean.
    """
    (scores, weights), (others, other_weights) = unfamiliar, familiar
    m, n = float(weights.sum()), float(other_weights.sum())
    share, other_share = weights / m, other_weights / n
    caught = np.append(0.0, np.cumsum(share))[np.searchsorted(-scores, -scores, side="right")]
    taken = np.append(0.0, np.cumsum(other_share))[np.searchsorted(-others, -scores, side="right")]
    found = precision(caught, taken, prevalence)
    slope = prevalence * (1.0 - prevalence) / (prevalence * caught + (1.0 - prevalence) * taken) ** 2
    by_caught = _from_here_down(share * slope * taken)[np.searchsorted(-scores, -scores)]
    by_taken = _from_here_down(share * slope * caught)[np.searchsorted(-scores, -others)]
    spread = _variance(found + by_caught, share) / m + _variance(by_taken, other_share) / n
    return float(share @ found), math.sqrt(spread)


def _from_here_down(parts: Floats) -> Floats:
    return np.append(np.cumsum(parts[::-1])[::-1], 0.0)


def _variance(values: Floats, share: Floats) -> float:
    return float(share @ (values - share @ values) ** 2)
