"""How many mistakes slip through undoubted, on average over thresholds?"""

from __future__ import annotations

from pytest_robust.carriers import Evidence
from pytest_robust.properties import judged_property
from pytest_robust.properties.ece import overconfidence
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.selective import decide_augrc


@judged_property(
    range=(0.0, 0.5),
    truths={"label", "order"},
    summary="Area under the generalised risk curve: the average risk of an undetected mistake.",
    operators=("<=", ">="),
    badness=overconfidence,
)
def augrc(
    evidence: Evidence,
    _: Evidence | None,
    operator: Operator | None,
    threshold: float | None,
    levels: Levels,
    *,
    final: bool,
) -> Decision:
    """P(an answer is wrong and at least as confident as that to another input), ties half, from 0 to 1/2.

    Traub et al. (2024): the mean over coverages of the share of *all* inputs that are answered and wrong, where `aurc`
    divides by those answered.
    Use it as `aurc`, where the few surest answers should not rule the figure: every mistake counts by its rank.
    Test: betting e-process on disjoint pairs of rows, then a mean over all pairs against a binomial count, see
    `statistics.risk_areas`; exact, ties or not.
    Misleads as any average over thresholds does: a deployed model has one. Claim `risk_at_coverage`, or `answered_risk`
    where the threshold is known.
    """
    assert operator is not None
    assert threshold is not None
    return decide_augrc(evidence.confidence, evidence.correct, operator, threshold, levels, final=final)
