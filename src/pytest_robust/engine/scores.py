"""Unfamiliar images beside the familiar ones, by each score that somebody asks about: what section 7 draws of them.

The scores of a cell are a function of its evidence, of the clean evidence of the suite's first data set and of the
claims in the plan, whichever of these are judged: every process that judges some of them finds the same ones.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pytest_robust import record
from pytest_robust.carriers import Evidence, malformed
from pytest_robust.engine.bench import Bench
from pytest_robust.engine.plan import Cell, Plan
from pytest_robust.errors import RobustError
from pytest_robust.properties import Property
from pytest_robust.statistics.auroc import placements
from pytest_robust.statistics.decision import NotEstimableError
from pytest_robust.statistics.detection import fpr_at_tpr, threshold_at_tpr

BINS = 30

Floats = NDArray[np.float64]
Scoring = Callable[[Evidence, Evidence], tuple[Floats, Floats]]


def scored(summary: record.CellSummary, cell: Cell, evidence: Evidence, bench: Bench) -> record.CellSummary:
    """The summary of a cell with the scores of its images, where these are unfamiliar."""
    if cell.generator.truth != "unfamiliar" or summary.mean_confidence is None:
        return summary
    asked = scores_of(bench.plan, cell)
    familiar = familiar_evidence(bench, None if asked else bench.suite.statistics.rows)
    if familiar is None:
        return summary
    found = (histogram(name, score, evidence, familiar) for name, score in (asked or {"msp": msp}).items())
    return summary.model_copy(update={"scores": [one for one in found if one is not None]})


def scores_of(plan: Plan, cell: Cell) -> dict[str, Scoring]:
    """The scores that claims on a cell ask about, by name, in the order of the plan."""
    checks = [check for check in plan.checks if check.cell == cell and check.not_run is None]
    return {name_of(check.property_): check.property_.scores for check in checks if check.property_.scores is not None}


def name_of(property_: Property) -> str:
    """What the score is called: by the option `score`, or by the property itself where it has no such option."""
    option = inspect.signature(property_.function).parameters.get("score")
    return str(property_.options.get("score", property_.name if option is None else option.default))


def msp(evidence: Evidence, familiar: Evidence) -> tuple[Floats, Floats]:
    """What is shown where no claim names a score: minus the highest probability, which every model gives."""
    return -evidence.confidence, -familiar.confidence


def familiar_evidence(bench: Bench, rows: int | None) -> Evidence | None:
    """Clean evidence of the first data set; None where it has none that is of any use: its own checks tell why."""
    try:
        clean = bench.clean(bench.familiar)
        found = clean.evidence.rows(len(clean.draw) if rows is None else rows)
    except RobustError:
        return None
    return None if malformed(found.probabilities).any() else found


def histogram(name: str, scoring: Scoring, evidence: Evidence, familiar: Evidence) -> record.Scores | None:
    """Both groups by one score; None where it cannot be computed of these rows, or is not finite."""
    try:
        strange, known = scoring(evidence, familiar)
    except RobustError:
        return None
    if not (len(strange) and len(known) and np.isfinite(strange).all() and np.isfinite(known).all()):
        return None
    edges = edges_of(np.concatenate([strange, known]))
    try:
        threshold, taken = threshold_at_tpr(strange), fpr_at_tpr(strange, known)
    except NotEstimableError:
        threshold, taken = None, None
    return record.Scores(
        score=name,
        edges=edges.tolist(),
        familiar=np.histogram(known, edges)[0].tolist(),
        unfamiliar=np.histogram(strange, edges)[0].tolist(),
        auroc=placements(strange, known).area,
        threshold=threshold,
        fpr_at_tpr95=taken,
    )


def edges_of(values: Floats) -> Floats:
    """The edges of equal bins over these, (BINS + 1,); of a single value, around it."""
    low, high = float(values.min()), float(values.max())
    return np.linspace(low, high, BINS + 1) if low < high else np.linspace(low - 0.5, high + 0.5, BINS + 1)
