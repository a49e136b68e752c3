"""Fixed-n tests against scipy and against their guarantee."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binom, binomtest

from pytest_robust.statistics import exact
from pytest_robust.statistics.fixed import PROCEDURES


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.01, 0.99))
@settings(deadline=None)
def test_binomial_agrees_with_scipy(counts: tuple[int, int], rate: float) -> None:
    k, n = counts
    assert exact.binomial_p(k, n, rate) == pytest.approx(binomtest(k, n, rate, "greater").pvalue, rel=1e-9, abs=1e-300)
    interval = binomtest(k, n).proportion_ci(0.95, "exact")
    assert exact.clopper_pearson(k, n, 0.95) == pytest.approx((interval.low, interval.high), abs=1e-12)


@given(
    st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.sampled_from([0.2, 0.05, 0.001])
)
@settings(deadline=None)
def test_limit_and_p_value_tell_the_same(counts: tuple[int, int], alpha: float) -> None:
    k, n = counts
    limit = float(exact.binomial_limit(k, n, alpha))
    if k:
        assert exact.binomial_p(k, n, limit) == pytest.approx(alpha, rel=1e-6)
    else:
        assert limit == 0.0


@given(st.floats(0.001, 0.999), st.integers(1, 5000), st.floats(0.0, 1.0))
@example(0.025, 300, 0.0)
@example(0.975, 300, 1e-300)
@example(0.975, 300, 1.0)
@example(0.5, 1, 0.5)
@settings(deadline=None)
def test_a_quantile_is_the_fewest_successes_that_hold_so_much(probability: float, n: int, rate: float) -> None:
    found = exact.binomial_quantile(probability, n, rate)
    assert 0 <= found <= n
    assert binom.cdf(found, n, rate) >= probability * (1 - 1e-9)
    assert binom.cdf(found - 1, n, rate) < probability * (1 + 1e-9)


def test_binomial_limit_takes_arrays() -> None:
    limits = exact.binomial_limit(np.array([0.0, 5.0, 10.0]), np.array([10.0, 10.0, 10.0]), 0.05)
    assert limits.tolist() == [float(exact.binomial_limit(k, 10, 0.05)) for k in (0, 5, 10)]


def test_share_refuses_values_between_the_ends() -> None:
    with pytest.raises(ValueError, match="two ends"):
        exact.share_limit(np.array([0.0, 0.5, 1.0]), 0.05)


@pytest.mark.parametrize(
    ("draw", "mean"),
    [
        (lambda rng, n: (rng.random(n) < 0.9).astype(float), 0.9),
        (lambda rng, n: (rng.random(n) < 0.02).astype(float), 0.02),
        (lambda rng, n: rng.beta(0.5, 0.5, n), 0.5),
        (lambda rng, n: rng.beta(8, 2, n), 0.8),
    ],
)
@pytest.mark.parametrize("n", [8, 150])
def test_betting_limit_exceeds_the_mean_with_probability_alpha_at_most(draw, mean: float, n: int) -> None:
    rng = np.random.default_rng(4)
    runs, alpha = 300, 0.1
    above = sum(exact.betting_limit(draw(rng, n), alpha) > mean for _ in range(runs))
    assert above <= binom.isf(1e-4, runs, alpha)


def test_betting_adapts_to_the_variance() -> None:
    """Values that hardly vary are worth far more rows of 0 and 1."""
    rng = np.random.default_rng(5)
    narrow, coins = 0.75 + 0.02 * rng.standard_normal(400), (rng.random(400) < 0.75).astype(float)
    room = [float(values.mean()) - exact.betting_limit(values, 0.05) for values in (narrow, coins)]
    assert room[0] < room[1] / 4


@given(
    arrays(np.float64, st.integers(1, 60), elements=st.floats(0, 1, allow_subnormal=False)),
    st.sampled_from([0.2, 0.01]),
)
@settings(deadline=None)
def test_the_procedure_for_general_values_brackets_the_sample(values: np.ndarray, alpha: float) -> None:
    low, high = PROCEDURES["betting"].two_sided(values, alpha)
    assert 0.0 <= low <= values.mean() + 1e-9
    assert values.mean() - 1e-9 <= high <= 1.0


@given(
    arrays(np.float64, st.integers(1, 60), elements=st.sampled_from([0.0, 1.0])),
    st.floats(0.05, 0.95),
    st.sampled_from([0.2, 0.01]),
)
@example(np.array([1.0] * 3 + [0.0] * 10), 0.25, 0.2)  # a good beginning that the rest does not bear out
@settings(deadline=None)
def test_betting_p_value_is_below_alpha_exactly_where_the_limit_is_above(values, mean: float, alpha: float) -> None:
    limit, p = exact.betting_limit(values, alpha), exact.betting_p(values, mean, alpha)
    if abs(limit - mean) > 1e-6:
        assert (p <= alpha) == (limit >= mean)


def test_betting_p_value_at_the_ends() -> None:
    assert exact.betting_p(np.array([0.0, 0.5]), 0.0, 0.05) == 0.0
    assert exact.betting_p(np.zeros(3), 0.0, 0.05) == 1.0
    assert exact.betting_p(np.ones(3), 1.0, 0.05) == 1.0
