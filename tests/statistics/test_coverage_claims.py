"""Claims about the risk at a coverage and the coverage at a risk: exact probabilities, ties, the errors of claims."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from pytest_robust.statistics import Levels
from pytest_robust.statistics.coverage import ORDERS, CoverageAt, p_large, p_small, p_values, wrong_in_most_orders
from pytest_robust.statistics.risks import ranking, share_answered
from pytest_robust.statistics.selective import (
    coverage_at_risk,
    decide_coverage_at_risk,
    decide_risk_at_coverage,
    risk_at_coverage,
)

rows = st.lists(st.tuples(st.sampled_from([0.0, 0.3, 0.7, 1.0]), st.booleans()), min_size=1, max_size=220)


def at(value: float) -> np.ndarray:
    return np.array([float(value)])


@pytest.mark.parametrize("coverage", [0.3, 0.75, 1.0])
@pytest.mark.parametrize("risk", [0.0, 0.2, 0.9, 1.0])
def test_probabilities_are_those_of_all_counts(coverage: float, risk: float) -> None:
    """By a double loop over the rows within the coverage and the wrong ones among them."""
    n = 12
    for k in (0, 5, 9, 12):
        for wrong in range(k + 1):
            small = large = 0.0
            for inside in range(n + 1):
                for errors in range(inside + 1):
                    chance = binom.pmf(inside, n, coverage) * binom.pmf(errors, inside, risk)
                    small += chance * (errors - max(inside - k, 0) <= wrong)
                    large += chance * (errors + max(k - inside, 0) >= wrong)
            arguments = at(wrong), at(k), n, at(coverage), at(risk)
            assert p_small(*arguments)[0] == pytest.approx(small, abs=1e-11)
            assert p_large(*arguments)[0] == pytest.approx(large, abs=1e-11)


@given(st.integers(1, 60), st.floats(0.01, 0.99), st.data())
def test_at_full_coverage_it_is_the_binomial_test(n: int, risk: float, data) -> None:
    wrong = data.draw(st.integers(0, n))
    sample = ranking(np.arange(float(n)), np.arange(n) >= wrong)
    for operator, alternative in (("<=", "less"), (">=", "greater")):
        found = p_values(sample, operator, at(1.0), at(risk), 0.05)[0]
        assert found == pytest.approx(binomtest(wrong, n, risk, alternative).pvalue, abs=1e-9)


def test_rows_at_the_edge_of_the_coverage_may_be_anything_and_no_better_bound_holds() -> None:
    """Just inside the coverage all rows are wrong, just outside all right: the p-value is then what it says."""
    rng = np.random.default_rng(80)
    n, coverage, risk, runs = 60, 0.5, 0.3, 1000
    found = []
    for _ in range(runs):
        place = rng.random(n)
        right = (place < coverage * (1 - risk)) | (place > coverage)
        found.append(p_values(ranking(1 - place, right), "<=", at(coverage), at(risk), 0.2)[0])
    share = np.mean(np.array(found) <= 0.2 / ORDERS)
    assert 0.08 <= share <= binom.isf(1e-5, runs, 0.2) / runs


@given(st.lists(st.tuples(st.sampled_from([0.2, 0.5, 0.9]), st.booleans()), min_size=1, max_size=7), st.integers(0, 7))
@settings(max_examples=60)
def test_counts_hold_in_nineteen_of_twenty_orders_of_ties(drawn, k: int) -> None:
    confidence, correct = np.array([c for c, _ in drawn]), np.array([y for _, y in drawn])
    k = min(k, len(drawn))
    orders = [order for order in permutations(range(len(drawn))) if (np.diff(confidence[list(order)]) <= 0).all()]
    counts = np.array([np.sum(~correct[list(order[:k])]) for order in orders])
    sample = ranking(confidence, correct)
    most, least = (wrong_in_most_orders(sample, at(k), operator)[0] for operator in ("<=", ">="))
    assert np.mean(counts <= most) >= ORDERS
    assert np.mean(counts >= least) >= ORDERS
    assert most in counts
    assert least in counts
    if k and len(set(counts.tolist())) > 1:
        assert np.mean(counts < most) < ORDERS
        assert np.mean(counts > least) < ORDERS


def model(rng: np.random.Generator, n: int, error: float, a: float, grain: int) -> tuple[np.ndarray, np.ndarray]:
    """P(wrong | place u) = error * a * u^(a-1), hence R(c) = error * c^(a-1); confidences rounded to 1 / grain."""
    place = rng.random(n)
    confidence = np.round((1.0 - place) * grain) / grain if grain else 1.0 - place
    return confidence, rng.random(n) >= np.minimum(1.0, error * a * place ** (a - 1.0))


@pytest.mark.parametrize(("error", "a", "grain"), [(0.1, 2.0, 0), (0.5, 1.0, 3), (0.3, 1.5, 4)])
@pytest.mark.parametrize("coverage", [0.4, 0.85])
def test_errors_at_the_threshold_are_at_most_alpha(error: float, a: float, grain: int, coverage: float) -> None:
    """At the threshold both the claim and its opposite hold in the limit: PASS and FAIL are both errors.

    The risk at the coverage is the bound, so the coverage at that risk is the coverage: R rises with c or is even.
    """
    rng = np.random.default_rng(81)
    runs, alpha = 300, 0.1
    large = model(np.random.default_rng(82), 300_000, error, a, grain)
    risk = risk_at_coverage(*large, coverage)
    wrong = dict.fromkeys(("risk <=", "risk >=", "coverage <=", "coverage >="), 0)
    for _ in range(runs):
        sample = ranking(*model(rng, 150, error, a, grain))
        for operator in ("<=", ">="):
            wrong[f"risk {operator}"] += p_values(sample, operator, at(coverage), at(risk), alpha)[0] <= alpha
            wrong[f"coverage {operator}"] += CoverageAt(sample, risk).p_value(operator, coverage, alpha) <= alpha
    assert max(wrong.values()) <= binom.isf(1e-4, runs, alpha)
    assert wrong["risk <="] + wrong["risk >="] > 0 or grain, "where a fourth of the rows tie it is cautious"


def test_the_whole_procedure_errs_at_most_alpha_with_its_looks() -> None:
    rng = np.random.default_rng(83)
    runs, levels, risk = 60, Levels(alpha_pass=0.1, alpha_fail=0.1, interval_confidence=0.8), 0.3 * 0.7**0.5
    for decide, given_, threshold in ((decide_risk_at_coverage, 0.7, risk), (decide_coverage_at_risk, risk, 0.7)):
        samples = [model(rng, 130, 0.3, 1.5, 0) for _ in range(runs)]
        found = [decide(*sample, given_, "<=", threshold, levels, final=True) for sample in samples]
        for wrong in ("PASS", "FAIL"):
            assert [one.outcome for one in found].count(wrong) <= binom.isf(1e-4, runs, 0.1)
        missed = sum(not one.interval[0] <= threshold <= one.interval[1] for one in found)
        assert missed <= binom.isf(1e-4, runs, 0.2)
        assert all(one.interval[0] <= one.estimate <= one.interval[1] for one in found)


def test_a_risk_that_falls_again_is_not_overlooked() -> None:
    """Kept at full coverage, exceeded by far from 0.1 to 0.8: it must not be said that the coverage is below 0.5."""
    rng = np.random.default_rng(84)
    runs, wrong = 100, 0
    for _ in range(runs):
        place = rng.random(200)
        sample = ranking(1 - place, place > 0.2)
        wrong += CoverageAt(sample, 0.2).p_value("<=", 0.5, 0.1) <= 0.1
    assert wrong <= binom.isf(1e-4, runs, 0.1)


def test_a_risk_that_falls_between_two_knots_of_the_grid_is_not_overlooked() -> None:
    """Wrong rows stand just before each knot: there the risk is 0.32, and a little before them less than 0.3."""
    n, risk, knots = 400_000, 0.32, np.linspace(0.1, 1.0, 65)
    place = (np.arange(n) + 0.5) / n
    into = (place - 0.1) / (knots[1] - knots[0]) % 1.0
    wrong = np.where(place < 0.1, np.arange(n) % 25 < 8, into > 1.0 - risk)
    sample = ranking(1 - place, ~(wrong | (place > 0.4)))
    at_knots = p_values(sample, ">=", knots[:-1], np.full(64, 0.3), 0.1)
    assert at_knots.max() < 0.1, "at each knot for itself the risk is not kept"
    assert share_answered(sample, 0.3) > 0.1
    assert CoverageAt(sample, 0.3).p_value("<=", 0.1, 0.1) > 0.1


def test_clear_cases_are_settled_at_a_look_and_others_at_the_end() -> None:
    rng = np.random.default_rng(85)
    sample = model(rng, 3000, 0.2, 2.0, 0)
    for claim, outcome in (
        ((decide_risk_at_coverage, 0.8, "<=", 0.4), "PASS"),
        ((decide_risk_at_coverage, 0.8, "<=", 0.05), "FAIL"),
        ((decide_coverage_at_risk, 0.4, ">=", 0.6), "PASS"),
        ((decide_coverage_at_risk, 0.06, ">=", 0.95), "FAIL"),
    ):
        decide, given_, operator, threshold = claim
        found = decide(*sample, given_, operator, threshold, Levels(), final=False)
        assert (found.outcome, found.n in (100, 200, 400)) == (outcome, True)
    found = decide_risk_at_coverage(*sample, 0.8, "<=", 0.17, Levels(), final=True)
    assert (found.outcome, found.n) == ("INCONCLUSIVE", 3000)
    assert found.estimate == risk_at_coverage(*sample, 0.8)
    assert found.interval[0] < found.estimate < found.interval[1]
    assert found.rows_needed > 3000
    kept = decide_coverage_at_risk(*sample, 0.16, ">=", 0.77, Levels(), final=True)
    assert kept.estimate == coverage_at_risk(*sample, 0.16)
    assert kept.interval[0] <= kept.estimate <= kept.interval[1]
    assert kept.interval[0] in [pytest.approx(i / 20) for i in range(21)]


@given(rows, st.sampled_from([0.3, 0.8, 1.0]), st.sampled_from([0.1, 0.5]), st.booleans(), st.data())
@settings(max_examples=40)
def test_the_answer_does_not_depend_on_how_often_it_was_asked(drawn, given_, threshold, of_risk: bool, data) -> None:
    confidence, correct = np.array([c for c, _ in drawn]), np.array([y for _, y in drawn])
    decide = decide_risk_at_coverage if of_risk else decide_coverage_at_risk
    levels = Levels(alpha_pass=0.3, alpha_fail=0.2)
    looks = sorted(data.draw(st.sets(st.integers(1, len(drawn)), max_size=3)) | {len(drawn)})
    whole = decide(confidence, correct, given_, "<=", threshold, levels, final=True)
    asked = [decide(confidence[:n], correct[:n], given_, "<=", threshold, levels, final=n == looks[-1]) for n in looks]
    assert next(one for one in asked if one.outcome is not None) == whole
    if whole.estimate is not None:
        assert 0.0 <= whole.interval[0] <= whole.interval[1] <= 1.0


@pytest.mark.parametrize("decide", [decide_risk_at_coverage, decide_coverage_at_risk])
def test_without_early_stopping_no_order_of_the_rows_matters(decide) -> None:
    rng = np.random.default_rng(86)
    confidence, correct = model(rng, 300, 0.3, 1.5, 4)
    mixed, levels = rng.permutation(300), Levels(early_stopping=False)
    first = decide(confidence, correct, 0.6, "<=", 0.2, levels, final=True)
    assert first == decide(confidence[mixed], correct[mixed], 0.6, "<=", 0.2, levels, final=True)


@pytest.mark.parametrize(("right", "coverage"), [(True, 1.0), (False, 0.0)])
def test_all_right_and_all_wrong(right: bool, coverage: float) -> None:
    sample = np.arange(300.0), np.full(300, right)
    found = decide_coverage_at_risk(*sample, 0.05, ">=", 0.9, Levels(), final=True)
    assert (found.outcome, found.estimate) == ("PASS" if right else "FAIL", coverage)
    found = decide_risk_at_coverage(*sample, 0.5, "<=", 0.2, Levels(), final=True)
    assert (found.outcome, found.estimate) == ("PASS" if right else "FAIL", 1.0 - coverage)


def test_what_holds_anyway_passes() -> None:
    sample = np.arange(20.0), np.zeros(20, bool)
    assert decide_coverage_at_risk(*sample, 0.0, ">=", 0.0, Levels(), final=True).outcome == "PASS"
    assert decide_coverage_at_risk(*sample, 0.0, "<=", 1.0, Levels(), final=True).outcome == "PASS"
    assert decide_risk_at_coverage(*sample, 0.5, "<=", 1.0, Levels(), final=True).outcome == "PASS"


def test_says_what_cannot_be_estimated_and_refuses_nonsense() -> None:
    nothing = np.array([]), np.array([], bool)
    for decide in (decide_risk_at_coverage, decide_coverage_at_risk):
        found = decide(*nothing, 0.5, "<=", 0.1, Levels(), final=True)
        assert (found.outcome, found.n, found.estimate) == ("INCONCLUSIVE", 0, None)
        assert found.reason == "not estimable: there are no rows to judge"
        assert decide(*nothing, 0.5, "<=", 0.1, Levels(), final=False).outcome is None
        with pytest.raises(ValueError, match="NaN"):
            decide(np.array([math.nan]), np.array([True]), 0.5, "<=", 0.1, Levels(), final=False)
        with pytest.raises(ValueError, match="threshold"):
            decide(np.array([0.5]), np.array([True]), 0.5, "<=", 1.5, Levels(), final=False)
        with pytest.raises(ValueError, match=r"1\.5 lies outside"):
            decide(np.array([0.5]), np.array([True]), 1.5, "<=", 0.1, Levels(), final=False)
    few = decide_risk_at_coverage(np.arange(9.0), np.ones(9, bool), 0.1, "<=", 0.1, Levels(), final=True)
    assert (few.outcome, few.estimate) == ("INCONCLUSIVE", None)
    assert few.reason == "not estimable: 9 rows are too few for a coverage of 0.1: it is less than one of them"
