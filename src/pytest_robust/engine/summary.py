"""A digest of one cell's evidence: what the figures draw of it, whatever was claimed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust import record
from pytest_robust.carriers import Evidence, malformed
from pytest_robust.engine.disagreement import disagreement
from pytest_robust.engine.plan import Cell
from pytest_robust.engine.suspects import suspects
from pytest_robust.engine.written import options_text
from pytest_robust.record.rows import pack
from pytest_robust.statistics.calibration import reliability, risk_coverage
from pytest_robust.statistics.exact import clopper_pearson

HISTOGRAM_BINS = 20
CURVE_POINTS = 50


def accuracy_by_epsilon(distance: NDArray[np.float64]) -> list[tuple[float, float]]:
    """The share of rows that stand at each epsilon, given the least change (n,) that fools each, in order.

    >>> accuracy_by_epsilon(np.array([0.0, 0.5, np.inf, 0.5]))
    [(0.0, 0.75), (0.5, 0.25)]
    """
    found = np.unique(np.append(distance[np.isfinite(distance)], 0.0))
    kept = found[np.unique(np.linspace(0, len(found) - 1, CURVE_POINTS).round().astype(np.intp))]
    return [(epsilon, float((distance > epsilon).mean())) for epsilon in kept.tolist()]


def summarise(cell: Cell, evidence: Evidence | None, confidence: float) -> record.CellSummary:
    """The summary at this confidence of intervals. Where an answer is no probability there is nothing but n to tell."""
    told: dict[str, Any] = {
        "id": cell.id,
        "scenario": cell.scenario,
        "generator": cell.name,
        "cell": cell.label,
        "severity": None if cell.level is None else cell.level.value,
        "kind": cell.generator.kind,
        "truth": cell.generator.truth,
        "n": 0 if evidence is None else len(evidence),
        "risk": cell.generator.risk,
        "options": options_text(cell.options),
        "needs": sorted(cell.generator.needs),
    }
    if evidence is None or not len(evidence) or malformed(evidence.probabilities).any():
        return record.CellSummary.model_validate(told)
    told["mean_confidence"] = float(evidence.confidence.mean())
    told["mean_entropy"] = float(evidence.entropy.mean() / math.log(max(2, evidence.probabilities.shape[1])))
    counts, _ = np.histogram(np.minimum(evidence.confidence, 1.0), bins=HISTOGRAM_BINS, range=(0.0, 1.0))
    told["confidence_histogram"] = counts.tolist()
    if evidence.truth == "label" and (evidence.labels >= 0).all():
        right = int(evidence.correct.sum())
        told["accuracy"] = right / len(evidence)
        told["accuracy_interval"] = clopper_pearson(right, len(evidence), confidence)
        bins = reliability(evidence.confidence, evidence.correct)
        told["reliability"] = [
            {"confidence": one.confidence, "accuracy": one.accuracy, "count": one.count} for one in bins
        ]
        told["calibrated_band"] = [one.band for one in bins]
        told["risk_coverage"] = risk_coverage(evidence.confidence, evidence.correct)
        told["right_rows"] = pack(evidence.correct)
        if cell.generator.kind == "clean" and evidence.classes:
            told["suspects"], told["suspected"] = suspects(evidence)
    if cell.generator.truth == "votes":
        told["disagreement"] = disagreement(evidence, confidence)
    if cell.generator.minimal:
        told["accuracy_by_epsilon"] = accuracy_by_epsilon(evidence["distance"])
    return record.CellSummary.model_validate(told)
