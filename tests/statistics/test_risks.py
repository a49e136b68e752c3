"""Metrics of the most confident rows against their definitions, in all orders of ties, and against scikit-learn."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_robust.statistics.calibration import risk_coverage
from pytest_robust.statistics.decision import NotEstimableError
from pytest_robust.statistics.selective import augrc, aurc, coverage_at_risk, e_aurc, risk_at_coverage

LEVELS_OF_CONFIDENCE = [0.0, 0.2, 0.5, 0.9, 1.0]

rows = st.lists(st.tuples(st.sampled_from(LEVELS_OF_CONFIDENCE), st.booleans()), min_size=1, max_size=60)
few_rows = st.lists(st.tuples(st.sampled_from(LEVELS_OF_CONFIDENCE[2:]), st.booleans()), min_size=1, max_size=6)


def columns(drawn: list[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([sure for sure, _ in drawn]), np.array([right for _, right in drawn])


def naive_risks(correct: np.ndarray) -> np.ndarray:
    """The risks of the k first rows, k = 1..n."""
    return np.cumsum(~correct) / np.arange(1, len(correct) + 1)


def risks_in_all_orders(confidence: np.ndarray, correct: np.ndarray) -> np.ndarray:
    """The mean of `naive_risks` over all rankings that the confidences allow."""
    rankings = [order for order in permutations(range(len(correct))) if (np.diff(confidence[list(order)]) <= 0).all()]
    return np.mean([naive_risks(correct[list(order)]) for order in rankings], axis=0)


@given(few_rows)
@settings(max_examples=50)
def test_aurc_and_risk_are_means_over_all_orders_of_ties(drawn) -> None:
    confidence, correct = columns(drawn)
    risks = risks_in_all_orders(confidence, correct)
    assert aurc(confidence, correct) == pytest.approx(risks.mean())
    for k, risk in enumerate(risks, start=1):
        assert risk_at_coverage(confidence, correct, k / len(risks)) == pytest.approx(risk)


@given(rows)
def test_augrc_is_the_mean_over_pairs_and_agrees_with_scikit_learn(drawn) -> None:
    from sklearn.metrics import roc_auc_score

    confidence, correct = columns(drawn)
    above = (confidence[:, None] > confidence) + (confidence[:, None] == confidence) / 2
    found = augrc(confidence, correct)
    assert found == pytest.approx(np.mean(~correct[:, None] * above))
    error = np.mean(~correct)
    if 0 < error < 1:
        told_apart = roc_auc_score(correct, confidence)
        assert found == pytest.approx((1 - told_apart) * error * (1 - error) + error**2 / 2)


@given(rows, st.randoms(use_true_random=False))
def test_no_order_of_the_rows_matters_and_no_metric_leaves_its_range(drawn, random) -> None:
    first = columns(drawn)
    random.shuffle(drawn)
    second = columns(drawn)
    for metric, most in ((aurc, 1.0), (augrc, 0.5), (lambda *them: risk_at_coverage(*them, 1.0), 1.0)):
        assert metric(*first) == metric(*second)
        assert 0.0 <= metric(*first) <= most
    for share in (0.0, 0.1, 0.37, 1.0):
        assert coverage_at_risk(*first, share) == coverage_at_risk(*second, share)
        assert 0.0 <= coverage_at_risk(*first, share) <= 1.0
    if first[1].any():
        assert e_aurc(*first) == e_aurc(*second)
        assert 0.0 <= e_aurc(*first) <= math.log(2)


def test_a_sort_lets_the_order_of_the_file_decide_where_this_does_not() -> None:
    """1,000 rows, a tenth of them wrong, all equally sure: by a sort the AURC is what the file's order makes it."""
    rng = np.random.default_rng(60)
    confidence, correct = np.full(1000, 0.5), np.arange(1000) >= 100
    by_sort, by_ties = [], []
    for _ in range(5):
        correct = rng.permutation(correct)
        by_sort.append(naive_risks(correct[np.argsort(-confidence, kind="stable")]).mean())
        by_ties.append(aurc(confidence, correct))
    assert by_ties == pytest.approx([0.1] * 5)
    assert max(by_sort) - min(by_sort) > 0.01
    kinder, harsher = np.sort(correct)[::-1], np.sort(correct)
    assert naive_risks(kinder).mean() < 0.02
    assert naive_risks(harsher).mean() > 0.3


@given(st.integers(1, 40), st.integers(0, 40))
def test_the_best_ranking_has_the_least_excess_and_the_worst_the_most(right: int, wrong: int) -> None:
    correct = np.arange(right + wrong) < right
    falling = -np.arange(right + wrong, dtype=float)
    best, worst, even = e_aurc(falling, correct), e_aurc(-falling, correct), e_aurc(np.zeros(right + wrong), correct)
    assert 0.0 <= best <= even <= worst
    error = wrong / (right + wrong)
    assert best <= error / right, "what the sum over rows has above the integral"
    assert worst <= -sum(share * math.log(share) for share in (error, 1 - error) if share > 0) + 1e-12


def test_a_large_sample_has_the_values_of_the_population() -> None:
    """P(wrong | place u) = 0.6 u: AURC = 0.6 * 1/4 / (1/2), AUGRC = 0.6 * (1/2 - 1/3), R(c) = 0.3 c."""
    rng = np.random.default_rng(61)
    place = rng.random(400_000)
    sample = 1 - place, rng.random(len(place)) >= 0.6 * place
    assert aurc(*sample) == pytest.approx(0.15, abs=0.002)
    assert augrc(*sample) == pytest.approx(0.1, abs=0.002)
    assert e_aurc(*sample) == pytest.approx(0.15 - (0.3 + 0.7 * math.log(0.7)), abs=0.002)
    assert risk_at_coverage(*sample, 0.5) == pytest.approx(0.15, abs=0.004)
    assert coverage_at_risk(*sample, 0.2) == pytest.approx(2 / 3, abs=0.01)


@given(rows, st.sampled_from([0.0, 0.05, 0.29, 0.5, 0.7, 1.0]))
def test_coverage_at_risk_is_the_last_coverage_whose_risk_is_kept(drawn, risk: float) -> None:
    confidence, correct = columns(drawn)
    found = coverage_at_risk(confidence, correct, risk)
    n = len(correct)
    if found * n >= 1:
        assert risk_at_coverage(confidence, correct, found) <= risk + 1e-9
    for coverage in np.linspace(max(found + 1e-6, 1 / n), 1.0, 50)[: 50 if found < 1 else 0]:
        assert risk_at_coverage(confidence, correct, coverage) > risk


def test_the_last_coverage_counts_where_the_risk_falls_again() -> None:
    """Wrong only at the top: the risk is 1 at first, and kept at the end alone."""
    confidence, correct = np.arange(100.0), np.arange(100) < 95
    assert risk_at_coverage(confidence, correct, 0.05) == 1.0
    assert coverage_at_risk(confidence, correct, 0.05) == 1.0
    assert coverage_at_risk(confidence, correct, 0.0499) == 0.0


def test_whole_numbers_of_rows_survive_rounding() -> None:
    """0.29 * 100 is a little below 29, and 29 wrong rows of 100 are a risk of 0.29."""
    assert coverage_at_risk(np.zeros(100), np.arange(100) >= 29, 0.29) == 1.0
    assert risk_at_coverage(np.arange(100.0), np.arange(100) < 71, 0.29) == pytest.approx(1.0)


def test_the_curve_of_the_report_passes_through_the_same_risks() -> None:
    rng = np.random.default_rng(62)
    confidence, correct = np.round(rng.random(300), 1), rng.random(300) < 0.7
    for coverage, risk in risk_coverage(confidence, correct):
        assert risk_at_coverage(confidence, correct, coverage) == pytest.approx(risk)


@pytest.mark.parametrize(("correct", "risk"), [(True, 0.0), (False, 1.0)])
@pytest.mark.parametrize("confidence", [0.0, 1.0, math.inf, -math.inf])
def test_one_row_is_a_sample(confidence: float, correct: bool, risk: float) -> None:
    row = np.array([confidence]), np.array([correct])
    assert (aurc(*row), augrc(*row), risk_at_coverage(*row, 1.0)) == (risk, risk / 2, risk)
    assert coverage_at_risk(*row, 0.5) == 1.0 - risk


def test_infinite_confidences_tie_with_each_other_only() -> None:
    confidence, correct = np.array([math.inf, math.inf, 3.0, -math.inf]), np.array([False, True, True, True])
    assert aurc(confidence, correct) == pytest.approx((1 / 2 + 1 / 2 + 1 / 3 + 1 / 4) / 4)


def test_says_what_cannot_be_estimated() -> None:
    nothing = np.array([]), np.array([], bool)
    for metric in (aurc, augrc, e_aurc, lambda *them: risk_at_coverage(*them, 0.5)):
        with pytest.raises(NotEstimableError, match="not estimable: there are no rows"):
            metric(*nothing)
    with pytest.raises(NotEstimableError, match="no answer is right"):
        e_aurc(np.arange(5.0), np.zeros(5, bool))
    with pytest.raises(NotEstimableError, match=r"3 rows are too few for a coverage of 0\.3"):
        risk_at_coverage(np.arange(3.0), np.ones(3, bool), 0.3)


def test_refuses_what_is_no_confidence_coverage_or_risk() -> None:
    with pytest.raises(ValueError, match="of row 1 is NaN"):
        aurc(np.array([0.5, math.nan]), np.array([True, True]))
    with pytest.raises(ValueError, match=r"\(n,\) twice"):
        augrc(np.array([0.5, 0.5]), np.array([True]))
    row = np.array([0.5]), np.array([True])
    for coverage in (0.0, -0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="coverage"):
            risk_at_coverage(*row, coverage)
    for risk in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="risk"):
            coverage_at_risk(*row, risk)
