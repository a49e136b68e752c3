"""Classwise calibration against its definition, its bound by brute force, and errors at the edge."""

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
from pytest_robust.statistics.calibration import EDGES, calibration_error
from pytest_robust.statistics.classwise import (
    classwise_error,
    decide_classwise_ece,
    log_e_below,
    signed_parts,
)

ROWS = [(1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.5, 0.3, 0.2), (0.2, 0.2, 0.6), (0.95, 0.04, 0.01)]

rows = st.lists(st.tuples(st.sampled_from(ROWS), st.integers(0, 2)), min_size=1, max_size=80).map(
    lambda drawn: (np.array([p for p, _ in drawn]), np.array([y for _, y in drawn]))
)


def three(rng: np.random.Generator, n: int, error: float) -> tuple[np.ndarray, np.ndarray]:
    """Three kinds of row, each the first of its classes too seldom: E|r_k| is (error, error, 0) turned round."""
    kind = rng.integers(3, size=n)
    shown, true = np.array([0.7, 0.2, 0.1]), np.array([0.7 - error, 0.2 + error, 0.1])
    answer = np.searchsorted(np.cumsum(true), rng.random(n), side="right")
    return np.array([np.roll(shown, k) for k in range(3)])[kind], (answer + kind) % 3


TRUTH = 2 / 3
"""The classwise ECE of `three` in units of its error: each class meets each of three bins in a third of the rows."""


def by_hand(probabilities: np.ndarray, labels: np.ndarray) -> float:
    n, classes = probabilities.shape
    total = 0.0
    for k in range(classes):
        for number in range(15):
            low, high = EDGES[number], EDGES[number + 1]
            held = [i for i in range(n) if low < probabilities[i, k] <= high or (number == probabilities[i, k] == 0)]
            total += abs(sum(float(labels[i] == k) - probabilities[i, k] for i in held)) / n
    return total / classes


@given(rows)
@settings(deadline=None)
def test_plug_in_is_the_sum_over_classes_and_bins(drawn) -> None:
    plug_in, debiased = classwise_error(*drawn)
    assert plug_in == pytest.approx(by_hand(*drawn), abs=1e-12)
    assert 0 <= debiased <= plug_in <= 2 / 3 + 1e-12


@given(rows)
@settings(deadline=None)
def test_of_two_classes_it_is_the_binned_error_of_either(drawn) -> None:
    first = drawn[0][:, 0]
    labels = (drawn[1] > 0).astype(int)
    both = classwise_error(np.column_stack([first, 1 - first]), labels)[0]
    ones = [calibration_error(p, (labels == k).astype(float))[0] for k, p in enumerate((first, 1 - first))]
    assert both == pytest.approx(sum(ones) / 2)


@given(rows, rows, st.integers(0, 79))
@settings(deadline=None)
def test_one_row_moves_the_plug_in_by_at_most_4_over_k_n(drawn, other, at: int) -> None:
    (probabilities, labels), n = drawn, len(drawn[1])
    before = classwise_error(probabilities, labels)[0]
    probabilities, labels = probabilities.copy(), labels.copy()
    probabilities[at % n], labels[at % n] = other[0][0], other[1][0]
    assert abs(classwise_error(probabilities, labels)[0] - before) <= 4 / (3 * n) + 1e-12


@given(st.lists(st.tuples(st.sampled_from(ROWS[2:4]), st.integers(0, 2)), min_size=1, max_size=60), st.floats(0.01, 1))
@settings(deadline=None)
def test_the_wealth_for_pass_is_below_that_of_every_assignment_of_signs(drawn, u: float) -> None:
    """By brute force over the signs of each bin of each class, at the bets that the module's proof speaks of."""
    probabilities, labels = np.array([p for p, _ in drawn]), np.array([y for _, y in drawn])
    residual = (labels[:, None] == np.arange(3)) - probabilities
    kind = (probabilities[:, 0] == 0.5).astype(int)
    log_wealth = []
    for signs in itertools.product([-1.0, 1.0], repeat=6):
        x = (residual * np.array(signs).reshape(2, 3)[kind]).sum(axis=1) / 2
        log_wealth.append([len(x) * f * u + np.log1p(-f * x).sum() for f in FRACTIONS])
    least = np.logaddexp.reduce(np.min(log_wealth, axis=0)) - math.log(len(FRACTIONS))
    _, plug_in, reach = signed_parts(probabilities, labels)
    assert log_e_below(plug_in, reach, u)[-1] <= least + 1e-9
    assert plug_in[-1] / len(labels) * 2 / 3 == pytest.approx(classwise_error(probabilities, labels)[0])


def test_errors_at_the_threshold_are_at_most_alpha() -> None:
    rng = np.random.default_rng(29)
    runs, levels, error = 200, Levels(alpha_pass=0.1, alpha_fail=0.1), 0.1
    found = [decide_classwise_ece(*three(rng, 500, error), TRUTH * error, levels, final=True) for _ in range(runs)]
    for wrong in ("PASS", "FAIL"):
        assert [decision.outcome for decision in found].count(wrong) <= binom.isf(1e-4, runs, 0.1)
    missed = sum(not decision.interval[0] <= TRUTH * error <= decision.interval[1] for decision in found)
    assert missed <= binom.isf(1e-4, runs, 0.05)


def test_it_passes_with_about_half_of_the_rows_that_mcdiarmid_asks_for() -> None:
    """PASS where plug-in + 2/K sqrt(2 ln(1/alpha)/n) is at most the threshold."""
    ours, mcdiarmid = [], []
    n = np.arange(1, 4001)
    for seed in range(15):
        probabilities, labels = three(np.random.default_rng(seed), 4000, 0.0)
        found = decide_classwise_ece(probabilities, labels, 0.05, Levels(), final=True)
        assert found.outcome == "PASS"
        ours.append(found.n)
        _, plug_in, _ = signed_parts(probabilities, labels)
        mcdiarmid.append(int((2 / 3 * (plug_in / n + np.sqrt(2 * math.log(20) / n)) <= 0.05).argmax()))
    assert np.median(ours) < 0.6 * np.median(mcdiarmid)


def test_a_badly_calibrated_model_fails_soon() -> None:
    found = [
        decide_classwise_ece(*three(np.random.default_rng(seed), 2000, 0.2), 0.05, Levels(), final=True)
        for seed in range(15)
    ]
    assert {decision.outcome for decision in found} == {"FAIL"}
    assert np.median([decision.n for decision in found]) < 500


@pytest.mark.parametrize(("error", "threshold", "outcome"), [(0.0, 0.05, "PASS"), (0.2, 0.11, "FAIL")])
def test_rows_needed_are_about_enough(error: float, threshold: float, outcome: str) -> None:
    rng = np.random.default_rng(30)
    first = decide_classwise_ece(*three(rng, 300, error), threshold, Levels(), final=True)
    assert first.outcome == "INCONCLUSIVE"
    total = 300 + first.rows_needed
    as_observed = first.estimate / TRUTH
    again = [decide_classwise_ece(*three(rng, total, as_observed), threshold, Levels(), final=True) for _ in range(20)]
    assert sum(decision.outcome == outcome for decision in again) >= 14


@given(rows, st.sampled_from([0.0, 0.1, 0.5, 1.0]), st.data())
@settings(deadline=None, max_examples=60)
def test_the_answer_does_not_depend_on_how_often_it_was_asked(drawn, threshold: float, data) -> None:
    probabilities, labels = drawn
    levels = Levels(alpha_pass=0.3, alpha_fail=0.2)
    looks = sorted(data.draw(st.sets(st.integers(1, len(labels)), max_size=4)) | {len(labels)})
    whole = decide_classwise_ece(probabilities, labels, threshold, levels, final=True)
    answers = [
        decide_classwise_ece(probabilities[:n], labels[:n], threshold, levels, final=n == looks[-1]) for n in looks
    ]
    assert next(answer for answer in answers if answer.outcome is not None) == whole
    assert 0 <= whole.interval[0] <= whole.interval[1] <= 2 / 3 + 1e-12
    assert 0 <= whole.estimate <= 2 / 3 + 1e-12


def test_a_thousand_classes_of_which_most_are_never_seen() -> None:
    rng = np.random.default_rng(31)
    probabilities = rng.dirichlet(np.full(1000, 0.0005), 300)
    labels = np.array([rng.choice(1000, p=p) for p in probabilities])
    found = decide_classwise_ece(probabilities, labels, 0.001, Levels(), final=True)
    assert (found.outcome, found.interval[0]) == ("PASS", 0.0)


@pytest.mark.parametrize("n", [0, 1])
def test_no_row_and_one_row_settle_nothing(n: int) -> None:
    probabilities, labels = np.full((n, 4), 0.25), np.zeros(n, int)
    assert decide_classwise_ece(probabilities, labels, 0.1, Levels(), final=False).outcome is None
    found = decide_classwise_ece(probabilities, labels, 0.1, Levels(), final=True)
    assert (found.outcome, found.n) == ("INCONCLUSIVE", n)


@pytest.mark.parametrize(
    ("probabilities", "labels", "threshold", "message"),
    [
        ([[0.5, 0.5], [0.9, 0.2]], [0, 1], 0.1, "row 1 holds no probabilities"),
        ([[math.nan, 0.5]], [0], 0.1, "row 0 holds no probabilities"),
        ([[1.5, -0.5]], [0], 0.1, "row 0 holds no probabilities"),
        ([[0.5, 0.5]], [2], 0.1, "label 2 of row 0 is none of the 2 classes"),
        ([[0.5, 0.5]], [0], 1.5, "threshold 1.5"),
        ([0.5, 0.5], [0, 1], 0.1, "give"),
        ([[0.5, 0.5]], [0, 1], 0.1, "give"),
    ],
)
def test_refuses_what_is_no_answer(probabilities, labels, threshold: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decide_classwise_ece(np.array(probabilities), np.array(labels), threshold, Levels(), final=True)
