"""Claims about the expected calibration error: two e-processes over bins fixed beforehand.

With r = Y - C in [-1, 1] and s(C) a sign for each bin, ECE = E[s*(C) r] for the true signs s*, see `calibration`. The
signs are -1 or 1; where only overconfidence counts they are -1 or 0, where only underconfidence does, 0 or 1, and the
argument is the same: s* takes the larger of two values in each bin.

FAIL, "the ECE is above e" (Arnold, Henzi & Ziegel 2023): whatever signs are guessed from *earlier* rows,
E[s(C) r] <= ECE, so the betting e-process on s(C) r against "the mean is at most e" is valid, and its guesses soon are
right.

PASS, "the ECE is below e": the true signs are unknown but fixed. Were they known, betting on s*(C) r against "the mean
is at least e" would be valid; the wealth under the *least* favourable signs is no larger, so it is valid too. For one
stake the wealth is a product over bins, hence the least favourable sign is found bin by bin. McDiarmid's bound on the
plug-in ECE (one row moves it by 2/n at most) asks for several times as many rows, since it ignores the variance of r.
"""

from __future__ import annotations

import math

import numpy as np
import scipy
from numpy.typing import NDArray

from pytest_robust.statistics.betting import TINY, largest_rejected, log_e_path, log_factors, lower_limit, mix
from pytest_robust.statistics.calibration import EITHER, OVER, UNDER, Signs, bin_of, calibration_error
from pytest_robust.statistics.decision import NO_ROWS, Decision, Levels
from pytest_robust.statistics.planning import MIXING, betting_rows
from pytest_robust.statistics.processes import decide_by_processes

Floats = NDArray[np.float64]

METHOD = "calibration e-process, 15 equal-width bins"


def decide_ece(
    confidence: Floats, correct: NDArray[np.bool_], threshold: float, levels: Levels, *, final: bool
) -> Decision:
    """Judge `ECE <= threshold` on i.i.d. rows: `confidence` (n,) in [0, 1] and `correct` (n,), in the order drawn.

    The estimate is the debiased ECE in the tested bins, and the interval what the two e-processes do not reject.
    Raises ValueError for confidences outside [0, 1] or NaN and for a threshold outside [0, 1].
    """
    return _decide(confidence, correct, threshold, levels, EITHER, final=final)


def decide_overconfidence(
    confidence: Floats, correct: NDArray[np.bool_], threshold: float, levels: Levels, *, final: bool
) -> Decision:
    """Judge `overconfidence <= threshold`: sum_b share of rows x max(0, mean confidence - accuracy), in [0, 1].

    As `decide_ece`, of which it is the part that does harm; the other is underconfidence.

    >>> sure, right = np.full(400, 0.9), np.arange(400) % 2 == 0
    >>> decide_overconfidence(sure, right, 0.1, Levels(), final=True).outcome
    'FAIL'
    >>> decide_underconfidence(sure, right, 0.1, Levels(), final=True).outcome
    'PASS'
    """
    return _decide(confidence, correct, threshold, levels, OVER, final=final)


def decide_underconfidence(
    confidence: Floats, correct: NDArray[np.bool_], threshold: float, levels: Levels, *, final: bool
) -> Decision:
    """Judge `underconfidence <= threshold`: sum_b share of rows x max(0, accuracy - mean confidence), in [0, 1]."""
    return _decide(confidence, correct, threshold, levels, UNDER, final=final)


def _decide(
    confidence: Floats, correct: NDArray[np.bool_], threshold: float, levels: Levels, signs: Signs, *, final: bool
) -> Decision:
    confidence, right = np.asarray(confidence, np.float64), np.asarray(correct, np.float64)
    refuse_strange(confidence, threshold)
    n = len(confidence)
    if not n:
        return Decision("INCONCLUSIVE", 0, reason=NO_ROWS) if final else Decision(None, 0)
    residual, place = right - confidence, bin_of(confidence)

    def observed(k: int) -> tuple[float, tuple[float, float]]:
        _, estimate = calibration_error(confidence[:k], right[:k], signs=signs)
        return estimate, ece_interval(residual[:k], place[:k], 1.0 - levels.interval_confidence, signs)

    def rows(estimate: float) -> int | None:
        spread = math.sqrt(max(float(np.mean(residual**2)) - estimate**2, 0.0))
        plug_in, _ = calibration_error(confidence, right, signs=signs)
        signed = guessed_signs(residual, place, signs) * residual
        return error_rows(signed, spread, (plug_in - estimate) * math.sqrt(n), estimate, threshold, levels)

    return decide_by_processes(
        log_e_below(residual, place, threshold, signs),
        log_e_above(residual, place, threshold, signs),
        threshold,
        levels,
        method=METHOD,
        observed=observed,
        rows=rows,
        final=final,
    )


def refuse_strange(confidence: Floats, threshold: float) -> None:
    """Raise ValueError for confidences (n,) outside [0, 1] or NaN and for a threshold outside [0, 1]."""
    if not ((confidence >= 0.0) & (confidence <= 1.0)).all():
        row = int(np.argmin((confidence >= 0.0) & (confidence <= 1.0)))
        raise ValueError(f"the confidence {confidence[row]!s} of row {row} lies outside the range 0 to 1")
    if not 0.0 <= threshold <= 1.0:
        raise ValueError(f"the threshold {threshold!r} lies outside the range 0 to 1")


def log_e_above(residual: Floats, place: NDArray[np.intp], threshold: float, signs: Signs = EITHER) -> Floats:
    """log of the e-process (n,) against "the error is at most `threshold`", unbinned or in any bins."""
    return log_e_path((1.0 + guessed_signs(residual, place, signs) * residual) / 2.0, (1.0 + threshold) / 2.0)


def guessed_signs(residual: Floats, place: NDArray[np.intp], signs: Signs = EITHER) -> Floats:
    """The sign that fits the earlier residuals of each row's bin; the lower one, overconfident, until they speak."""
    guessed = np.empty(len(residual))
    for number in np.unique(place):
        rows = np.flatnonzero(place == number)
        earlier = np.concatenate([[0.0], np.cumsum(residual[rows])[:-1]])
        guessed[rows] = np.where(earlier > 0, signs[1], signs[0])
    return guessed


def log_e_below(residual: Floats, place: NDArray[np.intp], threshold: float, signs: Signs = EITHER) -> Floats:
    """log of the e-process (n,) against "the error in these bins is at least `threshold`"."""
    lower, upper = _both_signs(residual, min(threshold, 1.0 - TINY), signs)
    steps = np.empty_like(lower)
    for number in np.unique(place):
        rows = np.flatnonzero(place == number)
        wealth = np.minimum(np.cumsum(lower[:, rows], axis=1), np.cumsum(upper[:, rows], axis=1))
        steps[:, rows] = np.diff(wealth, axis=1, prepend=0.0)
    return mix(np.cumsum(steps, axis=1))


def _both_signs(residual: Floats, threshold: float, signs: Signs) -> tuple[Floats, Floats]:
    """The log-factors (J, n) of bets that s r falls short of `threshold`, for each of the two values of s."""
    lower, upper = (log_factors((1.0 - sign * residual) / 2.0, (1.0 - threshold) / 2.0) for sign in signs)
    return lower, upper


def ece_interval(residual: Floats, place: NDArray[np.intp], alpha: float, signs: Signs = EITHER) -> tuple[float, float]:
    """A confidence sequence for the error in these bins, at the last row."""
    signed = (1.0 + guessed_signs(residual, place, signs) * residual) / 2.0
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))

    def excess(room: float) -> float:
        lower, upper = _both_signs(residual[order], 1.0 - room, signs)
        least = np.minimum(np.add.reduceat(lower, starts, axis=1), np.add.reduceat(upper, starts, axis=1))
        return float(mix(least.sum(axis=1))) + math.log(alpha / 2)

    lowest = max(0.0, 2.0 * lower_limit(signed, alpha / 2) - 1.0)
    return lowest, max(lowest, 1.0 - largest_rejected(excess, 1.0))


def error_rows(
    signed: Floats, spread: float, noise: float, estimate: float, threshold: float, levels: Levels
) -> int | None:
    """About how many rows would settle the claim at the present estimate and the spread of the signed residuals.

    The least favourable signs take noise for miscalibration as the plug-in does: noise / sqrt(n) at n rows. The
    debiased estimate takes some of it so too: where the residuals `signed` by guesses (n,) do not bear out that the
    error is above the threshold, it takes at least as many rows again to say more.
    """
    if estimate > threshold:
        rows = betting_rows(estimate - threshold, spread, 1.0 + threshold, levels.alpha_fail / MIXING)
        return rows if rows is None or float(np.mean(signed)) > threshold else max(rows, 2 * len(signed))
    alpha = levels.alpha_pass / MIXING
    spread += noise / (math.sqrt(-2.0 * math.log(alpha)) + scipy.special.ndtri(0.8))
    return betting_rows(threshold - estimate, spread, 1.0 - threshold, alpha)
