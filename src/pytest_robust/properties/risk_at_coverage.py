"""How often is the model wrong on the inputs that it is most sure of?"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pytest_robust.carriers import Evidence
from pytest_robust.properties import judged_property
from pytest_robust.properties.ece import overconfidence
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.selective import decide_risk_at_coverage


@judged_property(
    range=(0.0, 1.0),
    truths={"label", "order"},
    summary="Share answered wrong among the most confident answers: `risk_at_coverage(coverage=0.8)`.",
    operators=("<=", ">="),
    badness=overconfidence,
)
def risk_at_coverage(
    evidence: Evidence,
    _: Evidence | None,
    operator: Operator | None,
    threshold: float | None,
    levels: Levels,
    *,
    final: bool,
    coverage: Annotated[float, Field(gt=0, le=1)],
) -> Decision:
    """P(wrong | the confidence is among the highest `coverage` of all), from 0 to 1; at coverage 1 the error rate.

    Rows of equal confidence at the border count by their mean.
    Use it for a system that hands its least sure inputs to a person, and can hand over so many (the selective risk of
    El-Yaniv & Wiener 2010).
    Test: two nested counts, see `statistics.coverage`; exact, though the threshold is itself estimated. Made after 100
    rows, 200, 400 and so on, and at the end.
    Misleads where the confidence is coarse: with many equal values no threshold gives just this coverage.
    """
    assert operator is not None
    assert threshold is not None
    return decide_risk_at_coverage(
        evidence.confidence, evidence.correct, coverage, operator, threshold, levels, final=final
    )
