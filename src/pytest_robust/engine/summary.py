"""A digest of one cell's evidence: what the figures draw of it, whatever was claimed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pytest_robust import record
from pytest_robust.carriers import Evidence, malformed
from pytest_robust.engine.plan import Cell
from pytest_robust.statistics.calibration import reliability, risk_coverage
from pytest_robust.statistics.exact import clopper_pearson

HISTOGRAM_BINS = 20


def summarise(cell: Cell, evidence: Evidence | None, confidence: float) -> record.CellSummary:
    """The summary at this confidence of intervals. Where an answer is no probability there is nothing but n to tell."""
    told: dict[str, Any] = {
        "id": cell.id,
        "scenario": cell.scenario,
        "generator": cell.generator.name,
        "cell": cell.label,
        "severity": None if cell.level is None else cell.level.value,
        "kind": cell.generator.kind,
        "truth": cell.generator.truth,
        "n": 0 if evidence is None else len(evidence),
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
    return record.CellSummary.model_validate(told)
