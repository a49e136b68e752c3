"""Overconfidence and underconfidence apart: parts of the ECE, with errors at the threshold of at most alpha."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from pytest_robust.statistics import Levels
from pytest_robust.statistics.betting import FRACTIONS
from pytest_robust.statistics.calibration import EDGES, EITHER, OVER, UNDER, bin_of, calibration_error
from pytest_robust.statistics.ece import (
    decide_ece,
    decide_overconfidence,
    decide_underconfidence,
    ece_interval,
    guessed_signs,
    log_e_below,
)

PARTS = [(decide_overconfidence, OVER), (decide_underconfidence, UNDER)]

rows = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.55, 0.6, 0.99, 1.0]), st.booleans()), min_size=1, max_size=120
).map(lambda drawn: (np.array([c for c, _ in drawn]), np.array([y for _, y in drawn])))


def both_ways(rng: np.random.Generator, n: int, error: float) -> tuple[np.ndarray, np.ndarray]:
    """Half the rows are overconfident by `error` in these bins, half underconfident: each part is error / 2."""
    middles = np.array([15.5, 17.5, 19.5, 21.5]) / 30
    place = rng.integers(len(middles), size=n)
    return middles[place], rng.random(n) < middles[place] + np.where(place % 2, error, -error)


@given(rows)
@settings(deadline=None)
def test_the_parts_are_sums_over_bins_and_add_up_to_the_ece(drawn) -> None:
    confidence, correct = drawn
    gaps = []
    for number in range(15):
        low, high = EDGES[number], EDGES[number + 1]
        held = [i for i, c in enumerate(confidence) if low < c <= high or (number == 0 and c == 0)]
        gaps.append(sum(confidence[i] - float(correct[i]) for i in held) / len(confidence))
    over, under, whole = (
        calibration_error(confidence, correct.astype(float), signs=signs)[0] for signs in (OVER, UNDER, EITHER)
    )
    assert over == pytest.approx(sum(max(0.0, gap) for gap in gaps), abs=1e-12)
    assert under == pytest.approx(sum(max(0.0, -gap) for gap in gaps), abs=1e-12)
    assert over + under == pytest.approx(whole, abs=1e-12)


@pytest.mark.parametrize(("decide", "signs"), PARTS)
def test_debiased_is_nearly_unbiased_where_the_model_is_off(decide, signs) -> None:
    found = []
    for seed in range(100):
        confidence, correct = both_ways(np.random.default_rng(seed), 800, 0.2)
        found.append(calibration_error(confidence, correct.astype(float), signs=signs)[1])
    assert np.mean(found) == pytest.approx(0.1, abs=0.004)


@pytest.mark.parametrize(("decide", "signs"), PARTS)
def test_errors_at_the_threshold_are_at_most_alpha(decide, signs) -> None:
    rng = np.random.default_rng(26)
    runs, levels = 200, Levels(alpha_pass=0.1, alpha_fail=0.1)
    found = [decide(*both_ways(rng, 400, 0.12), 0.06, levels, final=True) for _ in range(runs)]
    for wrong in ("PASS", "FAIL"):
        assert [decision.outcome for decision in found].count(wrong) <= binom.isf(1e-4, runs, 0.1)
    missed = sum(not decision.interval[0] <= 0.06 <= decision.interval[1] for decision in found)
    assert missed <= binom.isf(1e-4, runs, 0.05)


def test_each_part_fails_and_passes_where_it_should() -> None:
    rng = np.random.default_rng(27)
    confidence = np.full(3000, 0.7)
    modest, proud = rng.random(3000) < 0.85, rng.random(3000) < 0.55
    levels = Levels()
    assert decide_overconfidence(confidence, proud, 0.05, levels, final=True).outcome == "FAIL"
    assert decide_overconfidence(confidence, modest, 0.05, levels, final=True).outcome == "PASS"
    assert decide_underconfidence(confidence, modest, 0.05, levels, final=True).outcome == "FAIL"
    assert decide_underconfidence(confidence, proud, 0.05, levels, final=True).outcome == "PASS"
    assert decide_ece(confidence, modest, 0.05, levels, final=True).outcome == "FAIL"


@given(rows, st.sampled_from([OVER, UNDER]), st.sampled_from([0.02, 0.2]))
@settings(deadline=None, max_examples=60)
def test_wealth_for_pass_is_the_least_over_all_signs(drawn, signs, threshold: float) -> None:
    """By brute force: for each stake the least product over the 2^K assignments of a sign to a bin."""
    confidence, correct = drawn
    residual, place = correct - confidence, bin_of(confidence)
    numbers = np.unique(place)
    total = 0.0
    for fraction in FRACTIONS:
        least = math.inf
        for code in range(2 ** len(numbers)):
            sign = np.zeros(15)
            sign[numbers] = [signs[code >> i & 1] for i in range(len(numbers))]
            least = min(least, float(np.log1p(fraction / (1 - threshold) * (threshold - sign[place] * residual)).sum()))
        total += math.exp(least)
    found = log_e_below(residual, place, threshold, signs)[-1]
    assert found == pytest.approx(math.log(total / len(FRACTIONS)), abs=1e-9)


@given(rows, st.sampled_from([OVER, UNDER]))
@settings(deadline=None)
def test_signs_are_guessed_from_earlier_rows_only(drawn, signs) -> None:
    confidence, correct = drawn
    residual, place = correct - confidence, bin_of(confidence)
    guessed = guessed_signs(residual, place, signs)
    for row in range(len(confidence)):
        past = residual[:row][place[:row] == place[row]].sum()
        assert guessed[row] in signs
        if abs(past) > 1e-9:
            assert guessed[row] == signs[int(past > 0)]


@given(rows, st.sampled_from(PARTS), st.sampled_from([0.0, 0.1, 1.0]), st.data())
@settings(deadline=None, max_examples=60)
def test_the_answer_does_not_depend_on_how_often_it_was_asked(drawn, part, threshold: float, data) -> None:
    (confidence, correct), (decide, signs) = drawn, part
    levels = Levels(alpha_pass=0.3, alpha_fail=0.2)
    looks = sorted(data.draw(st.sets(st.integers(1, len(correct)), max_size=4)) | {len(correct)})
    whole = decide(confidence, correct, threshold, levels, final=True)
    answers = [decide(confidence[:n], correct[:n], threshold, levels, final=n == looks[-1]) for n in looks]
    assert next(answer for answer in answers if answer.outcome is not None) == whole
    assert 0 <= whole.interval[0] <= whole.interval[1] <= 1
    residual, place = correct - confidence, bin_of(confidence)
    assert ece_interval(residual, place, 0.1, signs)[0] <= calibration_error(confidence, correct, signs=signs)[0] + 1e-9


@pytest.mark.parametrize(("decide", "signs"), PARTS)
def test_no_row_and_one_row_settle_nothing_and_what_is_no_confidence_is_refused(decide, signs) -> None:
    for n in (0, 1):
        found = decide(np.full(n, 1.0), np.zeros(n, bool), 0.1, Levels(), final=True)
        assert (found.outcome, found.n) == ("INCONCLUSIVE", n)
    with pytest.raises(ValueError, match="of row 0 lies outside"):
        decide(np.array([1.5]), np.array([True]), 0.1, Levels(), final=True)
