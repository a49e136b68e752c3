"""Is it right about every class alike, the rare ones too?"""

from __future__ import annotations

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, judged_property
from pytest_robust.properties.accuracy import wrong_confidence
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.strata import decide_balanced_accuracy


def surest_mistake(evidence: Evidence, _: Evidence | None) -> PerRow:
    """The confidence of wrong answers, 0 for right ones."""
    return wrong_confidence(evidence)


@judged_property(
    range=(0.0, 1.0),
    truths={"label"},
    summary="Mean over the classes of the share of inputs answered right: every class counts alike.",
    operators=(">=", "<="),
    badness=surest_mistake,
)
def balanced_accuracy(
    evidence: Evidence,
    _: Evidence | None,
    operator: Operator | None,
    threshold: float | None,
    levels: Levels,
    *,
    final: bool,
) -> Decision:
    """The mean over the K classes of the recall of each: sum over k of P(right | class k) / K, from 0 to 1.

    Also called macro-averaged recall; with balanced classes it is `accuracy`. All classes of the model count: where one
    has no row, it is not estimable.
    Use it where some classes have more rows than others and all of them matter alike (Brodersen et al. 2010).
    Test: betting e-process on rows of every class in turn, then a fixed-n betting test on all rows; exact, whatever the
    shares of the classes, see `statistics.strata`. The rows of the rarest class decide how soon it is settled.
    Misleads where classes are rare for a reason: an error on one row in a thousand weighs as much as on half of all. A
    mean over classes hides the worst one: claim `accuracy >= 0.8 by class`, or `recall`, beside it.
    """
    assert operator is not None
    assert threshold is not None
    classes = evidence.probabilities.shape[1]
    return decide_balanced_accuracy(
        evidence.correct, evidence.labels, classes, operator, threshold, levels, final=final
    )
