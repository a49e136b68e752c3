"""The share of a budget keeps the run's error within it, whatever depends on what."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_robust.statistics.multiplicity import bonferroni_share


@pytest.mark.parametrize("copies", [1, 4, 20])
def test_a_run_of_true_claims_errs_with_probability_budget_at_most(copies: int) -> None:
    """Twenty p-values in groups of identical ones: from independent to all the same."""
    rng = np.random.default_rng(40)
    p = np.repeat(rng.random((4000, 20 // copies)), copies, axis=1)
    errs = float((p <= bonferroni_share(0.1, 20)).any(axis=1).mean())
    assert errs <= 0.1 + 0.01


def test_shares_add_up_and_no_claims_leave_the_budget_whole() -> None:
    assert 7 * bonferroni_share(0.01, 7) == pytest.approx(0.01)
    assert bonferroni_share(0.01, 0) == bonferroni_share(0.01, 1) == 0.01


@pytest.mark.parametrize(("budget", "claims"), [(0.0, 1), (1.0, 1), (0.01, -1), (float("nan"), 1)])
def test_refuses_what_is_no_budget(budget: float, claims: int) -> None:
    with pytest.raises(ValueError, match="cannot share"):
        bonferroni_share(budget, claims)
