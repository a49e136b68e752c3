"""Does the model claim more than it can keep?"""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Evidence
from pytest_robust.properties import judged_property
from pytest_robust.properties.ece import overconfidence as badness
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.ece import decide_overconfidence
from pytest_robust.statistics.outlook import CALIBRATION


@judged_property(
    range=(0.0, 1.0),
    truths={"label", "order"},
    summary="How far confidence lies above accuracy, over 15 bins of equal width; bins below it do not count.",
    operators=("<=",),
    badness=badness,
    outlook=CALIBRATION,
)
def overconfidence(
    evidence: Evidence,
    _: Evidence | None,
    operator: Operator | None,  # noqa: ARG001  (one operator is allowed)
    threshold: float | None,
    levels: Levels,
    *,
    final: bool,
) -> Decision:
    """Sum over bins of share of rows x max(0, mean confidence - accuracy), from 0 to 1.

    The part of `ece` (Guo et al. 2017) that does harm, in the same bins. Claimed on each rung of a ladder
    (`blur_ladder`, or a corruption at severities 1 to 5), it is the law of graceful failure: as inputs get harder,
    confidence stays at or below accuracy.
    Use it where too much confidence does harm and too little does not: the model says 0.9 and is right in half of the
    cases.
    Test: two e-processes, as for `ece`; exact.
    Misleads where most confidences share one bin: inside it errors cancel. A model that is never sure has none; claim
    `underconfidence` or `accuracy` beside it.
    """
    assert threshold is not None
    return decide_overconfidence(np.minimum(evidence.confidence, 1.0), evidence.correct, threshold, levels, final=final)
