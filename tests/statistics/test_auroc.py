"""AUROC against scikit-learn, DeLong's error against the definition, and the errors of claims."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binom, norm

from pytest_robust.statistics import Levels
from pytest_robust.statistics.auroc import (
    FEWEST_FOR_DELONG,
    decide_auroc,
    delong_limit,
    delong_p,
    pair_values,
    placements,
    shuffled,
)
from pytest_robust.statistics.decision import NotEstimableError

scores = st.integers(1, 40).flatmap(
    lambda n: arrays(np.float64, n, elements=st.sampled_from([0.0, 0.25, 0.5, 0.9, 1.0]))
)


@given(scores, scores)
@settings(deadline=None)
def test_area_agrees_with_scikit_learn_and_placements_with_their_definition(positive, negative) -> None:
    from sklearn.metrics import roc_auc_score

    found = placements(positive, negative)
    truth = np.r_[np.ones(len(positive)), np.zeros(len(negative))]
    assert found.area == pytest.approx(roc_auc_score(truth, np.r_[positive, negative]))
    assert found.familiar.mean() == pytest.approx(found.area)
    higher = (positive[:, None] > negative) + (positive[:, None] == negative) / 2
    assert found.unfamiliar == pytest.approx(higher.mean(axis=1))
    assert found.familiar == pytest.approx(higher.mean(axis=0))


def test_delong_error_is_the_spread_of_areas_over_repetitions() -> None:
    rng = np.random.default_rng(30)
    found = [placements(rng.normal(1.5, 1, 80), rng.normal(0, 1, 120)) for _ in range(400)]
    assert np.mean([one.error for one in found]) == pytest.approx(np.std([one.area for one in found]), rel=0.12)


def test_limit_and_p_value_tell_the_same() -> None:
    limit = delong_limit(0.93, 0.02, 0.05)
    assert limit < 0.93 - 1.2 * 0.02
    assert delong_p(0.93, 0.02, limit) == pytest.approx(0.05)
    assert delong_p(0.93, 0.02, 0.93) == pytest.approx(0.5)


def binormal(rng: np.random.Generator, m: int, n: int, area: float) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(math.sqrt(2) * norm.ppf(area), 1, m), rng.normal(0, 1, n)


@pytest.mark.parametrize("operator", [">=", "<="])
def test_errors_at_the_threshold(operator) -> None:
    """DeLong's test is asymptotic: at 100 rows a side its error may exceed alpha a little."""
    rng = np.random.default_rng(31)
    runs, levels = 400, Levels(alpha_pass=0.1, alpha_fail=0.1)
    found = [decide_auroc(*binormal(rng, 100, 150, 0.9), operator, 0.9, levels, final=True) for _ in range(runs)]
    for wrong in ("PASS", "FAIL"):
        assert 0 < [one.outcome for one in found].count(wrong) <= binom.isf(1e-4, runs, 0.12)
    missed = sum(not one.interval[0] <= 0.9 <= one.interval[1] for one in found)
    assert missed <= binom.isf(1e-4, runs, 0.07)


def test_pairs_stop_about_when_the_reference_says() -> None:
    """.90 against a truth of .95: another implementation stopped after 244 pairs in the median, all alpha spent."""
    rng = np.random.default_rng(32)
    levels = Levels(sequential_share=1.0)
    stops = [decide_auroc(*binormal(rng, 1500, 1500, 0.95), ">=", 0.9, levels, final=False).n for _ in range(60)]
    assert 190 <= np.median(stops) <= 310


@pytest.mark.parametrize(("area", "outcome"), [(0.955, "PASS"), (0.75, "FAIL"), (0.9, "INCONCLUSIVE")])
def test_outcomes_at_the_end(area: float, outcome: str) -> None:
    rng = np.random.default_rng(33)
    found = decide_auroc(*binormal(rng, 150, 400, area), ">=", 0.9, Levels(early_stopping=False), final=True)
    assert (found.outcome, found.n) == (outcome, 150)
    assert "DeLong" in found.method
    assert found.interval[0] < found.estimate < found.interval[1]
    assert (found.p_value <= 0.05) == (outcome != "INCONCLUSIVE")


def test_rows_needed_speak_of_the_unfamiliar_ones_or_say_that_the_familiar_are_too_few() -> None:
    levels = Levels(early_stopping=False)
    enough = decide_auroc(*typical(110, 2000, 0.91), ">=", 0.9, levels, final=True)
    assert (enough.outcome, enough.reason) == ("INCONCLUSIVE", None)
    more = 110 + 2 * enough.rows_needed
    assert decide_auroc(*typical(more, 2000, 0.91), ">=", 0.9, levels, final=True).outcome == "PASS"
    few = decide_auroc(*typical(2000, 110, 0.91), ">=", 0.9, levels, final=True)
    assert (few.outcome, few.rows_needed) == ("INCONCLUSIVE", None)
    assert "against 110 familiar ones" in few.reason


def typical(m: int, n: int, area: float) -> tuple[np.ndarray, np.ndarray]:
    """Two normal samples without chance: their quantiles."""
    unfamiliar, familiar = (norm.ppf((np.arange(size) + 0.5) / size) for size in (m, n))
    return unfamiliar + math.sqrt(2) * norm.ppf(area), familiar


@pytest.mark.parametrize(("m", "n"), [(FEWEST_FOR_DELONG - 1, 500), (500, FEWEST_FOR_DELONG - 1), (1, 1)])
def test_few_rows_are_left_to_the_exact_test(m: int, n: int) -> None:
    found = decide_auroc(*binormal(np.random.default_rng(35), m, n, 0.8), ">=", 0.8, Levels(), final=True)
    assert "DeLong" not in found.method
    assert found.n <= min(m, n)


def test_few_misplaced_rows_prove_nothing_that_a_rare_one_could_turn_round() -> None:
    """One row in a hundred is taken for familiar for sure, so the AUROC is below 0.99: to be passed 5 % of the time."""
    rng, levels, passed = np.random.default_rng(51), Levels(early_stopping=False), 0
    for _ in range(200):
        surprise = np.where(rng.random(100) < 0.01, -9.0, 5.0)
        unfamiliar, familiar = surprise + rng.standard_normal(100), rng.standard_normal(900)
        passed += decide_auroc(unfamiliar, familiar, ">=", 0.99, levels, final=True).outcome == "PASS"
    assert passed <= binom.isf(1e-6, 200, 0.05)


@pytest.mark.parametrize(("unfamiliar", "estimate"), [(1.0, 1.0), (0.0, 0.5), (-1.0, 0.0)])
def test_groups_that_are_apart_or_alike_are_left_to_the_exact_test(unfamiliar: float, estimate: float) -> None:
    found = decide_auroc(np.full(40, unfamiliar), np.zeros(40), ">=", 0.5, Levels(early_stopping=False), final=True)
    assert found.method == "fixed-n betting"
    assert found.estimate == estimate
    assert found.interval[0] < found.interval[1]


@given(scores, scores, st.data())
@settings(deadline=None, max_examples=60)
def test_the_answer_does_not_depend_on_how_often_it_was_asked(unfamiliar, familiar, data) -> None:
    levels = Levels(alpha_pass=0.3, alpha_fail=0.2)
    looks = sorted(data.draw(st.sets(st.integers(1, len(unfamiliar)), max_size=4)) | {len(unfamiliar)})
    whole = decide_auroc(unfamiliar, familiar, ">=", 0.6, levels, final=True)
    asked = [decide_auroc(unfamiliar[:n], familiar, ">=", 0.6, levels, final=n == looks[-1]) for n in looks]
    assert next(one for one in asked if one.outcome is not None) == whole


def test_pairs_count_ties_half_and_do_not_follow_the_order_of_the_file() -> None:
    assert pair_values(np.array([1.0, 0.5, 0.0]), np.array([0.5, 0.5, 0.5, 9.0])).tolist() == [1.0, 0.5, 0.0]
    ordered = np.arange(500.0)
    assert sorted(shuffled(ordered)) == ordered.tolist()
    assert abs(np.corrcoef(shuffled(ordered), ordered)[0, 1]) < 0.15
    assert shuffled(ordered).tolist() == shuffled(ordered).tolist()


def test_refuses_nan_and_does_not_make_up_a_number_without_both_groups() -> None:
    levels = Levels()
    with pytest.raises(ValueError, match="of unfamiliar row 1 is NaN"):
        decide_auroc(np.array([0.1, math.nan]), np.array([0.5]), ">=", 0.9, levels, final=True)
    with pytest.raises(NotEstimableError, match="no unfamiliar one"):
        placements(np.array([]), np.array([0.5]))
    for unfamiliar, familiar in (([0.1], []), ([], [0.5])):
        found = decide_auroc(np.array(unfamiliar), np.array(familiar), ">=", 0.9, levels, final=True)
        assert (found.outcome, found.estimate) == ("INCONCLUSIVE", None)
        assert found.reason.startswith("not estimable: rows of both kinds are needed")
        assert decide_auroc(np.array(unfamiliar), np.array(familiar), ">=", 0.9, levels, final=False).outcome is None


def test_infinite_scores_are_scores() -> None:
    infinite = np.array([math.inf, -math.inf, math.inf])
    assert pair_values(infinite, np.array([math.inf, 0.0, 0.0])).tolist() == [0.5, 0.0, 1.0]
    assert placements(infinite, infinite).area == 0.5
