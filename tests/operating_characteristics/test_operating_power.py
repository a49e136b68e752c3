"""What a proof costs is what is written down: at 11/10 of the rows enough models PASS.

Where the benchmark measured the figure, so that a better test is told as well as a worse one, at 9/10 too few do.
In CI, where few models are simulated, only a large loss is seen.
"""

from __future__ import annotations

import pytest
from claim_types import ClaimType, Cost, all_claim_types
from simulation import THOROUGH, crossings, is_at_least, is_at_most, passed

from pytest_robust.statistics import Levels

COUNT = THOROUGH or 20
ALONE = Levels(alpha_pass=0.05, alpha_fail=0.05, early_stopping=False)

COSTS = [
    pytest.param(kind, cost, id=f"{kind.name} {cost.truth}")
    for kind in all_claim_types()
    for cost in (kind.costs if THOROUGH else kind.costs[:1])
]


@pytest.mark.parametrize(("kind", "cost"), COSTS)
def test_power_of_the_test_at_the_end(kind: ClaimType, cost: Cost) -> None:
    powers = (0.8, 0.95)
    for rows, power in list(zip(cost.rows, powers, strict=True))[: 2 if THOROUGH else 1]:
        assert is_at_least(passed(kind, cost.truth, rows * 11 // 10, ALONE, COUNT), COUNT, power)
        if THOROUGH and cost.measured:
            assert is_at_most(passed(kind, cost.truth, rows * 9 // 10, ALONE, COUNT), COUNT, power)


@pytest.mark.parametrize(("kind", "cost"), [one for one in COSTS if one.values[1].stops])
def test_where_the_process_stops(kind: ClaimType, cost: Cost) -> None:
    found = crossings(kind, cost.truth, cost.stops[-1] * 11 // 10, 0.05, COUNT)
    proven = [rows for outcome, rows in found if outcome == "PASS"]
    for rows, share in zip(cost.stops, (0.5, 0.8, 0.95), strict=True):
        assert is_at_least(sum(one <= rows * 1.1 for one in proven), COUNT, share)
        if cost.measured:
            assert is_at_most(sum(one <= rows * 0.9 for one in proven), COUNT, share)


@pytest.mark.skipif(not THOROUGH, reason="thousands of long models: set ROBUST_SIMULATIONS=2000")
@pytest.mark.parametrize(("rows", "share"), [(2995, 0.74), (4742, 0.92), (6294, 0.97)])
def test_plans_for_no_failure_turn_good_models_away(rows: int, share: float) -> None:
    """Plans for 0, 1 and 2 failures, and the share of models that they pass whose true rate is a tenth of the bound."""
    (rare,) = (kind for kind in all_claim_types() if kind.name == "rare events")
    assert passed(rare, 0.0001, rows, ALONE, COUNT) / COUNT == pytest.approx(share, abs=0.05)
