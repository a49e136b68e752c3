"""What keeps the error of many claims within a budget, whatever depends on what."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_robust.statistics.multiplicity import bonferroni_share, e_bh, holm


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


@pytest.mark.parametrize("copies", [1, 4, 20])
def test_holm_rejects_a_true_hypothesis_with_probability_budget_at_most(copies: int) -> None:
    """Of forty hypotheses half are true, and their p-values alike in groups; the others are hopeless or nearly so."""
    rng = np.random.default_rng(41)
    wrong = found = 0
    for _ in range(1000):
        true = np.repeat(rng.random(20 // copies), copies)
        rejected = holm([*true, *(rng.random(20) * 0.004)], 0.1)
        wrong += any(rejected[:20])
        found += sum(rejected[20:])
    assert wrong / 1000 <= 0.1 + 0.03
    assert found > 0.5 * 20_000


@given(st.lists(st.floats(0, 1), max_size=6), st.sampled_from([0.01, 0.1, 0.5]))
def test_holm_rejects_what_the_closure_of_bonferroni_does(p_values: list[float], budget: float) -> None:
    """By brute force: a hypothesis is rejected where every set that holds it is, by its smallest p-value."""
    sets = [chosen for k in range(1, 7) for chosen in itertools.combinations(range(len(p_values)), k)]
    kept = [chosen for chosen in sets if min(p_values[i] for i in chosen) > budget / len(chosen)]
    assert holm(p_values, budget) == [not any(i in chosen for chosen in kept) for i in range(len(p_values))]


def test_holm_refuses_what_is_no_p_value() -> None:
    for wrong in (math.nan, -0.1, 1.1):
        with pytest.raises(ValueError, match="between 0 and 1"):
            holm([0.5, wrong], 0.05)
    assert holm([], 0.05) == []


@given(st.lists(st.floats(-5, 12), min_size=1, max_size=12).map(np.array), st.sampled_from([0.01, 0.1, 0.5]))
def test_e_bh_rejects_the_largest_set_that_bears_itself_out(log_e: np.ndarray, alpha: float) -> None:
    """By brute force: the largest k whose k-th largest e-value is at least K / (k alpha)."""
    ranked, rejected = sorted(log_e, reverse=True), 0
    for k in range(1, len(ranked) + 1):
        if ranked[k - 1] >= math.log(len(ranked) / alpha) - math.log(k):
            rejected = k
    expected = log_e >= ranked[rejected - 1] if rejected else np.zeros(len(log_e), bool)
    assert e_bh(log_e, alpha).tolist() == expected.tolist()


@pytest.mark.parametrize("copies", [1, 5, 20])
def test_e_bh_keeps_the_share_of_false_rejections_below_alpha(copies: int) -> None:
    """Likelihood ratios of a shift by 2: twenty true hypotheses, in groups with the same data, and ten false ones."""
    rng = np.random.default_rng(42)
    alpha, shares, found, any_wrong = 0.1, [], 0, 0
    for _ in range(2000):
        true, false = np.repeat(rng.standard_normal(20 // copies), copies), rng.standard_normal(10) + 4
        rejected = e_bh(2 * np.concatenate([true, false]) - 2, alpha)
        shares.append(rejected[:20].sum() / max(rejected.sum(), 1))
        found += rejected[20:].sum()
        any_wrong += e_bh(2 * true - 2, alpha).any()
    assert np.mean(shares) <= alpha
    assert any_wrong / 2000 <= alpha
    assert found > 0.3 * 20_000


def test_e_bh_at_the_edges() -> None:
    assert e_bh(np.array([]), 0.05).tolist() == []
    assert e_bh(np.array([math.inf, -math.inf]), 0.05).tolist() == [True, False]
    assert e_bh(np.full(3, math.log(20)), 0.05).tolist() == [True] * 3
    assert e_bh(np.full(3, math.log(19.9)), 0.05).tolist() == [False] * 3
    for log_e, alpha in (([math.nan], 0.05), ([1.0], 0.0), ([1.0], 1.0)):
        with pytest.raises(ValueError, match="cannot reject"):
            e_bh(np.array(log_e), alpha)
