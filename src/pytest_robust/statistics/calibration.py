"""Calibration of the predicted class: does a confidence of 0.8 mean right four times in five?

With confidence C, correctness Y and residual r = Y - C, the binned calibration error over bins B_1..B_K is

    ECE = sum_b |E[r 1(C in B_b)]| = E[s*(C) r],    s*(C) the sign of its bin's expected residual.

Bins that are to be tested must be fixed beforehand: `EDGES`, fifteen of equal width, as in Guo et al. (2017). Bins of
equal mass follow the data; they draw the reliability diagram and enter no test. A binned ECE is never above the
unbinned one, so FAIL speaks of both; no upper limit on the unbinned one exists without an assumption of smoothness,
so PASS speaks of these fifteen bins.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from pytest_robust.statistics.exact import binomial_quantile

Floats = NDArray[np.float64]

EDGES: Floats = np.linspace(0.0, 1.0, 16)

Signs = tuple[float, float]
"""What a bin's residual may be multiplied by, the lower first: an error is the sum over bins of the larger product."""

EITHER: Signs = (-1.0, 1.0)
"""The ECE: confidence above accuracy counts, and confidence below it."""
OVER: Signs = (-1.0, 0.0)
"""Overconfidence: the bins in which confidence lies above accuracy."""
UNDER: Signs = (0.0, 1.0)
"""Underconfidence: those in which it lies below."""


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """One bin of a reliability diagram."""

    confidence: float
    """Mean confidence of its rows."""
    accuracy: float
    """Share of them that are right."""
    count: int
    band: tuple[float, float]
    """Where `accuracy` falls with the probability asked for, if the model is calibrated."""


def bin_of(confidence: Floats, edges: Floats = EDGES) -> NDArray[np.intp]:
    """The bin of each row, (n,) from 0 to len(edges) - 2; a bin holds its upper edge, the first its lower one too."""
    return np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, len(edges) - 2)


def equal_mass_edges(confidence: Floats, bins: int = 15) -> Floats:
    """Edges that split the rows as evenly as equal confidences allow: rows that tie share a bin.

    Fewer bins come back where rows are few or ties are many.

    >>> equal_mass_edges(np.array([0.1, 0.2, 0.9, 0.9]), 2)
    array([0. , 0.2, 1. ])
    """
    ordered = np.sort(confidence)
    last = (np.arange(1, bins) * len(ordered)) // bins - 1
    inner = np.unique(ordered[last[last >= 0]])
    return np.concatenate([[0.0], inner[(inner > 0) & (inner < ordered[-1])], [1.0]])


def calibration_error(
    confidence: Floats, correct: Floats, edges: Floats = EDGES, *, signs: Signs = EITHER
) -> tuple[float, float]:
    """The binned ECE in [0, 1], or the part of it that `signs` count: the plug-in estimate, and the debiased one.

    The plug-in takes noise for miscalibration and is biased up: sum_b n_b/n |mean r in b|. Debiased subtracts what a
    normal error of each bin's mean adds to its absolute value (Kumar et al. 2019, section 5), and is not below 0. That
    is nearly all of the bias where a bin is off by more than its error, two fifths where it is perfectly calibrated.

    >>> calibration_error(np.array([0.75, 0.75, 0.75, 0.75]), np.array([1, 1, 1, 0]))
    (0.0, 0.0)
    >>> calibration_error(np.array([1.0, 0.5]), np.array([0, 1]), signs=OVER)[0]
    0.5
    """
    plug_in, noise = error_and_noise(confidence, correct, edges, signs)
    return plug_in, max(0.0, plug_in - noise)


def error_and_noise(confidence: Floats, correct: Floats, edges: Floats, signs: Signs) -> tuple[float, float]:
    """The plug-in estimate, and about how much of it is noise."""
    place = bin_of(confidence, edges)
    count = np.bincount(place, minlength=len(edges) - 1).astype(np.float64)
    held = count > 0
    count = count[held]
    gap = np.bincount(place, correct - confidence, len(edges) - 1)[held] / count
    right = np.bincount(place, correct, len(edges) - 1)[held]
    share = (right + 1.0) / (count + 2.0)
    error = np.sqrt(share * (1.0 - share) / count)
    folded = error * math.sqrt(2.0 / math.pi) * np.exp(-((gap / error) ** 2) / 2) + gap * scipy.special.erf(
        gap / error / math.sqrt(2)
    )
    weight = count / len(confidence)
    # max(low x, high x) = middle x + reach |x|, and noise adds to |x| alone.
    middle, reach = (signs[1] + signs[0]) / 2.0, (signs[1] - signs[0]) / 2.0
    return float(weight @ (middle * gap + reach * np.abs(gap))), reach * float(weight @ (folded - np.abs(gap)))


def reliability(
    confidence: Floats, correct: NDArray[np.bool_], *, bins: int = 15, probability: float = 0.95
) -> list[ReliabilityBin]:
    """The reliability diagram over bins of equal mass, in order of confidence; empty for no rows.

    The band is that of a binomial count at the bin's mean confidence: at least as wide as that of the true, Poisson
    binomial, count (Hoeffding 1956), and nearly equal to it, since confidences within a bin are alike.
    """
    if not len(confidence):
        return []
    place = bin_of(confidence, equal_mass_edges(confidence, bins))
    found = []
    tail = (1.0 - probability) / 2.0
    for number in np.unique(place):
        rows = place == number
        count, mean = int(rows.sum()), float(np.clip(confidence[rows].mean(), 0.0, 1.0))
        low, high = (binomial_quantile(below, count, mean) / count for below in (tail, 1.0 - tail))
        found.append(ReliabilityBin(mean, float(correct[rows].mean()), count, (low, high)))
    return found


def risk_coverage(confidence: Floats, correct: NDArray[np.bool_], *, points: int = 50) -> list[tuple[float, float]]:
    """(coverage, error among the answered) when only the most confident rows are answered; at most `points` pairs.

    Rows of equal confidence are answered in no order: they count by their mean, so that no order of rows matters.

    >>> risk_coverage(np.array([0.9, 0.5, 0.5]), np.array([True, True, False]))
    [(0.3333333333333333, 0.0), (0.6666666666666666, 0.25), (1.0, 0.3333333333333333)]
    """
    n = len(confidence)
    if not n:
        return []
    _, group = np.unique(-confidence, return_inverse=True)
    answered = np.concatenate([[0], np.cumsum(np.bincount(group))])
    wrong = np.concatenate([[0.0], np.cumsum(np.bincount(group, ~correct))])
    covered = np.unique(-(-n * np.arange(1, points + 1) // points))
    risk = np.interp(covered, answered, wrong) / covered
    return [(float(share), float(error)) for share, error in zip(covered / n, risk, strict=True)]
