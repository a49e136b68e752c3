"""Perfect calibration can be disproved: never of a calibrated model too often, and soon of one that is not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from pytest_robust.statistics import Levels
from pytest_robust.statistics.calibrated import NEVER_PROVEN, decide_calibrated, log_e_calibrated
from pytest_robust.statistics.calibration import bin_of
from pytest_robust.statistics.ece import log_e_above

SURE = {"never": (1.0, 1.0), "mostly": (10.0, 1.0), "nearly always": (2.0, 0.05)}

rows = st.lists(
    st.tuples(st.sampled_from([0.0, 1e-9, 0.3, 0.5, 0.9, 1 - 1e-8, 1.0]), st.booleans()), min_size=1, max_size=80
).map(lambda drawn: (np.array([c for c, _ in drawn]), np.array([float(y) for _, y in drawn])))


@pytest.mark.parametrize("sure", SURE)
def test_a_calibrated_model_is_called_one_that_is_not_with_probability_alpha_at_most(sure: str) -> None:
    """However sure it is, and looked at after every row."""
    rng = np.random.default_rng(28)
    runs, alpha, wrong = 500, 0.1, 0
    for _ in range(runs):
        confidence = rng.beta(*SURE[sure], 400)
        wrong += bool((log_e_calibrated(confidence, rng.random(400) < confidence) >= -math.log(alpha)).any())
    assert 0 < wrong <= binom.isf(1e-4, runs, alpha)


@pytest.mark.parametrize("confidence", [0.0, 1e-8, 0.4, 0.99, 1 - 1e-8, 1.0])
@pytest.mark.parametrize("earlier", [0, 1, 1000])
def test_one_row_of_a_calibrated_model_leaves_the_wealth_as_it_is_in_expectation(
    confidence: float, earlier: int
) -> None:
    """Whatever came before: rows that were all wrong, or all right."""
    for past in (0.0, 1.0):
        before = np.full(earlier, confidence), np.full(earlier, past)
        after = [
            log_e_calibrated(np.append(before[0], confidence), np.append(before[1], y))[-1]
            - (log_e_calibrated(*before)[-1] if earlier else 0.0)
            for y in (0.0, 1.0)
        ]
        expected = (1 - confidence) * math.exp(after[0]) + confidence * math.exp(after[1])
        assert expected == pytest.approx(1.0, abs=1e-6)


@given(rows)
@settings(deadline=None)
def test_wealth_is_the_likelihood_under_confidence_corrected_by_earlier_rows(drawn) -> None:
    """Multiplied out one row after the other, where no confidence is too near to 0 or 1."""
    confidence, right = np.clip(drawn[0], 0.01, 0.99), drawn[1]
    place, wealth = bin_of(confidence), 1.0
    for row, (c, y) in enumerate(zip(confidence, right, strict=True)):
        past = [right[i] - confidence[i] for i in range(row) if place[i] == place[row]]
        corrected = min(max(c + sum(past) / (len(past) + 30), c / 2), (1 + c) / 2)
        wealth *= corrected / c if y else (1 - corrected) / (1 - c)
    assert log_e_calibrated(confidence, right)[-1] == pytest.approx(math.log(wealth), abs=1e-9)


@pytest.mark.parametrize(("wrong_by", "sure"), [(-0.06, "mostly"), (0.1, "never"), (-0.1, "never")])
def test_a_model_that_is_not_is_found_out_sooner_than_by_the_test_of_the_ece(wrong_by: float, sure: str) -> None:
    stops: dict[str, list[int]] = {"ours": [], "ece": []}
    for seed in range(25):
        rng = np.random.default_rng(seed)
        confidence = rng.beta(*SURE[sure], 3000)
        right = (rng.random(3000) < np.clip(confidence + wrong_by, 0, 1)).astype(float)
        paths = {
            "ours": log_e_calibrated(confidence, right),
            "ece": log_e_above(right - confidence, bin_of(confidence), 0.0),
        }
        for name, path in paths.items():
            stops[name].append(int((path >= math.log(100)).argmax()) or 3000)
    assert np.median(stops["ours"]) < 0.75 * np.median(stops["ece"]) < 1500


@given(rows, st.data())
@settings(deadline=None, max_examples=60)
def test_the_answer_does_not_depend_on_how_often_it_was_asked(drawn, data) -> None:
    confidence, right = drawn
    levels = Levels(alpha_fail=0.2)
    looks = sorted(data.draw(st.sets(st.integers(1, len(right)), max_size=4)) | {len(right)})
    whole = decide_calibrated(confidence, right > 0, levels, final=True)
    answers = [decide_calibrated(confidence[:n], right[:n] > 0, levels, final=n == looks[-1]) for n in looks]
    assert next(answer for answer in answers if answer.outcome is not None) == whole
    assert whole.outcome in ("FAIL", "INCONCLUSIVE")
    assert (whole.reason == NEVER_PROVEN) == (whole.outcome == "INCONCLUSIVE")
    assert math.isfinite(whole.log10_e_value)


@pytest.mark.parametrize(("confidence", "right"), [(1.0, 0.0), (0.0, 1.0)])
def test_certainty_that_is_wrong_is_disproved_soon_but_in_no_single_row(confidence: float, right: float) -> None:
    path = log_e_calibrated(np.full(5, confidence), np.full(5, right))
    assert path[0] == 0.0
    assert path[1] > math.log(1000)
    assert (log_e_calibrated(np.full(5, confidence), np.full(5, 1 - right)) == 0.0).all()


def test_no_rows_and_all_rows() -> None:
    nothing = decide_calibrated(np.array([]), np.array([], bool), Levels(), final=True)
    assert (nothing.outcome, nothing.n) == ("INCONCLUSIVE", 0)
    levels = Levels(early_stopping=False)
    confidence, correct = np.full(500, 0.9), np.arange(500) % 2 == 0
    assert decide_calibrated(confidence, correct, levels, final=False).outcome is None
    found = decide_calibrated(confidence, correct, levels, final=True)
    assert (found.outcome, found.n) == ("FAIL", 500)
    with pytest.raises(ValueError, match="nan of row 1 lies outside"):
        decide_calibrated(np.array([0.5, np.nan]), np.array([True, True]), Levels(), final=True)
