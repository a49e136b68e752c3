"""Balanced accuracy: the mean over classes of the share that is right among the rows of a class.

The bets are explained in `rounds`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pytest_robust.statistics.betting import first_crossing, log10_e
from pytest_robust.statistics.decision import NO_ROWS, Decision, Levels, Operator, too_close
from pytest_robust.statistics.fixed import decide_once
from pytest_robust.statistics.means import SEQUENTIAL
from pytest_robust.statistics.rounds import class_test, first_rounds, log_e_path, lower_limit

Floats = NDArray[np.float64]
Labels = NDArray[np.intp]


def balanced_accuracy(correct: NDArray[np.bool_], labels: Labels, classes: int) -> float | None:
    """The mean over classes of the share right: `correct` (n,), `labels` (n,) from 0; None where a class has no row.

    >>> balanced_accuracy(np.array([True, True, False]), np.array([0, 0, 1]), 2)
    0.5
    """
    count = np.bincount(labels, minlength=classes)
    if not count.all():
        return None
    return float(np.mean(np.bincount(labels, correct, classes) / count))


def decide_balanced_accuracy(
    correct: NDArray[np.bool_],
    labels: Labels,
    classes: int,
    operator: Operator,
    threshold: float,
    levels: Levels,
    *,
    final: bool,
) -> Decision:
    """Judge `balanced accuracy operator threshold` on i.i.d. rows: `correct` (n,) and `labels` (n,) in the order drawn.

    `n` counts rows. Where it stops early, the estimate is that of the rounds until then, at the end that of all rows.
    INCONCLUSIVE, "not estimable", where a class has no row. Raises ValueError for labels outside 0 to `classes` - 1 and
    for a threshold outside [0, 1].

    >>> labels = np.tile([0, 0, 0, 1], 100)
    >>> decision = decide_balanced_accuracy(labels == 0, labels, 2, ">=", 0.8, Levels(), final=False)
    >>> decision.outcome, decision.n, decision.estimate
    ('FAIL', 48, 0.5)
    """
    right, labels = np.asarray(correct, np.float64), np.asarray(labels, np.intp)
    _refuse_strange(right, labels, classes, threshold)
    n, count = len(labels), np.bincount(labels, minlength=classes)
    if not count.all():
        reason = f"not estimable: no row of class {int(np.argmin(count))}" if n else NO_ROWS
        return Decision("INCONCLUSIVE", n, reason=reason) if final else Decision(None, n)

    def turned(ends: tuple[float, float]) -> tuple[float, float]:
        return ends if operator == ">=" else (1.0 - ends[1], 1.0 - ends[0])

    # Turned so that the claim is "the mean is at least the threshold".
    unit, mean = (right, threshold) if operator == ">=" else (1.0 - right, 1.0 - threshold)
    alpha_interval, evidence = 1.0 - levels.interval_confidence, None
    if levels.early_stopping:
        rounds = first_rounds(labels, count)
        won = unit[rounds]
        for_claim, against_claim = log_e_path(won, mean), log_e_path(1.0 - won, 1.0 - mean)
        alphas = levels.sequential(levels.alpha_pass), levels.sequential(levels.alpha_fail)
        crossing = first_crossing(for_claim, against_claim, *alphas)
        if crossing is not None:
            k, outcome = crossing
            half = levels.sequential(alpha_interval) / 2
            return Decision(
                outcome,
                int(rounds[:k].max()) + 1,
                estimate=float(np.mean(right[rounds[:k]])),
                interval=turned((lower_limit(won[:k], half), 1.0 - lower_limit(1.0 - won[:k], half))),
                method=f"{SEQUENTIAL} over classes",
                log10_e_value=log10_e(for_claim[:k], against_claim[:k]),
            )
        evidence = log10_e(for_claim, against_claim)
    estimate = float(np.mean(np.bincount(labels, right, classes) / count))
    if not final:
        return Decision(None, n, estimate=estimate, log10_e_value=evidence)
    found = decide_once(class_test(labels, count), unit, turned((estimate, estimate))[0], mean, levels)
    assert found.interval is not None
    return replace(
        found,
        estimate=estimate,
        interval=turned(found.interval),
        log10_e_value=evidence,
        reason=too_close(estimate, threshold) if found.outcome == "INCONCLUSIVE" and not found.rows_needed else None,
    )


def _refuse_strange(right: Floats, labels: Labels, classes: int, threshold: float) -> None:
    if right.shape != labels.shape or labels.ndim != 1:
        raise ValueError(f"correct has shape {right.shape} and labels {labels.shape}; give one of each a row")
    if classes < 1:
        raise ValueError(f"there must be a class, not {classes}")
    known = (labels >= 0) & (labels < classes)
    if not known.all():
        row = int(np.argmin(known))
        raise ValueError(f"the label {labels[row]} of row {row} is none of the {classes} classes")
    if not 0.0 <= threshold <= 1.0:
        raise ValueError(f"the threshold {threshold!r} lies outside the range 0 to 1")
