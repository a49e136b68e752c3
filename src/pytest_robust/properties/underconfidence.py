"""Does the model doubt where it need not?"""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, judged_property
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.ece import decide_underconfidence
from pytest_robust.statistics.outlook import CALIBRATION


def needless_doubt(evidence: Evidence, _: Evidence | None) -> PerRow:
    """How far from certain right answers are; 0 for wrong ones."""
    return np.where(evidence.correct, np.maximum(1.0 - evidence.confidence, 0.0), 0.0)


@judged_property(
    range=(0.0, 1.0),
    truths={"label", "order"},
    summary="How far accuracy lies above confidence, over 15 bins of equal width; bins above it do not count.",
    operators=("<=",),
    badness=needless_doubt,
    outlook=CALIBRATION,
)
def underconfidence(
    evidence: Evidence,
    _: Evidence | None,
    operator: Operator | None,  # noqa: ARG001  (one operator is allowed)
    threshold: float | None,
    levels: Levels,
    *,
    final: bool,
) -> Decision:
    """Sum over bins of share of rows x max(0, accuracy - mean confidence), from 0 to 1.

    The part of `ece` (Guo et al. 2017) that costs answers, in the same bins.
    Use it where doubt costs: a model that is right and says 0.6 is asked again, or overruled, for nothing.
    Test: two e-processes, as for `ece`; exact.
    Misleads where most confidences share one bin: inside it errors cancel. A model that is always sure has none; claim
    `overconfidence` beside it.
    """
    assert threshold is not None
    confidence = np.minimum(evidence.confidence, 1.0)
    return decide_underconfidence(confidence, evidence.correct, threshold, levels, final=final)
