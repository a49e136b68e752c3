"""Claims about the classwise calibration error: does a probability of 0.2 for a class mean that class one time in five?

With r_k = 1[y = k] - p_k for each of K classes, and the bins of `calibration.EDGES` over each p_k,

    classwise ECE = 1/K sum_k sum_b |E[r_k 1(p_k in b)]|    (Kull et al. 2019; Nixon et al. 2019),

which lies between 0 and 2/K, because 1/2 sum_k |r_k| = 1 - p_y <= 1. Everything here speaks of the error in units of
2/K, u = E[X] in [0, 1] with X = 1/2 sum_k s_k(p_k) r_k in [-1, 1], s_k the true sign of each bin of each class.

FAIL, "u is above e": as for the ECE of the highest probability, see `ece`: under signs guessed from earlier rows
E[X] <= u, so the betting e-process on X against "the mean is at most e" is valid.

PASS, "u is below e": with psi(f) = -log(1 - f) - f and P_n = 1/2 sum_k sum_b |sum_{i <= n} r_ik 1(p_ik in b)|,

    log E_n(f) = n f e - f P_n - psi(f) sum_{i <= n} (1 - p_iy)^2,    0 < f < 1,

is at most the log of a supermartingale where u >= e. Proof: -f X - psi(f) X^2 <= log(1 - f X) for X <= 1 (Fan, Grama &
Liu 2015, lemma 4.1), hence E exp(-f X - psi(f) X^2) <= 1 - f u <= exp(-f e), and under the true signs the product of
exp(f e - f X_i - psi(f) X_i^2) is a supermartingale that starts at 1. Its sum of X_i is at most P_n, since no other
signs reach more than the plug-in, and |X_i| is at most 1 - p_iy. Mixed over f it stays one.

McDiarmid's inequality would serve as well: a row takes off at most sum_k |r_k| / (K n) <= 2/(K n) of the plug-in and
another in its place adds as much, so that one row moves it by at most 4/(K n); PASS where the plug-in, which is biased
up (Jensen), + 2/K sqrt(2 ln(1/alpha)/n) is at most the threshold. It ignores that a model which is mostly right and
sure of it has small 1 - p_y: of such a model it asks for two to four times as many rows (simulated).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pytest_robust.statistics.betting import FRACTIONS, largest_rejected, log_e_path, lower_limit, mix
from pytest_robust.statistics.calibration import EDGES, EITHER, bin_of, error_and_noise
from pytest_robust.statistics.decision import NO_ROWS, Decision, Levels
from pytest_robust.statistics.ece import error_rows
from pytest_robust.statistics.processes import decide_by_processes

Floats = NDArray[np.float64]

METHOD = "classwise calibration e-process, 15 equal-width bins"

SUM_TOLERANCE = 1e-3
"""How far the probabilities of a row may be from a sum of 1; they are divided by it."""

PSI: Floats = -np.log1p(-FRACTIONS) - FRACTIONS


def classwise_error(probabilities: Floats, labels: NDArray[np.intp]) -> tuple[float, float]:
    """The classwise ECE of probabilities (n, K) and labels (n,): the plug-in estimate, and the debiased one.

    Debiased as `calibration.calibration_error` is, and not below 0 as a whole.

    >>> classwise_error(np.array([[0.5, 0.5], [0.5, 0.5]]), np.array([0, 0]))[0]
    0.5
    """
    classes = probabilities.shape[1]
    found = [
        error_and_noise(probabilities[:, k], (labels == k).astype(np.float64), EDGES, EITHER) for k in range(classes)
    ]
    plug_in, noise = (math.fsum(part) / classes for part in zip(*found, strict=True))
    return plug_in, max(0.0, plug_in - noise)


def decide_classwise_ece(
    probabilities: Floats, labels: NDArray[np.intp], threshold: float, levels: Levels, *, final: bool
) -> Decision:
    """Judge `classwise ECE <= threshold` on i.i.d. rows: `probabilities` (n, K) and `labels` (n,) from 0 to K - 1.

    The estimate is the debiased error, and the interval what the two e-processes do not reject. Raises ValueError for
    rows that are no probabilities, for labels of no class and for a threshold outside [0, 1].
    """
    probabilities, labels = _checked(probabilities, labels)
    if not 0.0 <= threshold <= 1.0:
        raise ValueError(f"the threshold {threshold!r} lies outside the range 0 to 1")
    n, most = len(probabilities), 2.0 / probabilities.shape[1]
    if not n:
        return Decision("INCONCLUSIVE", 0, reason=NO_ROWS) if final else Decision(None, 0)
    guessed, plug_in, reach = signed_parts(probabilities, labels)
    bound = min(1.0, threshold / most)

    def observed(k: int) -> tuple[float, tuple[float, float]]:
        low, high = _interval(guessed[:k], plug_in[k - 1], reach[:k], 1.0 - levels.interval_confidence)
        return classwise_error(probabilities[:k], labels[:k])[1], (most * low, most * high)

    def rows(estimate: float) -> int | None:
        noise = (plug_in[-1] / n - estimate / most) * math.sqrt(n)
        spread = float(np.std(guessed)) if estimate > threshold else math.sqrt(float(np.mean(reach**2)))
        return error_rows(guessed, spread, noise, estimate / most, bound, levels)

    return decide_by_processes(
        log_e_below(plug_in, reach, bound),
        log_e_path((1.0 + guessed) / 2.0, (1.0 + bound) / 2.0),
        threshold,
        levels,
        method=METHOD,
        observed=observed,
        rows=rows,
        final=final,
    )


def _checked(probabilities: Floats, labels: NDArray[np.intp]) -> tuple[Floats, NDArray[np.intp]]:
    probabilities, labels = np.asarray(probabilities, np.float64), np.asarray(labels)
    if probabilities.ndim != 2 or probabilities.shape[1] < 2 or labels.shape != probabilities.shape[:1]:
        raise ValueError(
            f"probabilities have shape {probabilities.shape} and labels {labels.shape}; give (n, K) and (n,)"
        )
    total = probabilities.sum(axis=1)
    right = (probabilities >= 0.0).all(axis=1) & (np.abs(total - 1.0) <= SUM_TOLERANCE)
    if not right.all():
        raise ValueError(f"row {int(np.argmin(right))} holds no probabilities: they are at least 0 and sum to 1")
    known = (labels >= 0) & (labels < probabilities.shape[1])
    if not known.all():
        row = int(np.argmin(known))
        raise ValueError(f"the label {labels[row]} of row {row} is none of the {probabilities.shape[1]} classes")
    return probabilities / total[:, None], labels


def signed_parts(probabilities: Floats, labels: NDArray[np.intp]) -> tuple[Floats, Floats, Floats]:
    """X under signs guessed from earlier rows, P_n and 1 - p_y: each (n,)."""
    n, classes = probabilities.shape
    guessed, grown = np.zeros(n), np.zeros(n)
    for k in range(classes):
        residual, place = (labels == k) - probabilities[:, k], bin_of(probabilities[:, k])
        for number in np.unique(place):
            rows = np.flatnonzero(place == number)
            total = np.cumsum(residual[rows])
            earlier = np.concatenate([[0.0], total[:-1]])
            guessed[rows] += np.where(earlier > 0, 0.5, -0.5) * residual[rows]
            grown[rows] += np.diff(np.abs(total), prepend=0.0) / 2.0
    # Rounding may carry a sum of K terms past 1.
    return np.clip(guessed, -1.0, 1.0), np.cumsum(grown), 1.0 - probabilities[np.arange(n), labels]


def log_e_below(plug_in: Floats, reach: Floats, bound: float) -> Floats:
    """log of the e-process (n,) against "u is at least `bound`"."""
    rows = np.arange(1, len(reach) + 1)
    return mix(FRACTIONS[:, None] * (rows * bound - plug_in) - PSI[:, None] * np.cumsum(reach**2))


def _interval(guessed: Floats, plug_in: float, reach: Floats, alpha: float) -> tuple[float, float]:
    """A confidence sequence for u at the last row."""
    n, squares = len(reach), float(np.sum(reach**2))

    def excess(room: float) -> float:
        return float(mix(FRACTIONS * (n * (1.0 - room) - plug_in) - PSI * squares)) + math.log(alpha / 2)

    low = max(0.0, 2.0 * lower_limit((1.0 + guessed) / 2.0, alpha / 2) - 1.0)
    return low, max(low, 1.0 - largest_rejected(excess, 1.0))
