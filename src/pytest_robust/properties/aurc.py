"""Does the model's confidence say which of its answers to trust?"""

from __future__ import annotations

from pytest_robust.carriers import Evidence
from pytest_robust.properties import judged_property
from pytest_robust.properties.ece import overconfidence
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.selective import decide_aurc


@judged_property(
    range=(0.0, 1.0),
    truths={"label", "order"},
    summary="Area under the risk-coverage curve: the risk of the answered, averaged over all coverages.",
    operators=("<=", ">="),
    badness=overconfidence,
)
def aurc(
    evidence: Evidence,
    _: Evidence | None,
    operator: Operator | None,
    threshold: float | None,
    levels: Levels,
    *,
    final: bool,
) -> Decision:
    """The mean over coverages c of the share of wrong answers among the c most confident ones, from 0 to 1.

    Geifman, Uziel & El-Yaniv (2019). It falls with fewer mistakes and with mistakes that are doubted. Rows of equal
    confidence are answered in no order: they count by their mean, so that the order of rows never matters.
    Use it where inputs that are doubted will go to a person, and how many is not settled yet.
    Test: a mean over all small groups of rows against a binomial count, see `statistics.risk_areas`; exact, ties or
    not. Made after 100 rows, 200, 400 and so on, and at the end.
    Misleads twice: it holds accuracy and ranking in one number (claim `e_aurc` for the ranking alone), and it gives the
    few surest answers most of the weight (`augrc` does not).
    """
    assert operator is not None
    assert threshold is not None
    return decide_aurc(evidence.confidence, evidence.correct, operator, threshold, levels, final=final)
