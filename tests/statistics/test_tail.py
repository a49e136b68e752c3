"""The mean of the worst costs: against its definition, its bounds by brute force, and errors at the edge."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from pytest_robust.statistics import Levels
from pytest_robust.statistics.betting import FRACTIONS
from pytest_robust.statistics.tail import FEWEST_IN_TAIL, cvar, decide_cvar, log_e_above, log_e_below

SEVERITIES = np.arange(6) / 5
CHANCES = np.array([0.8, 0.1, 0.05, 0.03, 0.015, 0.005])

costs_of = st.lists(st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.9, 1.0]), min_size=1, max_size=120).map(np.array)
shares = st.sampled_from([0.05, 0.2, 0.37, 1.0])


def severities(rng: np.random.Generator, n: int) -> np.ndarray:
    """Six steps of severity, most of them harmless; the worst tenth takes a part of an atom."""
    return rng.choice(SEVERITIES, n, p=CHANCES)


def smooth(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.beta(1, 9, n)


def exact(chances: np.ndarray, share: float) -> float:
    """min_c c + E[(X - c)+] / share, which is reached at an atom."""
    return float(min(c + chances @ np.maximum(SEVERITIES - c, 0) / share for c in SEVERITIES))


TRUTHS = {
    severities: exact(CHANCES, 0.1),
    # The worst tenth of Beta(1, 9) lies beyond 1 - 0.1^(1/9); its mean, by parts, is
    smooth: 1 - 0.9 * 0.1 ** (1 / 9),
}


@given(costs_of, shares)
@settings(deadline=None)
def test_it_is_the_minimum_of_rockafellar_and_uryasev(costs: np.ndarray, share: float) -> None:
    found = cvar(costs, share)
    if share * len(costs) < FEWEST_IN_TAIL - 1e-9:
        assert found is None
        return
    assert found == pytest.approx(min(c + np.maximum(costs - c, 0).mean() / share for c in costs))
    assert costs.mean() - 1e-12 <= found <= costs.max() + 1e-12


def test_the_whole_is_the_mean_and_the_last_row_counts_in_part() -> None:
    costs = np.arange(100.0)
    assert cvar(costs, 1.0) == pytest.approx(costs.mean())
    assert cvar(costs, 0.205) == pytest.approx((sum(range(80, 100)) + 0.5 * 79) / 20.5)
    assert cvar(np.arange(199.0), 0.1) is None
    assert cvar(np.arange(200.0), 0.1) == pytest.approx(189.5)


@pytest.mark.parametrize("draw", [severities, smooth])
def test_errors_at_the_threshold_are_at_most_alpha(draw) -> None:
    rng = np.random.default_rng(80)
    runs, levels, truth = 100, Levels(alpha_pass=0.2, alpha_fail=0.2, interval_confidence=0.8), TRUTHS[draw]
    found = [decide_cvar(draw(rng, 400), 0.1, "<=", truth, levels, bounds=(0, 1), final=True) for _ in range(runs)]
    for wrong in ("PASS", "FAIL"):
        assert [decision.outcome for decision in found].count(wrong) <= binom.isf(1e-4, runs, 0.2)
    missed = sum(not decision.interval[0] <= truth <= decision.interval[1] for decision in found)
    assert missed <= binom.isf(1e-4, runs, 0.2)


@pytest.mark.parametrize("draw", [severities, smooth])
def test_clear_cases_are_settled_where_a_band_around_the_distribution_function_settles_nothing(draw) -> None:
    """Thomas & Learned-Miller (2019), upper and lower limit, from the same costs."""
    rng, truth = np.random.default_rng(81), TRUTHS[draw]
    passed = failed = narrower = 0
    for _ in range(20):
        costs = draw(rng, 1500)
        good = decide_cvar(costs, 0.1, "<=", truth + 0.2, Levels(), bounds=(0, 1), final=True)
        bad = decide_cvar(costs, 0.1, "<=", truth - 0.15, Levels(), bounds=(0, 1), final=True)
        passed, failed = passed + (good.outcome == "PASS"), failed + (bad.outcome == "FAIL")
        ordered, reach = np.sort(costs), math.sqrt(math.log(1 / 0.025) / (2 * len(costs)))
        steps = np.arange(len(costs) + 1) / len(costs)
        upper = 1 - np.diff(np.append(ordered, 1.0)) @ np.maximum(steps[1:] - reach - 0.9, 0) / 0.1
        lower = (
            ordered[-1]
            - np.diff(np.append(0.0, ordered)) @ np.maximum(np.minimum(1, steps[:-1] + reach) - 0.9, 0) / 0.1
        )
        narrower += good.interval[1] - good.interval[0] < 0.7 * (upper - lower)
    assert passed >= 18
    assert failed >= 18
    assert narrower == 20


@given(costs_of, shares, st.sampled_from([0.1, 0.25, 0.5, 0.95]))
@settings(deadline=None)
def test_wealth_against_the_claim_is_the_least_over_all_quantiles(
    costs: np.ndarray, share: float, bound: float
) -> None:
    """By brute force over a fine grid of c from 0 to the bound, of which none does worse than the observed ones."""
    found = log_e_above(costs, share, bound)
    grid = np.unique(np.concatenate([np.linspace(0, bound, 400)[:-1], costs[costs < bound], [bound - 1e-7]]))
    gains = np.maximum(costs - grid[:, None], 0) / (share * (bound - grid[:, None]))
    least = [np.log1p(f * (gains - 1)).sum(axis=1).min() for f in FRACTIONS]
    brute = float(np.logaddexp.reduce(least) - math.log(len(FRACTIONS)))
    assert found <= brute + 1e-9
    if costs.max() > bound:
        assert found == pytest.approx(brute, abs=1e-9)


@given(st.integers(0, 10_000), st.sampled_from([0.1, 0.3]))
@settings(deadline=None, max_examples=20)
def test_rounding_costs_down_takes_little_and_never_adds(seed: int, bound: float) -> None:
    costs, share = smooth(np.random.default_rng(seed), 1000), 0.1
    candidates = costs[(costs < bound) & (costs > bound - 0.2)]
    gains = np.maximum(costs - candidates[:, None], 0) / (share * (bound - candidates[:, None]))
    least = [np.log1p(f * (gains - 1)).sum(axis=1).min() for f in FRACTIONS]
    brute = float(np.logaddexp.reduce(least) - math.log(len(FRACTIONS)))
    found = log_e_above(costs, share, bound)
    assert brute - 0.05 * abs(brute) - 1 <= found <= brute + 1e-9


@given(costs_of, shares, st.sampled_from([0.05, 0.25, 0.5, 0.95]))
@settings(deadline=None)
def test_wealth_for_the_claim_multiplied_out(costs: np.ndarray, share: float, bound: float) -> None:
    """One row after the other; c is the quantile of the first 2^k / share rows."""
    wealth, known = np.ones(len(FRACTIONS)), 0
    for row, cost in enumerate(costs):
        while max(2 * known, math.ceil(1 / share)) <= row:
            known = max(2 * known, math.ceil(1 / share))
        if not known:
            continue
        c = sorted(costs[:known], reverse=True)[min(int(share * known), known - 1)]
        if c < 1:
            fair = 1 - share * max(bound - c, 0) / (1 - c)
            wealth *= 1 + FRACTIONS * ((1 - max(cost - c, 0) / (1 - c)) / fair - 1)
    assert log_e_below(costs, share, bound) == pytest.approx(math.log(wealth.mean()), abs=1e-9)


@given(costs_of, shares)
@settings(deadline=None)
def test_wealth_grows_with_the_distance_of_the_threshold(costs: np.ndarray, share: float) -> None:
    bounds = np.linspace(0.02, 0.98, 13)
    above = [log_e_above(costs, share, bound) for bound in bounds]
    below = [log_e_below(costs, share, bound) for bound in bounds]
    assert all(a >= b - 1e-9 for a, b in itertools.pairwise(above))
    assert all(a <= b + 1e-9 for a, b in itertools.pairwise(below))


@given(costs_of, shares, st.sampled_from([">=", "<="]), st.sampled_from([0.0, 0.2, 1.0]))
@settings(deadline=None)
def test_what_every_decision_holds(costs: np.ndarray, share: float, operator, threshold: float) -> None:
    decision = decide_cvar(2 * costs - 1, share, operator, 2 * threshold - 1, Levels(), bounds=(-1, 1), final=True)
    same = decide_cvar(costs, share, operator, threshold, Levels(), bounds=(0, 1), final=True)
    assert (decision.outcome, decision.n, decision.rows_needed) == (same.outcome, same.n, same.rows_needed)
    assert decision.n == len(costs)
    if decision.estimate is None:
        assert decision.outcome == "INCONCLUSIVE"
        assert str(decision.reason).startswith("not estimable: fewer than 20 rows")
        assert share * (len(costs) + decision.rows_needed) >= FEWEST_IN_TAIL - 1e-9
        assert share * (len(costs) + decision.rows_needed - 1) < FEWEST_IN_TAIL - 1e-9
        return
    assert -1 <= decision.interval[0] <= decision.estimate + 1e-9
    assert decision.estimate - 1e-9 <= decision.interval[1] <= 1 + 1e-9
    if decision.outcome == "INCONCLUSIVE":
        assert (decision.rows_needed is None) == (decision.reason is not None)
    opposite = decide_cvar(
        costs, share, "<=" if operator == ">=" else ">=", threshold, Levels(), bounds=(0, 1), final=True
    )
    assert {same.outcome, opposite.outcome} != {"PASS"}


def test_it_is_judged_at_the_end_only() -> None:
    costs = np.zeros(2000)
    waiting = decide_cvar(costs, 0.1, "<=", 0.5, Levels(), bounds=(0, 1), final=False)
    assert (waiting.outcome, waiting.n, waiting.estimate) == (None, 2000, 0.0)
    assert decide_cvar(costs, 0.1, "<=", 0.5, Levels(), bounds=(0, 1), final=True).outcome == "PASS"
    assert decide_cvar(costs, 0.1, ">=", 0.5, Levels(), bounds=(0, 1), final=True).outcome == "FAIL"


@pytest.mark.parametrize(("off", "outcome"), [(0.09, "PASS"), (-0.04, "FAIL")])
def test_rows_needed_are_about_enough(off: float, outcome: str) -> None:
    """The rows that were seen, drawn from again as if they were all there is."""
    rng = np.random.default_rng(82)
    costs = smooth(rng, 300)
    threshold = cvar(costs, 0.1) + off
    first = decide_cvar(costs, 0.1, "<=", threshold, Levels(), bounds=(0, 1), final=True)
    assert first.outcome == "INCONCLUSIVE"
    total = 300 + first.rows_needed
    again = [
        decide_cvar(rng.choice(costs, total), 0.1, "<=", threshold, Levels(), bounds=(0, 1), final=True).outcome
        for _ in range(30)
    ]
    assert again.count(outcome) >= 18


def test_no_rows() -> None:
    found = decide_cvar(np.array([]), 0.1, "<=", 0.5, Levels(), bounds=(0, 1), final=True)
    assert (found.outcome, found.n, found.rows_needed) == ("INCONCLUSIVE", 0, 200)


@pytest.mark.parametrize(
    ("costs", "share", "threshold", "message"),
    [
        ([0.5], 0.0, 0.5, "share 0.0"),
        ([0.5], 1.1, 0.5, "share 1.1"),
        ([0.5], math.nan, 0.5, "share nan"),
        ([0.5, math.nan], 0.1, 0.5, "row 1 is NaN"),
        ([1.5], 0.1, 0.5, "1.5 of row 0 lies outside"),
        ([0.5], 0.1, 1.5, "threshold 1.5 lies outside"),
    ],
)
def test_refuses_what_is_no_cost_or_share(costs, share: float, threshold: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decide_cvar(np.array(costs), share, "<=", threshold, Levels(), bounds=(0, 1), final=True)
    with pytest.raises(ValueError, match="is NaN"):
        cvar(np.array([math.nan]), 0.1)


def test_a_claim_at_the_highest_cost_is_disproved_by_any_row_that_costs_less():
    for costs, outcome in ((np.zeros(60), "FAIL"), (np.ones(60), "INCONCLUSIVE")):
        assert decide_cvar(costs, 1.0, ">=", 1.0, Levels(), bounds=(0.0, 1.0), final=True).outcome == outcome
