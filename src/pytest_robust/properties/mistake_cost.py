"""How bad are the mistakes?"""

from __future__ import annotations

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, mean_property
from pytest_robust.properties._costs import CostsOption, shares_of_the_worst


@mean_property(
    range=(0.0, 1.0),
    truths={"label"},
    summary="Mean cost of the answers, right ones included, as a share of the highest cost.",
    operators=("<=", ">="),
)
def mistake_cost(evidence: Evidence, *, costs: CostsOption) -> PerRow:
    """The expected cost: mean over all rows of cost(right class, answer) / the highest cost, from 0 to 1.

    `costs` are what a suite says under `mistakes:`. Of a class tree, the cost is the height of the lowest group that
    holds both classes over the height of the tree (Bertinetto et al. 2020; Karthik et al. 2021). The mean is over all
    rows, not over mistakes alone: that would fall when mild mistakes are added to grave ones.
    Use it where a mistake is not a mistake like any other, and what they cost together is what counts.
    Test: betting e-process, then the fixed-n betting test; exact.
    Misleads where most mistakes are mild: a mean hides the few that are grave, see `cvar` and `catastrophic_rate`. As a
    share it depends on the highest cost: another one added to the matrix lowers it.
    """
    return shares_of_the_worst(evidence, costs)
