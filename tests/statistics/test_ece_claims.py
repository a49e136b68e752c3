"""Claims about calibration: errors at the edge under peeking, power, and that prefixes agree with the whole."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from pytest_robust.statistics import Levels
from pytest_robust.statistics.betting import FRACTIONS
from pytest_robust.statistics.calibration import bin_of
from pytest_robust.statistics.ece import decide_ece, guessed_signs, log_e_below


def model(rng: np.random.Generator, n: int, error: float, *, both_ways: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Confidences in the middle of every bin from .5 up, each wrong by exactly `error`: ECE = error in these bins."""
    middles = np.arange(15.5, 29.0, 2) / 30
    place = rng.integers(len(middles), size=n)
    sign = np.where(place % 2, 1.0, -1.0) if both_ways else -1.0
    return middles[place], rng.random(n) < middles[place] + sign * error


@pytest.mark.parametrize("both_ways", [False, True])
def test_errors_at_the_threshold_are_at_most_alpha(both_ways: bool) -> None:
    rng = np.random.default_rng(20)
    runs, levels = 300, Levels(alpha_pass=0.1, alpha_fail=0.1)
    found = [decide_ece(*model(rng, 500, 0.06, both_ways=both_ways), 0.06, levels, final=True) for _ in range(runs)]
    for wrong in ("PASS", "FAIL"):
        assert [decision.outcome for decision in found].count(wrong) <= binom.isf(1e-4, runs, 0.1)
    missed = sum(not decision.interval[0] <= 0.06 <= decision.interval[1] for decision in found)
    assert missed <= binom.isf(1e-4, runs, 0.05)


@pytest.mark.parametrize("both_ways", [False, True])
def test_a_badly_calibrated_model_fails_soon(both_ways: bool) -> None:
    rng = np.random.default_rng(21)
    found = [decide_ece(*model(rng, 2000, 0.2, both_ways=both_ways), 0.05, Levels(), final=True) for _ in range(20)]
    assert {decision.outcome for decision in found} == {"FAIL"}
    assert np.median([decision.n for decision in found]) < 800


def test_a_well_calibrated_model_passes_with_fewer_rows_than_mcdiarmid_asks_for() -> None:
    """PASS of .05 at an ECE of .02 by McDiarmid's bound, sqrt(2 ln(1/alpha) / n) <= .03, needs 6658 rows."""
    mcdiarmid = math.ceil(2 * math.log(1 / 0.05) / 0.03**2)
    assert mcdiarmid == 6658
    rng = np.random.default_rng(22)
    found = [decide_ece(*model(rng, mcdiarmid, 0.02), 0.05, Levels(), final=True) for _ in range(20)]
    assert {decision.outcome for decision in found} == {"PASS"}
    assert np.median([decision.n for decision in found]) < mcdiarmid / 2


def test_estimate_is_near_the_truth_and_inside_the_interval() -> None:
    found = decide_ece(*model(np.random.default_rng(23), 4000, 0.1), 0.1, Levels(), final=True)
    assert found.estimate == pytest.approx(0.1, abs=0.03)
    assert found.interval[0] <= found.estimate <= found.interval[1]
    assert found.outcome == "INCONCLUSIVE"


def test_rows_needed_are_about_enough() -> None:
    rng = np.random.default_rng(24)
    first = decide_ece(*model(rng, 700, 0.03), 0.08, Levels(), final=True)
    assert first.outcome == "INCONCLUSIVE"
    again = [
        decide_ece(*model(rng, 700 + first.rows_needed, first.estimate), 0.08, Levels(), final=True) for _ in range(40)
    ]
    assert sum(decision.outcome == "PASS" for decision in again) >= 28


rows = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.55, 0.6, 0.99, 1.0]), st.booleans()), min_size=1, max_size=150)


@given(rows, st.sampled_from([0.02, 0.1, 0.3, 1.0]), st.data())
@settings(deadline=None, max_examples=60)
def test_the_answer_does_not_depend_on_how_often_it_was_asked(drawn, threshold: float, data) -> None:
    confidence, correct = np.array([c for c, _ in drawn]), np.array([y for _, y in drawn])
    levels = Levels(alpha_pass=0.3, alpha_fail=0.2)
    looks = sorted(data.draw(st.sets(st.integers(1, len(drawn)), max_size=5)) | {len(drawn)})
    whole = decide_ece(confidence, correct, threshold, levels, final=True)
    answers = [decide_ece(confidence[:n], correct[:n], threshold, levels, final=n == looks[-1]) for n in looks]
    assert next(answer for answer in answers if answer.outcome is not None) == whole
    assert whole.outcome is not None
    assert 0 <= whole.interval[0] <= whole.interval[1] <= 1


@given(rows, st.sampled_from([0.02, 0.2]))
@settings(deadline=None)
def test_wealth_for_pass_is_the_least_over_all_signs(drawn, threshold: float) -> None:
    """By brute force: for each stake the least product over the 2^K assignments of a sign to a bin."""
    confidence, correct = np.array([c for c, _ in drawn]), np.array([float(y) for _, y in drawn])
    residual, place = correct - confidence, bin_of(confidence)
    numbers = np.unique(place)
    total = 0.0
    for fraction in FRACTIONS:
        least = math.inf
        for code in range(2 ** len(numbers)):
            sign = np.zeros(15)
            sign[numbers] = [1.0 if code >> i & 1 else -1.0 for i in range(len(numbers))]
            excess = threshold - sign[place] * residual
            least = min(least, float(np.log1p(fraction / (1 - threshold) * excess).sum()))
        total += math.exp(least)
    assert log_e_below(residual, place, threshold)[-1] == pytest.approx(math.log(total / len(FRACTIONS)), abs=1e-9)


@given(rows)
@settings(deadline=None)
def test_signs_are_guessed_from_earlier_rows_only(drawn) -> None:
    confidence, correct = np.array([c for c, _ in drawn]), np.array([float(y) for _, y in drawn])
    residual, place = correct - confidence, bin_of(confidence)
    signs = guessed_signs(residual, place)
    for row in range(len(drawn)):
        past = residual[:row][place[:row] == place[row]].sum()
        if abs(past) > 1e-9:
            assert signs[row] == np.sign(past)
        assert signs[row] in (-1.0, 1.0)


def test_without_early_stopping_all_rows_are_used() -> None:
    confidence, correct = model(np.random.default_rng(25), 1500, 0.2)
    levels = Levels(early_stopping=False)
    assert decide_ece(confidence, correct, 0.05, levels, final=False).outcome is None
    found = decide_ece(confidence, correct, 0.05, levels, final=True)
    assert (found.outcome, found.n) == ("FAIL", 1500)


@pytest.mark.parametrize("n", [0, 1])
def test_no_row_and_one_row_settle_nothing(n: int) -> None:
    assert decide_ece(np.full(n, 0.8), np.ones(n, bool), 0.1, Levels(), final=False).outcome is None
    found = decide_ece(np.full(n, 0.8), np.ones(n, bool), 0.1, Levels(), final=True)
    assert (found.outcome, found.n) == ("INCONCLUSIVE", n)


@pytest.mark.parametrize("wrong", [math.nan, -0.1, 1.1])
def test_refuses_what_is_no_confidence_or_threshold(wrong: float) -> None:
    with pytest.raises(ValueError, match="of row 1 lies outside"):
        decide_ece(np.array([0.5, wrong]), np.array([True, True]), 0.1, Levels(), final=True)
    with pytest.raises(ValueError, match="threshold"):
        decide_ece(np.array([0.5]), np.array([True]), wrong, Levels(), final=True)
