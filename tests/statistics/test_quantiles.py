"""The sign test: which median a claim is about, ties and infinite values, and errors at the edge."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from pytest_robust.statistics import Levels
from pytest_robust.statistics.quantiles import decide_median, sample_median

SUPPORT = [-math.inf, 0.0, 1.0, 2.0, math.inf]
samples = st.lists(st.sampled_from(SUPPORT), min_size=1, max_size=100).map(np.array)
operators = st.sampled_from([">=", "<="])


@given(samples, st.sampled_from(SUPPORT))
def test_the_sample_median_keeps_the_claim_exactly_where_half_of_the_rows_do(values: np.ndarray, at: float) -> None:
    assert (sample_median(values, ">=") >= at) == (np.mean(values >= at) >= 0.5)
    assert (sample_median(values, "<=") <= at) == (np.mean(values <= at) >= 0.5)
    assert sample_median(values, "<=") <= sample_median(values, ">=")


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=31).filter(lambda drawn: len(drawn) % 2))
def test_of_an_odd_number_it_is_the_median_that_everybody_means(drawn) -> None:
    assert sample_median(np.array(drawn), ">=") == sample_median(np.array(drawn), "<=") == np.median(drawn)


@pytest.mark.parametrize("early_stopping", [True, False])
@pytest.mark.parametrize("operator", [">=", "<="])
def test_errors_at_the_threshold_are_at_most_alpha(operator, early_stopping: bool) -> None:
    """A quarter of the values lie on the median; infinite ones are frequent."""
    rng = np.random.default_rng(60)
    runs, levels = 400, Levels(alpha_pass=0.1, alpha_fail=0.1, early_stopping=early_stopping)
    found = [
        decide_median(
            rng.choice([-math.inf, 0.5, 1.0, math.inf], 200, p=[0.1, 0.4, 0.25, 0.25]),
            operator,
            1.0,
            levels,
            final=True,
        )
        for _ in range(runs)
    ]
    # P(X >= 1) = 1/2: the claim `>=` holds by nothing. P(X <= 1) = 3/4: the claim `<=` holds well.
    outcomes = [decision.outcome for decision in found]
    if operator == ">=":
        assert 0 < outcomes.count("FAIL") <= binom.isf(1e-4, runs, 0.1)
        assert outcomes.count("PASS") <= binom.isf(1e-4, runs, 0.1)
    else:
        assert outcomes.count("PASS") > 0.95 * runs
    for median in (0.5, 1.0):
        missed = sum(not decision.interval[0] <= median <= decision.interval[1] for decision in found)
        assert missed <= binom.isf(1e-4, runs, 0.05)


def test_a_value_on_the_threshold_speaks_for_both_claims() -> None:
    tied = np.full(100, 1.0)
    for operator in (">=", "<="):
        found = decide_median(tied, operator, 1.0, Levels(), final=True)
        assert (found.outcome, found.estimate) == ("PASS", 1.0)
    assert decide_median(tied, ">=", 1.0 + 1e-12, Levels(), final=True).outcome == "FAIL"


def test_an_attack_that_mostly_finds_nothing_leaves_an_infinite_median() -> None:
    values = np.r_[np.full(70, math.inf), np.full(30, 0.01)][np.random.default_rng(61).permutation(100)]
    found = decide_median(values, ">=", 8 / 255, Levels(), final=True)
    assert (found.outcome, found.estimate, found.interval[1]) == ("PASS", math.inf, math.inf)
    assert decide_median(values, "<=", 8 / 255, Levels(), final=True).outcome == "FAIL"
    assert decide_median(values, ">=", math.inf, Levels(), final=True).outcome == "PASS"


@given(samples.filter(lambda values: len(values) > 12), st.sampled_from([0.05, 0.2]))
@settings(deadline=None)
def test_the_interval_holds_what_the_binomial_test_does_not_reject(values: np.ndarray, alpha: float) -> None:
    levels = Levels(interval_confidence=1 - alpha, early_stopping=False)
    low, high = decide_median(values, ">=", 1.0, levels, final=True).interval
    for v in SUPPORT:
        above = binomtest(int((values > v).sum()), len(values), 0.5, "greater").pvalue <= alpha / 2
        below = binomtest(int((values < v).sum()), len(values), 0.5, "greater").pvalue <= alpha / 2
        assert (low <= v <= high) == (not above and not below)


@given(samples, operators, st.sampled_from(SUPPORT), st.data())
@settings(deadline=None, max_examples=60)
def test_the_answer_does_not_depend_on_how_often_it_was_asked(values, operator, threshold: float, data) -> None:
    levels = Levels(alpha_pass=0.3, alpha_fail=0.2)
    looks = sorted(data.draw(st.sets(st.integers(1, len(values)), max_size=4)) | {len(values)})
    whole = decide_median(values, operator, threshold, levels, final=True)
    answers = [decide_median(values[:n], operator, threshold, levels, final=n == looks[-1]) for n in looks]
    assert next(answer for answer in answers if answer.outcome is not None) == whole
    assert whole.interval[0] <= whole.estimate <= whole.interval[1]


@given(samples, st.sampled_from([0.0, 0.5, 1.0]), st.booleans())
@settings(deadline=None)
def test_turning_values_and_claim_around_changes_nothing(values: np.ndarray, threshold: float, early: bool) -> None:
    levels = Levels(early_stopping=early)
    up = decide_median(values, ">=", threshold, levels, final=True)
    down = decide_median(-values, "<=", -threshold, levels, final=True)
    assert (up.outcome, up.n, up.rows_needed, up.estimate) == (down.outcome, down.n, down.rows_needed, -down.estimate)
    assert up.interval == (-down.interval[1], -down.interval[0])


@given(samples, st.randoms())
@settings(deadline=None)
def test_without_early_stopping_the_order_of_rows_does_not_matter(values: np.ndarray, random) -> None:
    order = list(range(len(values)))
    random.shuffle(order)
    levels = Levels(early_stopping=False)
    assert decide_median(values, ">=", 1.0, levels, final=True) == decide_median(
        values[order], ">=", 1.0, levels, final=True
    )


def test_rows_needed_are_enough_four_times_in_five() -> None:
    rng = np.random.default_rng(62)
    levels = Levels(early_stopping=False)
    values = np.where(np.arange(100) < 57, math.inf, 0.0)
    first = decide_median(values, ">=", 1.0, levels, final=True)
    assert first.outcome == "INCONCLUSIVE"
    again = np.where(rng.random((200, 100 + first.rows_needed)) < 0.57, math.inf, 0.0)
    passed = [decide_median(row, ">=", 1.0, levels, final=True).outcome for row in again].count("PASS")
    assert 0.7 <= passed / 200 <= 0.9


def test_few_rows_and_none() -> None:
    found = decide_median(np.array([3.0]), ">=", 1.0, Levels(), final=True)
    assert (found.outcome, found.estimate, found.interval) == ("INCONCLUSIVE", 3.0, (-math.inf, math.inf))
    nothing = decide_median(np.array([]), ">=", 1.0, Levels(), final=True)
    assert (nothing.outcome, nothing.n) == ("INCONCLUSIVE", 0)
    even = decide_median(np.tile([0.0, 2.0], 10), ">=", 1.0, Levels(), final=True)
    assert "no number of rows would settle a claim about 1" in str(even.reason)


@pytest.mark.parametrize(
    ("values", "threshold", "message"),
    [([1.0, math.nan], 1.0, "value of row 1 is NaN"), ([1.0], math.nan, "threshold is NaN")],
)
def test_refuses_what_is_no_number(values, threshold: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decide_median(np.array(values), ">=", threshold, Levels(), final=True)
