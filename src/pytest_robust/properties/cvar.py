"""How bad is the worst part of the answers?"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, judged_property
from pytest_robust.properties._costs import CostsOption, shares_of_the_worst
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.tail import decide_cvar


def cost(evidence: Evidence, _: Evidence | None, *, costs: CostsOption) -> PerRow:
    """What each answer costs."""
    return shares_of_the_worst(evidence, costs)


@judged_property(
    range=(0.0, 1.0),
    truths={"label"},
    summary="Mean cost of the worst share of the answers, as a share of the highest cost.",
    operators=("<=", ">="),
    badness=cost,
)
def cvar(
    evidence: Evidence,
    _: Evidence | None,
    operator: Operator | None,
    threshold: float | None,
    levels: Levels,
    *,
    final: bool,
    costs: CostsOption,
    share: Annotated[float, Field(gt=0, lt=1)] = 0.05,
) -> Decision:
    """The conditional value at risk: the mean cost of the worst `share` of all rows, from 0 to 1.

    Costs as of `mistake_cost`, divided by the highest. CVaR = min over c of c + E max(cost - c, 0) / share (Rockafellar
    & Uryasev 2000). Not estimable below 20 rows in the tail: 400 in all at a `share` of 0.05.
    Use it where a mean would hide the grave mistakes, and no cost is the border of a catastrophe.
    Test: bets on the tail, see `statistics.tail`; exact. Made once, when the rows are used up.
    Misleads where mistakes are rarer than `share`: the worst rows are then mostly right ones, and it is the mean cost
    over `share`.
    """
    assert operator is not None
    assert threshold is not None
    found = shares_of_the_worst(evidence, costs)
    return decide_cvar(found, share, operator, threshold, levels, bounds=(0.0, 1.0), final=final)
