"""The false alarms at a rate of detection: against scikit-learn and the definition, and the errors of claims."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binom, norm

from pytest_robust.statistics import Levels
from pytest_robust.statistics.decision import NotEstimableError
from pytest_robust.statistics.detection import decide_fpr_at_tpr, fpr_at_tpr, threshold_at_tpr

some = st.sampled_from([0.0, 0.25, 0.5, 0.9, 1.0])
unfamiliar_scores = st.integers(20, 60).flatmap(lambda n: arrays(np.float64, n, elements=some))
familiar_scores = st.integers(1, 40).flatmap(lambda n: arrays(np.float64, n, elements=some))


@given(unfamiliar_scores, familiar_scores, st.sampled_from([0.5, 0.8, 0.95]))
def test_rate_is_that_of_the_first_threshold_that_catches_enough(unfamiliar, familiar, tpr: float) -> None:
    from sklearn.metrics import roc_curve

    truth = np.r_[np.ones(len(unfamiliar)), np.zeros(len(familiar))]
    false, true, _ = roc_curve(truth, np.r_[unfamiliar, familiar], drop_intermediate=False)
    found = fpr_at_tpr(unfamiliar, familiar, tpr)
    assert found == pytest.approx(false[np.argmax(true >= tpr - 1e-12)])
    assert 0.0 <= found <= 1.0


@given(unfamiliar_scores, familiar_scores, st.randoms(use_true_random=False))
def test_no_order_of_the_rows_matters(unfamiliar, familiar, random) -> None:
    first = fpr_at_tpr(unfamiliar, familiar)
    one, other = unfamiliar.tolist(), familiar.tolist()
    random.shuffle(one)
    random.shuffle(other)
    assert fpr_at_tpr(np.array(one), np.array(other)) == first


def test_whole_numbers_of_rows_survive_rounding() -> None:
    """0.7 * 10 is a little above 7, and 7 of 10 are a share of 0.7."""
    assert fpr_at_tpr(np.arange(10.0), np.arange(10.0), tpr=0.7) == 0.7


def normal(rng: np.random.Generator, m: int, n: int, grain: int) -> tuple[np.ndarray, np.ndarray]:
    scores = rng.normal(2, 1, m), rng.normal(0, 1, n)
    return tuple(np.round(ones * grain) / grain for ones in scores) if grain else scores


def truth(grain: int, tpr: float) -> float:
    """At the highest threshold that catches `tpr`; rounded scores are thresholds 1 / grain apart."""
    threshold = 2 + norm.isf(tpr)
    if grain:
        threshold = math.floor(threshold * grain + 0.5) / grain - 0.5 / grain
    return float(norm.sf(threshold))


@pytest.mark.parametrize("grain", [0, 2])
@pytest.mark.parametrize(("m", "n"), [(150, 100), (60, 400)])
def test_errors_at_the_threshold_are_at_most_alpha(grain: int, m: int, n: int) -> None:
    """At the threshold both the claim and its opposite hold in the limit: PASS and FAIL are both errors."""
    rng = np.random.default_rng(90)
    runs, rate = 300, truth(grain, 0.8)
    large = normal(np.random.default_rng(91), 400_000, 400_000, grain)
    assert fpr_at_tpr(*large, 0.8) == pytest.approx(rate, abs=0.006)
    levels = Levels(alpha_pass=0.1, alpha_fail=0.1, interval_confidence=0.8)
    found = [decide_fpr_at_tpr(*normal(rng, m, n, grain), "<=", rate, levels, tpr=0.8, final=True) for _ in range(runs)]
    for wrong in ("PASS", "FAIL"):
        assert [one.outcome for one in found].count(wrong) <= binom.isf(1e-4, runs, 0.1)
    assert sum(one.outcome != "INCONCLUSIVE" for one in found) > 0
    missed = sum(not one.interval[0] <= rate <= one.interval[1] for one in found)
    assert missed <= binom.isf(1e-4, runs, 0.2)


@pytest.mark.parametrize(
    ("operator", "threshold", "outcome"), [("<=", 0.6, "PASS"), (">=", 0.6, "FAIL"), ("<=", 0.15, "FAIL")]
)
def test_clear_cases_are_settled_at_a_look(operator, threshold: float, outcome: str) -> None:
    sample = normal(np.random.default_rng(92), 2000, 1500, 0)
    found = decide_fpr_at_tpr(*sample, operator, threshold, Levels(), final=False)
    assert (found.outcome, found.n in (100, 200, 400, 800)) == (outcome, True)
    assert found.interval[0] <= found.estimate <= found.interval[1]


def test_rows_needed_speak_of_the_unfamiliar_ones_or_say_that_the_familiar_are_too_few() -> None:
    levels = Levels(early_stopping=False)
    unfamiliar, familiar = norm.ppf((np.arange(200) + 0.5) / 200) + 2, norm.ppf((np.arange(5000) + 0.5) / 5000)
    first = decide_fpr_at_tpr(unfamiliar, familiar, "<=", 0.44, levels, final=True)
    assert (first.outcome, first.reason) == ("INCONCLUSIVE", None)
    rng, more = np.random.default_rng(93), 200 + first.rows_needed
    again = [
        decide_fpr_at_tpr(rng.normal(2, 1, more), familiar, "<=", 0.44, levels, final=True).outcome for _ in range(30)
    ]
    assert again.count("PASS") >= 18
    few = decide_fpr_at_tpr(unfamiliar, familiar[::100], "<=", 0.4, levels, final=True)
    assert (few.outcome, few.rows_needed) == ("INCONCLUSIVE", None)
    assert "against 50 familiar ones" in few.reason


@given(unfamiliar_scores, familiar_scores, st.data())
@settings(max_examples=40)
def test_the_answer_does_not_depend_on_how_often_it_was_asked(unfamiliar, familiar, data) -> None:
    levels, unfamiliar = Levels(alpha_pass=0.3, alpha_fail=0.2), np.tile(unfamiliar, 5)
    looks = sorted(data.draw(st.sets(st.integers(1, len(unfamiliar)), max_size=3)) | {len(unfamiliar)})
    whole = decide_fpr_at_tpr(unfamiliar, familiar, "<=", 0.4, levels, final=True)
    asked = [decide_fpr_at_tpr(unfamiliar[:m], familiar, "<=", 0.4, levels, final=m == looks[-1]) for m in looks]
    assert next(one for one in asked if one.outcome is not None) == whole


def test_says_what_cannot_be_estimated() -> None:
    plenty, none = np.arange(100.0), np.array([])
    for unfamiliar, familiar, why in (
        (none, plenty, "there is no unfamiliar one"),
        (plenty, none, "there is no familiar one"),
        (plenty[:19], plenty, "19 unfamiliar rows are too few"),
    ):
        with pytest.raises(NotEstimableError, match=why):
            fpr_at_tpr(unfamiliar, familiar)
        found = decide_fpr_at_tpr(unfamiliar, familiar, "<=", 0.5, Levels(), final=True)
        assert (found.outcome, found.estimate) == ("INCONCLUSIVE", None)
        assert found.reason.startswith("not estimable: ")
        assert decide_fpr_at_tpr(unfamiliar, familiar, "<=", 0.5, Levels(), final=False).outcome is None
    assert fpr_at_tpr(plenty[:20], plenty) == 0.99


def test_refuses_nan_and_what_is_no_rate() -> None:
    plenty = np.arange(100.0)
    with pytest.raises(ValueError, match="of familiar row 0 is NaN"):
        decide_fpr_at_tpr(plenty, np.array([math.nan]), "<=", 0.5, Levels(), final=False)
    for tpr in (0.0, 1.0, math.nan):
        with pytest.raises(ValueError, match="true positive rate"):
            fpr_at_tpr(plenty, plenty, tpr)
        with pytest.raises(ValueError, match="true positive rate"):
            decide_fpr_at_tpr(plenty, plenty, "<=", 0.5, Levels(), tpr=tpr, final=False)
    with pytest.raises(ValueError, match="threshold"):
        decide_fpr_at_tpr(plenty, plenty, "<=", 1.5, Levels(), final=False)


def test_the_threshold_is_the_highest_score_that_the_share_reaches() -> None:
    scores = np.array([3.0, 1.0, 2.0, 2.0, 5.0])
    assert threshold_at_tpr(scores, 0.8) == 2.0
    assert threshold_at_tpr(scores, 0.81) == 1.0
    with pytest.raises(ValueError, match="no unfamiliar scores"):
        threshold_at_tpr(np.array([]))
    with pytest.raises(ValueError, match="does not lie between 0 and 1"):
        threshold_at_tpr(scores, 1.0)
