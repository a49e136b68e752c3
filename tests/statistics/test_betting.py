"""The e-process against its definition, and its guarantee under peeking by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binom

from pytest_robust.statistics.betting import FRACTIONS, confidence_sequence, first_crossing, log_e_path, lower_limit

units = st.floats(0, 1, allow_subnormal=False)
rows = arrays(np.float64, st.integers(1, 40), elements=units)
inner = st.floats(0.01, 0.99)


def by_definition(values: list[float], mean: float) -> float:
    """The mixture of products of 1 + lambda (y - m), multiplied out one row after the other."""
    wealths = []
    for fraction in FRACTIONS.tolist():
        wealth = 1.0
        for value in values:
            wealth *= 1.0 + fraction / mean * (value - mean)
        wealths.append(wealth)
    return sum(wealths) / len(wealths)


@given(rows, inner)
@settings(deadline=None)
def test_path_is_the_mixture_of_products(values: np.ndarray, mean: float) -> None:
    path = log_e_path(values, mean)
    for n in {1, len(values) // 2 + 1, len(values)}:
        assert math.isclose(path[n - 1], math.log(by_definition(values[:n].tolist(), mean)), abs_tol=1e-9)


@given(rows, inner, st.randoms())
@settings(deadline=None)
def test_last_value_does_not_depend_on_the_order_of_rows(values: np.ndarray, mean: float, random) -> None:
    order = list(range(len(values)))
    random.shuffle(order)
    assert log_e_path(values, mean)[-1] == pytest.approx(log_e_path(values[order], mean)[-1], abs=1e-9)


@given(rows, inner, st.data())
@settings(deadline=None)
def test_a_prefix_has_the_same_path_to_the_bit(values: np.ndarray, mean: float, data) -> None:
    n = data.draw(st.integers(1, len(values)))
    assert log_e_path(values[:n], mean).tobytes() == log_e_path(values, mean)[:n].tobytes()


@given(inner, st.lists(st.tuples(units, st.floats(0.01, 1)), min_size=1, max_size=5))
@settings(deadline=None)
def test_one_row_multiplies_the_wealth_by_at_most_one_in_expectation(mean: float, points) -> None:
    """Any distribution whose mean is at most m: E[E_1] <= 1. Shrunk towards 0 where its mean is larger."""
    values = np.array([value for value, _ in points])
    weights = np.array([weight for _, weight in points]) / sum(weight for _, weight in points)
    values = values * min(1.0, mean / max(float(weights @ values), 1e-12))
    expected = sum(w * math.exp(log_e_path(np.array([v]), mean)[0]) for v, w in zip(values, weights, strict=True))
    assert expected <= 1.0 + 1e-9


@pytest.mark.parametrize("mean", [0.9, 0.5, 0.05])
def test_peeking_after_every_row_rejects_a_true_hypothesis_with_probability_alpha_at_most(mean: float) -> None:
    rng = np.random.default_rng(1)
    runs, alpha = 1000, 0.05
    draws = (rng.random((runs, 800)) < mean).astype(np.float64)
    rejected = sum(bool((log_e_path(draw, mean) >= -math.log(alpha)).any()) for draw in draws)
    assert rejected <= binom.isf(1e-4, runs, alpha)
    assert rejected > 0, "a process that never rejects has no power"


def test_both_directions_reject_and_stop_about_when_the_reference_says() -> None:
    """p = .90, truth .95: another implementation stopped after 244 rows in the median, 571 in 95 % of runs."""
    rng = np.random.default_rng(2)
    draws = (rng.random((300, 1500)) < 0.95).astype(np.float64)
    upward = [int((log_e_path(draw, 0.9) >= math.log(20)).argmax()) + 1 for draw in draws]
    mirrored = [int((log_e_path(1.0 - (1.0 - draw), 1.0 - 0.1) >= math.log(20)).argmax()) + 1 for draw in draws]
    assert 200 <= np.median(upward) <= 300
    assert np.quantile(upward, 0.95) <= 700
    assert upward == mirrored


def test_a_mean_of_zero_is_disproved_by_the_first_success() -> None:
    assert log_e_path(np.array([0.0, 0.0, 1.0, 0.0]), 0.0) == pytest.approx([0.0, 0.0, math.inf, math.inf])


def test_a_mean_of_one_is_never_exceeded() -> None:
    assert (log_e_path(np.ones(100), 1.0) <= 0.0).all()


@given(rows, st.sampled_from([0.2, 0.05, 0.001]))
@settings(deadline=None)
def test_interval_is_what_the_process_does_not_reject(values: np.ndarray, alpha: float) -> None:
    low, high = confidence_sequence(values, alpha)
    assert 0.0 <= low <= values.mean() + 1e-9
    assert values.mean() - 1e-9 <= high <= 1.0
    bar = math.log(2 / alpha)
    if low > 1e-6:
        assert log_e_path(values, low * (1 - 1e-6))[-1] >= bar
        assert log_e_path(values, low + 1e-6)[-1] < bar
    if high < 1 - 1e-6:
        assert log_e_path(1 - values, (1 - high) * (1 - 1e-6))[-1] >= bar


def test_the_limit_never_exceeds_the_mean_at_any_row_with_probability_above_alpha() -> None:
    rng = np.random.default_rng(3)
    runs, alpha, mean = 200, 0.1, 0.8
    looks = (10, 30, 60, 100, 150, 250)
    draws = rng.beta(4, 1, (runs, looks[-1]))
    missed = sum(any(lower_limit(draw[:n], alpha) > mean for n in looks) for draw in draws)
    assert missed <= binom.isf(1e-4, runs, alpha)


def test_first_crossing_names_the_row_and_the_side() -> None:
    quiet, loud = np.zeros(4), np.array([0.0, 1.0, 4.0, 0.0])
    assert first_crossing(quiet, quiet, 0.05, 0.01) is None
    assert first_crossing(loud, quiet, 0.05, 0.01) == (3, "PASS")
    assert first_crossing(quiet, loud, 0.05, 0.02) == (3, "FAIL")
    assert first_crossing(quiet, loud, 0.05, 0.01) is None
    assert first_crossing(loud, loud, 0.0, 0.0) is None
