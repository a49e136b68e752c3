"""The claim that a model is calibrated, exactly: of all rows of confidence C a share of C is right, at every C.

Under it E[r | C] = 0 for the residual r = Y - C, so every bet whose stake depends on earlier rows and on C alone is
fair:

    E_n = prod_i (1 + d_i r_i / (C_i (1 - C_i))),    -C_i / 2 <= d_i <= (1 - C_i) / 2,

is a non-negative martingale that starts at 1, and P(E_n >= 1/alpha at any n) <= alpha (Ville). Each factor is the
likelihood of the row under a confidence of C_i + d_i over that under C_i (Arnold, Henzi & Ziegel 2023): the wealth says
how much better the confidence would have been, had it been corrected by what was known. d_i is the mean residual of the
earlier rows of the same bin, drawn towards 0 as if `PSEUDO_ROWS` more had been calibrated, so that bets are large where
the model is wrong, and as much as it is. An error at a confidence of 0.99 is worth more than one at 0.6; calibration is
disproved with a third to three quarters of the rows that `ece.log_e_above` at 0 asks for (simulated).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pytest_robust.statistics.calibration import bin_of, calibration_error
from pytest_robust.statistics.decision import NO_ROWS, Decision, Levels
from pytest_robust.statistics.ece import ece_interval, refuse_strange
from pytest_robust.statistics.processes import decide_by_processes

Floats = NDArray[np.float64]

PSEUDO_ROWS = 30.0

LEAST_VARIANCE = 1e-6
"""The least C (1 - C) that a stake is made for, above what 32 bits round a probability by. A smaller stake is as valid:
a confidence of 1 that is wrong disproves calibration soon, but in no one row."""

METHOD = "calibration e-process, corrected by earlier rows"
NEVER_PROVEN = "calibration can be disproved, never proven; claim `ece <= ...` to have it proven"


def decide_calibrated(confidence: Floats, correct: NDArray[np.bool_], levels: Levels, *, final: bool) -> Decision:
    """Judge "calibrated" on i.i.d. rows: `confidence` (n,) in [0, 1] and `correct` (n,), in the order drawn.

    FAIL, with an error of at most `levels.alpha_fail`, or INCONCLUSIVE: no data can tell a calibrated model from one
    that is nearly so. The estimate and the interval are those of `ece.decide_ece`; the interval knows fifteen bins
    only, and may reach to 0 where calibration is disproved. Raises ValueError for confidences outside [0, 1] or NaN.

    >>> sure, right = np.full(200, 0.95), np.arange(200) % 5 > 0
    >>> decision = decide_calibrated(sure, right, Levels(), final=False)
    >>> decision.outcome, decision.n
    ('FAIL', 51)
    """
    confidence, right = np.asarray(confidence, np.float64), np.asarray(correct, np.float64)
    refuse_strange(confidence, 0.0)
    if not len(confidence):
        return Decision("INCONCLUSIVE", 0, reason=NO_ROWS) if final else Decision(None, 0)

    def observed(k: int) -> tuple[float, tuple[float, float]]:
        residual, place = (right - confidence)[:k], bin_of(confidence[:k])
        interval = ece_interval(residual, place, 1.0 - levels.interval_confidence)
        return calibration_error(confidence[:k], right[:k])[1], interval

    found = decide_by_processes(
        np.full(len(confidence), -np.inf),
        log_e_calibrated(confidence, right),
        0.0,
        levels,
        method=METHOD,
        observed=observed,
        rows=lambda _: None,
        final=final,
    )
    return replace(found, reason=NEVER_PROVEN) if found.outcome == "INCONCLUSIVE" else found


def log_e_calibrated(confidence: Floats, right: Floats) -> Floats:
    """log of the e-process (n,) against "a share of C of the rows of confidence C is right"; `right` is 0 or 1."""
    residual, place = right - confidence, bin_of(confidence)
    correction = np.empty(len(residual))
    for number in np.unique(place):
        rows = np.flatnonzero(place == number)
        earlier = np.concatenate([[0.0], np.cumsum(residual[rows])[:-1]])
        correction[rows] = earlier / (np.arange(len(rows)) + PSEUDO_ROWS)
    bounded = np.clip(correction, -confidence / 2.0, (1.0 - confidence) / 2.0)
    variance = np.maximum(confidence * (1.0 - confidence), LEAST_VARIANCE)
    return np.asarray(np.cumsum(np.log1p(bounded * residual / variance)))
