"""Are the answers that are wrong those that were doubted, as far as they could be?"""

from __future__ import annotations

import math

from pytest_robust.carriers import Evidence
from pytest_robust.properties import judged_property
from pytest_robust.properties.ece import overconfidence
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.selective import decide_e_aurc


@judged_property(
    range=(0.0, math.log(2.0)),
    truths={"label", "order"},
    summary="AURC minus the least one that a model with as many mistakes can have: the ranking alone.",
    operators=("<=", ">="),
    badness=overconfidence,
)
def e_aurc(
    evidence: Evidence,
    _: Evidence | None,
    operator: Operator | None,
    threshold: float | None,
    levels: Levels,
    *,
    final: bool,
) -> Decision:
    """AURC - (e + (1 - e) ln(1 - e)), with e the share answered wrong; from 0 to ln 2.

    Geifman, Uziel & El-Yaniv (2019): what is subtracted is the AURC of a model that makes as many mistakes and is least
    sure of just those; 0 is perfect knowledge of them. Ties as in `aurc`; where no answer is right it is not estimable.
    Use it beside `accuracy`, to ask for knowing one's own mistakes alone.
    Test: as for `aurc`; exact.
    Misleads across models: with few mistakes it is small whatever the ranking, so a bound that was chosen for one
    accuracy is idle at another.
    """
    assert operator is not None
    assert threshold is not None
    return decide_e_aurc(evidence.confidence, evidence.correct, operator, threshold, levels, final=final)
