"""Perfect calibration, which can be disproved alone: a model at the threshold is calibrated, and PASS never comes."""

from __future__ import annotations

from claim_types import ClaimType
from claim_types.ece import Sample, draw
from pytest_robust.statistics import Decision, Levels
from pytest_robust.statistics.calibrated import decide_calibrated


def decide(sample: Sample, seen: int, levels: Levels, *, final: bool) -> Decision:
    confidence, correct = sample
    return decide_calibrated(confidence[:seen], correct[:seen], levels, final=final)


CLAIM_TYPES = (
    ClaimType(
        name="calibrated",
        claim="calibrated",
        threshold=0.0,
        truths=(0.0, 0.5),
        rows=1000,
        draw=draw,
        decide=decide,
    ),
)
