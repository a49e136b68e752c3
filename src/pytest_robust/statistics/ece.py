"""Claims about the expected calibration error: two e-processes over bins fixed beforehand.

With r = Y - C in [-1, 1] and s(C) = +-1 a sign for each bin, ECE = E[s*(C) r] for the true signs s*, see `calibration`.

FAIL, "the ECE is above e" (Arnold, Henzi & Ziegel 2023): whatever signs are guessed from *earlier* rows,
E[s(C) r] <= ECE, so the betting e-process on s(C) r against "the mean is at most e" is valid, and its guesses soon are
right.

PASS, "the ECE is below e": the true signs are unknown but fixed. Were they known, betting on s*(C) r against "the mean
is at least e" would be valid; the wealth under the *least* favourable signs is no larger, so it is valid too. For one
stake the wealth is a product over bins, hence the least favourable sign is found bin by bin. McDiarmid's bound on the
plug-in ECE (one row moves it by 2/n at most) asks for several times as many rows, since it ignores the variance of r.

Both run to the last row, so all of each alpha is spent on them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from pytest_robust.statistics.betting import (
    TINY,
    first_crossing,
    largest_rejected,
    log10_e,
    log_e_path,
    log_factors,
    lower_limit,
    mix,
)
from pytest_robust.statistics.calibration import bin_of, calibration_error
from pytest_robust.statistics.decision import Decision, Levels
from pytest_robust.statistics.means import NO_ROWS, too_close
from pytest_robust.statistics.planning import betting_rows

Floats = NDArray[np.float64]

MIXING = 4.0
"""For planning: the mixture over stakes earns about a quarter of what the best stake does."""

METHOD = "calibration e-process, 15 equal-width bins"


def decide_ece(
    confidence: Floats, correct: NDArray[np.bool_], threshold: float, levels: Levels, *, final: bool
) -> Decision:
    """Judge `ECE <= threshold` on i.i.d. rows: `confidence` (n,) in [0, 1] and `correct` (n,), in the order drawn.

    The estimate is the debiased ECE in the tested bins, and the interval what the two e-processes do not reject.
    Raises ValueError for confidences outside [0, 1] or NaN and for a threshold outside [0, 1].
    """
    confidence, right = np.asarray(confidence, np.float64), np.asarray(correct, np.float64)
    if not ((confidence >= 0.0) & (confidence <= 1.0)).all():
        row = int(np.argmin((confidence >= 0.0) & (confidence <= 1.0)))
        raise ValueError(f"the confidence {confidence[row]!s} of row {row} lies outside the range 0 to 1")
    if not 0.0 <= threshold <= 1.0:
        raise ValueError(f"the threshold {threshold!r} lies outside the range 0 to 1")
    n = len(confidence)
    if not n:
        return Decision("INCONCLUSIVE", 0, reason=NO_ROWS) if final else Decision(None, 0)
    residual, place = right - confidence, bin_of(confidence)
    below, above = log_e_below(residual, place, threshold), log_e_above(residual, place, threshold)
    crossing = first_crossing(below, above, levels.alpha_pass, levels.alpha_fail)
    if not final and not (crossing and levels.early_stopping):
        return Decision(None, n, log10_e_value=log10_e(below, above))
    outcome = crossing[1] if crossing else "INCONCLUSIVE"
    k = crossing[0] if crossing and levels.early_stopping else n
    plug_in, estimate = calibration_error(confidence[:k], right[:k])
    rows = _rows(residual, plug_in, estimate, threshold, levels) if outcome == "INCONCLUSIVE" else None
    return Decision(
        outcome,
        k,
        estimate=estimate,
        interval=ece_interval(residual[:k], place[:k], 1.0 - levels.interval_confidence),
        method=METHOD,
        log10_e_value=log10_e(below[:k], above[:k]),
        rows_needed=None if rows is None else max(1, rows - n),
        reason=too_close(estimate, threshold) if outcome == "INCONCLUSIVE" and rows is None else None,
    )


def log_e_above(residual: Floats, place: NDArray[np.intp], threshold: float) -> Floats:
    """log of the e-process (n,) against "the ECE is at most `threshold`", unbinned or in any bins."""
    return log_e_path((1.0 + guessed_signs(residual, place) * residual) / 2.0, (1.0 + threshold) / 2.0)


def guessed_signs(residual: Floats, place: NDArray[np.intp]) -> Floats:
    """The sign of the earlier residuals of each row's bin; -1, overconfident, until they say otherwise."""
    signs = np.empty(len(residual))
    for number in np.unique(place):
        rows = np.flatnonzero(place == number)
        earlier = np.concatenate([[0.0], np.cumsum(residual[rows])[:-1]])
        signs[rows] = np.where(earlier > 0, 1.0, -1.0)
    return signs


def log_e_below(residual: Floats, place: NDArray[np.intp], threshold: float) -> Floats:
    """log of the e-process (n,) against "the ECE in these bins is at least `threshold`"."""
    over, under = _both_signs(residual, min(threshold, 1.0 - TINY))
    steps = np.empty_like(over)
    for number in np.unique(place):
        rows = np.flatnonzero(place == number)
        wealth = np.minimum(np.cumsum(over[:, rows], axis=1), np.cumsum(under[:, rows], axis=1))
        steps[:, rows] = np.diff(wealth, axis=1, prepend=0.0)
    return mix(np.cumsum(steps, axis=1))


def _both_signs(residual: Floats, threshold: float) -> tuple[Floats, Floats]:
    """The log-factors (J, n) of bets that s r falls short of `threshold`, for s = 1 and for s = -1."""
    return (
        log_factors((1.0 - residual) / 2.0, (1.0 - threshold) / 2.0),
        log_factors((1.0 + residual) / 2.0, (1.0 - threshold) / 2.0),
    )


def ece_interval(residual: Floats, place: NDArray[np.intp], alpha: float) -> tuple[float, float]:
    """A confidence sequence for the ECE in these bins, at the last row."""
    signed = (1.0 + guessed_signs(residual, place) * residual) / 2.0
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))

    def excess(room: float) -> float:
        over, under = _both_signs(residual[order], 1.0 - room)
        least = np.minimum(np.add.reduceat(over, starts, axis=1), np.add.reduceat(under, starts, axis=1))
        return float(mix(least.sum(axis=1))) + math.log(alpha / 2)

    lower = max(0.0, 2.0 * lower_limit(signed, alpha / 2) - 1.0)
    return lower, max(lower, 1.0 - largest_rejected(excess, 1.0))


def _rows(residual: Floats, plug_in: float, estimate: float, threshold: float, levels: Levels) -> int | None:
    """About how many rows would settle the claim at the present estimate and variance."""
    spread = math.sqrt(max(float(np.mean(residual**2)) - estimate**2, 0.0))
    if estimate > threshold:
        return betting_rows(estimate - threshold, spread, 1.0 + threshold, levels.alpha_fail / MIXING)
    # The least favourable signs take noise for miscalibration as the plug-in does; that noise falls as 1/sqrt(n).
    alpha = levels.alpha_pass / MIXING
    noise = (plug_in - estimate) * math.sqrt(len(residual)) / (math.sqrt(-2.0 * math.log(alpha)) + ndtri(0.8))
    return betting_rows(threshold - estimate, spread + noise, 1.0 - threshold, alpha)
