"""The whole procedure for means: its errors, its coverage, and that it may be asked as often as one likes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from pytest_robust.statistics import Levels
from pytest_robust.statistics.means import FixedTest, decide_mean

KINDS: list[tuple[FixedTest, list[float]]] = [
    ("clopper-pearson", [-1.0, 1.0]),
    ("discordant", [-1.0, 0.0, 1.0]),
    ("betting", [-1.0, -0.3, 0.2, 1.0]),
]


def bernoulli(seed: int, runs: int, n: int, rate: float) -> np.ndarray:
    return (np.random.default_rng(seed).random((runs, n)) < rate).astype(np.float64)


@pytest.mark.parametrize("early_stopping", [True, False])
@pytest.mark.parametrize(("rate", "n"), [(0.9, 400), (0.5, 100)])
def test_errors_at_the_threshold_are_at_most_alpha(rate: float, n: int, early_stopping: bool) -> None:
    """At the threshold both the claim and its opposite hold in the limit: PASS and FAIL are both errors."""
    runs = 600
    levels = Levels(alpha_pass=0.1, alpha_fail=0.1, early_stopping=early_stopping)
    outcomes = [
        decide_mean(row, ">=", rate, levels, fixed="clopper-pearson", final=True).outcome
        for row in bernoulli(7, runs, n, rate)
    ]
    for wrong in ("PASS", "FAIL"):
        assert 0 < outcomes.count(wrong) <= binom.isf(1e-4, runs, 0.1)


def test_the_naive_gate_errs_where_the_three_verdicts_do_not() -> None:
    """n = 1000, p = .90: `share >= .90` passes a true .89 model about one time in six."""
    runs, levels = 400, Levels()
    draws = bernoulli(8, runs, 1000, 0.89)
    naive = float(np.mean(draws.mean(axis=1) >= 0.9))
    passed = [decide_mean(row, ">=", 0.9, levels, fixed="clopper-pearson", final=True).outcome for row in draws]
    assert 0.1 < naive < 0.25
    assert passed.count("PASS") / runs <= 0.02


def test_interval_covers_the_mean_wherever_the_procedure_stopped() -> None:
    runs, rate = 500, 0.93
    levels = Levels(alpha_pass=0.2, alpha_fail=0.2, interval_confidence=0.8)
    found = [
        decide_mean(row, ">=", 0.9, levels, fixed="clopper-pearson", final=True)
        for row in bernoulli(9, runs, 250, rate)
    ]
    missed = sum(not decision.interval[0] <= rate <= decision.interval[1] for decision in found)
    assert missed <= binom.isf(1e-4, runs, 0.2)
    early = [decision.method == "betting e-process" for decision in found]
    assert any(early)
    assert not all(early)


@given(st.sampled_from(KINDS), st.sampled_from([">=", "<="]), st.floats(-1, 1), st.data())
@settings(deadline=None, max_examples=60)
def test_the_answer_does_not_depend_on_how_often_it_was_asked(kind, operator, threshold: float, data) -> None:
    fixed, support = kind
    values = np.array(data.draw(st.lists(st.sampled_from(support), min_size=1, max_size=120)))
    looks = sorted(data.draw(st.sets(st.integers(1, len(values)), max_size=5)) | {len(values)})
    levels = Levels(alpha_pass=0.2, alpha_fail=0.1)

    def ask(rows: np.ndarray, final: bool):
        return decide_mean(rows, operator, threshold, levels, bounds=(-1, 1), fixed=fixed, final=final)

    whole = ask(values, True)
    answers = [ask(values[:look], look == looks[-1]) for look in looks]
    assert next(answer for answer in answers if answer.outcome is not None) == whole
    assert whole.outcome is not None
    if whole.n < len(values):
        assert ask(values[: whole.n], False) == whole
        assert ask(values[: whole.n - 1], False).outcome is None


@given(st.sampled_from(KINDS), st.integers(-1000, 1000).map(lambda k: k / 1000), st.booleans(), st.data())
@settings(deadline=None, max_examples=60)
def test_turning_values_and_claim_around_changes_nothing(kind, threshold: float, early: bool, data) -> None:
    fixed, support = kind
    values = np.array(data.draw(st.lists(st.sampled_from(support), min_size=1, max_size=80)))
    levels = Levels(early_stopping=early)
    up = decide_mean(values, ">=", threshold, levels, bounds=(-1, 1), fixed=fixed, final=True)
    down = decide_mean(-values, "<=", -threshold, levels, bounds=(-1, 1), fixed=fixed, final=True)
    assert (up.outcome, up.n, up.method) == (down.outcome, down.n, down.method)
    assert up.interval == pytest.approx((-down.interval[1], -down.interval[0]), abs=1e-9)
    assert up.estimate == pytest.approx(-down.estimate)


@given(st.sampled_from(KINDS), st.floats(-1, 1), st.data())
@settings(deadline=None, max_examples=60)
def test_what_every_decision_holds(kind, threshold: float, data) -> None:
    fixed, support = kind
    values = np.array(data.draw(st.lists(st.sampled_from(support), min_size=1, max_size=80)))
    found = decide_mean(values, ">=", threshold, Levels(), bounds=(-1, 1), fixed=fixed, final=True)
    low, high = found.interval
    assert -1 <= low <= found.estimate + 1e-9
    assert found.estimate - 1e-9 <= high <= 1
    assert found.estimate == pytest.approx(values[: found.n].mean())
    assert (found.p_value is None) == (found.method == "betting e-process")
    assert found.p_value is None or 0 <= found.p_value <= 1
    if found.outcome == "INCONCLUSIVE":
        assert (found.rows_needed is None) == (found.reason is not None)
        assert found.rows_needed is None or found.rows_needed >= 1
    else:
        assert found.rows_needed is None


def test_at_the_end_the_binomial_test_decides_with_what_is_left_of_alpha() -> None:
    values = np.r_[np.ones(285), np.zeros(15)][np.random.default_rng(0).permutation(300)]
    levels = Levels(early_stopping=False)
    found = decide_mean(values, ">=", 0.925, levels, fixed="clopper-pearson", final=True)
    p = binomtest(285, 300, 0.925, "greater").pvalue
    assert found.p_value == pytest.approx(p)
    assert found.outcome == ("PASS" if p <= 0.05 else "INCONCLUSIVE")
    interval = binomtest(285, 300).proportion_ci(0.95, "exact")
    assert found.interval == pytest.approx((interval.low, interval.high))
    assert found.log10_e_value is None
    with_process = decide_mean(values, ">=", 0.925, Levels(), fixed="clopper-pearson", final=True)
    assert with_process.log10_e_value is not None
    narrowed = binomtest(285, 300).proportion_ci(1 - 0.75 * 0.05, "exact")
    assert with_process.interval == pytest.approx((narrowed.low, narrowed.high))


def test_early_stopping_stops_early_and_only_then() -> None:
    values = np.ones(1000)
    assert decide_mean(values, ">=", 0.5, Levels(), final=False).n < 20
    assert decide_mean(values, ">=", 0.5, Levels(early_stopping=False), final=False).outcome is None
    assert decide_mean(values, ">=", 0.5, Levels(early_stopping=False), final=True).n == 1000


def test_rows_needed_are_enough_four_times_in_five() -> None:
    values = bernoulli(10, 1, 300, 0.93)[0]
    first = decide_mean(values, ">=", 0.9, Levels(), fixed="clopper-pearson", final=True)
    assert first.outcome == "INCONCLUSIVE"
    total = 300 + first.rows_needed
    again = bernoulli(11, 300, total, first.estimate)
    settled = [decide_mean(row, ">=", 0.9, Levels(), fixed="clopper-pearson", final=True).outcome for row in again]
    assert 0.7 <= settled.count("PASS") / 300 <= 0.95


@pytest.mark.parametrize(
    ("operator", "threshold", "value", "outcome"),
    [(">=", 1.0, 1.0, "INCONCLUSIVE"), (">=", 1.0, 0.0, "FAIL"), (">=", 0.0, 0.0, "PASS"), ("<=", 1.0, 1.0, "PASS")],
)
@pytest.mark.parametrize("n", [1, 50])
@pytest.mark.parametrize("fixed", ["clopper-pearson", "discordant", "betting"])
def test_thresholds_at_the_ends_of_the_range(
    operator, threshold: float, value: float, outcome: str, n: int, fixed
) -> None:
    assert decide_mean(np.full(n, value), operator, threshold, Levels(), fixed=fixed, final=True).outcome == outcome


@pytest.mark.parametrize("fixed", ["clopper-pearson", "discordant", "betting"])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_one_row_settles_nothing_between_the_ends(fixed: FixedTest, value: float) -> None:
    found = decide_mean(np.array([value]), ">=", 0.5, Levels(), fixed=fixed, final=True)
    assert found.outcome == "INCONCLUSIVE"
    assert found.estimate == value


def test_an_estimate_on_the_threshold_is_never_settled() -> None:
    found = decide_mean(np.tile([0.0, 1.0], 20), ">=", 0.5, Levels(), fixed="clopper-pearson", final=True)
    assert (found.outcome, found.rows_needed) == ("INCONCLUSIVE", None)
    assert "no number of rows" in str(found.reason)


def test_no_rows() -> None:
    assert decide_mean(np.array([]), ">=", 0.5, Levels(), final=False).outcome is None
    found = decide_mean(np.array([]), ">=", 0.5, Levels(), final=True)
    assert (found.outcome, found.n, found.estimate) == ("INCONCLUSIVE", 0, None)


@pytest.mark.parametrize(
    ("values", "threshold", "message"),
    [
        ([0.5, math.nan], 0.5, "value of row 1 is NaN"),
        ([0.5, 0.2, 1.5], 0.5, "1.5 of row 2 lies outside the range 0 to 1"),
        ([-math.inf], 0.5, "row 0 lies outside"),
        ([0.5], 1.2, "threshold 1.2 lies outside"),
        ([0.5], math.nan, "threshold nan lies outside"),
        ([[0.5]], 0.5, "one number a row"),
    ],
)
def test_refuses_what_is_no_value(values, threshold: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decide_mean(np.array(values), ">=", threshold, Levels(), final=True)
