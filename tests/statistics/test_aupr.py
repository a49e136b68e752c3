"""AUPR against scikit-learn, its error against repetitions, and the errors of claims where rows are few or far off."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binom

from pytest_robust.statistics import Levels
from pytest_robust.statistics.aupr import PrecisionSample, area_and_error
from pytest_robust.statistics.decision import NotEstimableError
from pytest_robust.statistics.detection import aupr, decide_aupr

scores = st.integers(1, 40).flatmap(
    lambda n: arrays(np.float64, n, elements=st.sampled_from([0.0, 0.25, 0.5, 0.9, 1.0, math.inf]))
)


@given(scores.map(np.nan_to_num), scores.map(np.nan_to_num), st.sampled_from([None, 0.1, 0.5, 0.9]))
def test_area_agrees_with_scikit_learn(unfamiliar, familiar, prevalence: float | None) -> None:
    from sklearn.metrics import average_precision_score

    m, n = len(unfamiliar), len(familiar)
    share = m / (m + n) if prevalence is None else prevalence
    weights = np.r_[np.full(m, share / m), np.full(n, (1 - share) / n)]
    truth = np.r_[np.ones(m), np.zeros(n)]
    expected = average_precision_score(truth, np.r_[unfamiliar, familiar], sample_weight=weights)
    assert aupr(unfamiliar, familiar, prevalence) == pytest.approx(expected)


@given(scores, scores, st.randoms(use_true_random=False))
def test_no_order_of_the_rows_matters_and_it_does_not_leave_its_range(unfamiliar, familiar, random) -> None:
    first = aupr(unfamiliar, familiar, 0.4)
    one, other = unfamiliar.tolist(), familiar.tolist()
    random.shuffle(one)
    random.shuffle(other)
    assert aupr(np.array(one), np.array(other), 0.4) == first
    assert 0.0 < first <= 1.0


def test_a_score_that_says_nothing_has_the_prevalence_and_a_perfect_one_all() -> None:
    assert aupr(np.zeros(30), np.zeros(70)) == pytest.approx(0.3)
    assert aupr(np.zeros(30), np.zeros(70), 0.8) == pytest.approx(0.8)
    assert aupr(np.ones(30), np.zeros(70)) == 1.0


@pytest.mark.parametrize("grain", [0, 2])
def test_error_is_the_spread_of_areas_over_repetitions(grain: int) -> None:
    rng = np.random.default_rng(100)

    def falling(mean: float, n: int) -> tuple[np.ndarray, np.ndarray]:
        drawn = rng.normal(mean, 1, n)
        return np.sort(np.round(drawn * grain) / grain if grain else drawn)[::-1], np.ones(n)

    found = [area_and_error(falling(1, 150), falling(0, 250), 0.3) for _ in range(400)]
    assert np.mean([error for _, error in found]) == pytest.approx(np.std([area for area, _ in found]), rel=0.12)
    unfamiliar, familiar = falling(1, 150), falling(0, 250)
    assert area_and_error(unfamiliar, familiar, 0.3)[0] == pytest.approx(aupr(unfamiliar[0], familiar[0], 0.3))


def test_weights_are_as_good_as_repetitions() -> None:
    rng = np.random.default_rng(101)
    unfamiliar, familiar = np.sort(rng.normal(1, 1, 80))[::-1], np.sort(rng.normal(0, 1, 90))[::-1]
    weighted = PrecisionSample(unfamiliar, familiar, 0.3).grown(3)
    repeated = PrecisionSample(np.repeat(unfamiliar, 3), familiar, 0.3)
    assert weighted.n == repeated.n == 240
    for operator in (">=", "<="):
        assert weighted.limit(operator, 0.05) == pytest.approx(repeated.limit(operator, 0.05))
        assert weighted.p_value(operator, 0.6, 0.05) == pytest.approx(repeated.p_value(operator, 0.6, 0.05))


def off(rng: np.random.Generator, drawn: np.ndarray, share: float, by: float) -> np.ndarray:
    return drawn + by * (rng.random(len(drawn)) < share)


MODELS = {
    "normal": lambda rng, m, n: (rng.normal(1.8, 1, m), rng.normal(0, 1, n)),
    "rounded": lambda rng, m, n: (np.round(rng.normal(2, 1, m)), np.round(rng.normal(0, 1, n))),
    "wide unfamiliar": lambda rng, m, n: (rng.normal(2, 3, m), rng.normal(0, 1, n)),
    "wide familiar": lambda rng, m, n: (rng.normal(2, 1, m), rng.normal(0, 3, n)),
    "familiar far off": lambda rng, m, n: (rng.normal(3, 1, m), off(rng, rng.normal(0, 1, n), 0.01, 9.0)),
    "unfamiliar far off": lambda rng, m, n: (off(rng, rng.normal(3, 1, m), 0.01, -12.0), rng.normal(0, 1, n)),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("m", "n", "prevalence"), [(30, 30, 0.5), (100, 300, 0.05), (300, 100, 0.5)])
def test_errors_at_the_threshold_are_at_most_alpha(name: str, m: int, n: int, prevalence: float) -> None:
    """At the threshold both the claim and its opposite hold in the limit: PASS and FAIL are both errors."""
    rng = np.random.default_rng(102)
    runs, model = 250, MODELS[name]
    truth = aupr(*model(np.random.default_rng(103), 200_000, 200_000), prevalence)
    levels = Levels(alpha_pass=0.1, alpha_fail=0.1, early_stopping=False, interval_confidence=0.8)
    found = [
        decide_aupr(*model(rng, m, n), ">=", truth, levels, prevalence=prevalence, final=True) for _ in range(runs)
    ]
    for wrong in ("PASS", "FAIL"):
        assert [one.outcome for one in found].count(wrong) <= binom.isf(1e-4, runs, 0.1)
    missed = sum(not one.interval[0] <= truth <= one.interval[1] for one in found)
    assert missed <= binom.isf(1e-4, runs, 0.2)


def test_rows_that_a_sample_lacks_are_reckoned_with() -> None:
    """1 in 100 familiar rows lies above all: of 100, a third of all samples have none, and look much too good.

    Without the rows added, twice the error that is allowed and more.
    """
    rng, model = np.random.default_rng(104), MODELS["familiar far off"]
    truth = aupr(*model(np.random.default_rng(105), 200_000, 200_000), 0.5)
    naive = cautious = 0
    for _ in range(300):
        unfamiliar, familiar = (np.sort(ones)[::-1] for ones in model(rng, 300, 100))
        area, error = area_and_error((unfamiliar, np.ones(300)), (familiar, np.ones(100)), 0.5)
        naive += area - 1.645 * error > truth
        cautious += PrecisionSample(unfamiliar, familiar, 0.5).limit(">=", 0.05) > truth
    assert naive > 0.1 * 300
    assert cautious <= binom.isf(1e-4, 300, 0.05)


@pytest.mark.parametrize(("threshold", "outcome"), [(0.8, "PASS"), (0.97, "FAIL"), (0.9, "INCONCLUSIVE")])
def test_outcomes_at_the_end(threshold: float, outcome: str) -> None:
    sample = MODELS["normal"](np.random.default_rng(106), 500, 500)
    found = decide_aupr(*sample, ">=", threshold, Levels(), final=True)
    assert (found.outcome, found.n, found.estimate) == (outcome, 500, aupr(*sample))
    assert "asymptotic" in found.method
    assert found.interval[0] < found.estimate < found.interval[1]
    assert decide_aupr(*sample, ">=", threshold, Levels(), final=False).outcome is None, "the prevalence would change"


def test_with_a_stated_prevalence_it_stops_at_a_look() -> None:
    sample = MODELS["normal"](np.random.default_rng(107), 2000, 2000)
    found = decide_aupr(*sample, ">=", 0.97, Levels(), prevalence=0.5, final=False)
    assert (found.outcome, found.n) == ("FAIL", 100)


def test_rows_needed_are_about_enough_or_the_familiar_too_few() -> None:
    rng, levels = np.random.default_rng(108), Levels(early_stopping=False)
    familiar = rng.normal(0, 1, 4000)
    first = decide_aupr(rng.normal(1.8, 1, 60), familiar, ">=", 0.87, levels, prevalence=0.5, final=True)
    assert (first.outcome, first.reason) == ("INCONCLUSIVE", None)
    more = 60 + 2 * first.rows_needed
    again = decide_aupr(rng.normal(1.8, 1, more), familiar, ">=", 0.87, levels, prevalence=0.5, final=True)
    assert again.outcome == "PASS"
    few = decide_aupr(rng.normal(1.8, 1, 2000), familiar[:60], ">=", 0.87, levels, prevalence=0.5, final=True)
    assert (few.outcome, few.rows_needed) == ("INCONCLUSIVE", None)
    assert "against 60 familiar ones" in few.reason


@given(scores, scores, st.data())
@settings(max_examples=40)
def test_the_answer_does_not_depend_on_how_often_it_was_asked(unfamiliar, familiar, data) -> None:
    levels, unfamiliar, familiar = Levels(alpha_pass=0.3, alpha_fail=0.2), np.tile(unfamiliar, 6), np.tile(familiar, 30)
    prevalence = data.draw(st.sampled_from([None, 0.5]))
    looks = sorted(data.draw(st.sets(st.integers(1, len(unfamiliar)), max_size=3)) | {len(unfamiliar)})
    whole = decide_aupr(unfamiliar, familiar, ">=", 0.6, levels, prevalence=prevalence, final=True)
    asked = [
        decide_aupr(unfamiliar[:m], familiar, ">=", 0.6, levels, prevalence=prevalence, final=m == looks[-1])
        for m in looks
    ]
    assert next(one for one in asked if one.outcome is not None) == whole


@pytest.mark.parametrize(
    ("m", "n", "prevalence", "why"),
    [
        (0, 100, None, "there is no unfamiliar one"),
        (100, 0, None, "there is no familiar one"),
        (29, 500, None, "29 unfamiliar and 500 familiar rows are too few"),
        (500, 29, None, "30 and 30 are needed"),
        (500, 400, 0.02, "at a prevalence of 0.02: 30 and 500 are needed"),
    ],
)
def test_says_what_cannot_be_estimated(m: int, n: int, prevalence: float | None, why: str) -> None:
    sample = np.arange(float(m)), np.arange(float(n))
    found = decide_aupr(*sample, ">=", 0.5, Levels(), prevalence=prevalence, final=True)
    assert (found.outcome, found.n, found.estimate) == ("INCONCLUSIVE", m, None)
    assert found.reason.startswith("not estimable: ")
    assert why in found.reason
    assert decide_aupr(*sample, ">=", 0.5, Levels(), prevalence=prevalence, final=False).outcome is None
    if not m or not n:
        with pytest.raises(NotEstimableError, match=why):
            aupr(*sample)


def test_refuses_nan_and_what_is_no_prevalence() -> None:
    plenty = np.arange(100.0)
    with pytest.raises(ValueError, match="of unfamiliar row 0 is NaN"):
        decide_aupr(np.array([math.nan]), plenty, ">=", 0.5, Levels(), final=False)
    for prevalence in (0.0, 1.0, math.nan):
        with pytest.raises(ValueError, match="prevalence"):
            aupr(plenty, plenty, prevalence)
        with pytest.raises(ValueError, match="prevalence"):
            decide_aupr(plenty, plenty, ">=", 0.5, Levels(), prevalence=prevalence, final=False)
    with pytest.raises(ValueError, match="threshold"):
        decide_aupr(plenty, plenty, ">=", 1.5, Levels(), final=False)
