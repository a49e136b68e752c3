"""How often is an answer not merely wrong but a catastrophe?"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from pytest_robust.carriers import Evidence
from pytest_robust.errors import OptionError
from pytest_robust.properties import PerRow, mean_property
from pytest_robust.properties._costs import CostsOption, cost_matrix, names, row_costs


def grave_cost(evidence: Evidence, *, cost: float, costs: CostsOption) -> PerRow:
    """What each catastrophe costs, 0 for all other answers."""
    found = row_costs(evidence, costs)
    return np.where(found >= cost, found, 0.0)


@mean_property(
    range=(0.0, 1.0),
    truths={"label"},
    summary="Share of inputs whose answer costs as much as stated, or more.",
    fixed="clopper-pearson",
    operators=("<=", ">="),
    badness=grave_cost,
)
def catastrophic_rate(
    evidence: Evidence, *, cost: Annotated[float, Field(gt=0, allow_inf_nan=False)], costs: CostsOption
) -> PerRow:
    """The share of rows whose answer costs at least `cost`: mean of 1(cost(right class, answer) >= cost), from 0 to 1.

    In the units in which the suite writes costs under `mistakes:`; of a class tree from 0 to 1, where 1 is a mistake
    between classes that nothing holds but the root. Raises OptionError where no mistake costs so much.
    Use it where some mistakes are accidents, and have to be rare: 1 in 1,000.
    Test: betting e-process, then Clopper & Pearson (1934); exact. `catastrophic_rate(cost=10) <= 1e-3` is proven by
    2,995 rows without a catastrophe (fixed test alone, 95 %), and by 4,742 with one.
    Misleads where catastrophes come from situations that the data lack: a rate speaks of the rows' population only.
    """
    highest = cost_matrix(costs, names(evidence)).max()
    if cost > highest:
        raise OptionError(
            f"no mistake costs {cost:g}: the highest cost is {highest:g}, so the claim on catastrophic_rate says "
            "nothing; give a cost that there is"
        )
    return row_costs(evidence, costs) >= cost
