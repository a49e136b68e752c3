"""Does the model's confidence mean what it says?"""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, judged_property
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.ece import decide_ece
from pytest_robust.statistics.outlook import CALIBRATION


def overconfidence(evidence: Evidence, _: Evidence | None) -> PerRow:
    """The confidence of wrong answers, 0 for right ones."""
    return np.where(evidence.correct, 0.0, evidence.confidence)


@judged_property(
    range=(0.0, 1.0),
    truths={"label", "order"},
    summary="Expected calibration error: how far confidence lies from accuracy, over 15 bins of equal width.",
    operators=("<=",),
    badness=overconfidence,
    outlook=CALIBRATION,
)
def ece(
    evidence: Evidence,
    _: Evidence | None,
    operator: Operator | None,  # noqa: ARG001  (one operator is allowed)
    threshold: float | None,
    levels: Levels,
    *,
    final: bool,
) -> Decision:
    """The expected calibration error: sum over bins of share of rows x |accuracy - mean confidence|, from 0 to 1.

    Over 15 bins of equal width of the highest probability (Guo et al. 2017), fixed beforehand, because a test on bins
    that follow the data has no guarantee. The estimate is debiased (Kumar et al. 2019): the plug-in calls a perfectly
    calibrated model wrong by .02 at 1,000 rows. On a rung of a ladder, where nobody may see the class, the confidence
    should fall as the accuracy does.
    Use it where a confidence is read as a number: shown to a person, or compared with a threshold.
    Test: two e-processes, one that may disprove the claim and one that may prove it, see `statistics.ece`; exact. FAIL
    speaks of the unbinned error too; PASS speaks of these bins only.
    Misleads where most confidences share one bin: errors of opposite sign cancel inside it. A model that answers every
    input with the base rate is perfectly calibrated and useless.
    """
    assert threshold is not None
    return decide_ece(np.minimum(evidence.confidence, 1.0), evidence.correct, threshold, levels, final=final)
