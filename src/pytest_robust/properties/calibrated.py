"""Can it be disproved that the model's confidence means what it says?"""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Evidence
from pytest_robust.properties import judged_property
from pytest_robust.properties.ece import overconfidence
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.calibrated import decide_calibrated


@judged_property(
    range=None,
    truths={"label", "order"},
    summary="A test of perfect calibration, which can be disproved and never proven.",
    badness=overconfidence,
    refutable=True,
)
def calibrated(
    evidence: Evidence,
    _: Evidence | None,
    operator: Operator | None,  # noqa: ARG001  (it takes no threshold)
    threshold: float | None,  # noqa: ARG001
    levels: Levels,
    *,
    final: bool,
) -> Decision:
    """P(right | confidence c) = c for every c: FAIL where that is disproved, else INCONCLUSIVE.

    Use it for a model whose probabilities are used as numbers, say multiplied by costs: it needs no threshold, and
    finds errors in fewer rows than `ece` does.
    Test: bets on each row's residual as earlier rows of its bin suggest (Arnold, Henzi & Ziegel 2023), see
    `statistics.calibrated`; exact: a calibrated model is turned red with at most its share of the flake budget.
    Misleads where it is taken for proof: it stays open however good the model is, and a release needs proof, so claim
    `ece <= ...` there. With enough rows every real model fails it.
    """
    return decide_calibrated(np.minimum(evidence.confidence, 1.0), evidence.correct, levels, final=final)
