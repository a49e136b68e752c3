"""The paired test against full enumeration, and against the numbers of rows that other tests need."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, norm

from pytest_robust.statistics import exact, planning
from pytest_robust.statistics.paired import difference_p, discordant, paired_limit, paired_p


def multinomial(b: int, c: int, n: int, gain: float, loss: float) -> float:
    rest = n - b - c
    ways = math.factorial(n) / (math.factorial(b) * math.factorial(c) * math.factorial(rest))
    return ways * gain**b * loss**c * (1 - gain - loss) ** rest


@pytest.mark.parametrize("bound", [-0.2, 0.0, 0.15])
@pytest.mark.parametrize("alpha", [0.05, 0.2])
def test_rejects_a_true_hypothesis_with_probability_alpha_at_most_in_every_world(bound: float, alpha: float) -> None:
    """All outcomes of 14 rows, in worlds on a fine grid on and inside the edge of the hypothesis."""
    n, largest = 14, 0.0
    rejected = [(b, c) for b in range(n + 1) for c in range(n + 1 - b) if difference_p(b, c, n, bound, alpha) <= alpha]
    for share in np.linspace(abs(bound), 1.0, 41).tolist():
        for difference in {bound, bound - 0.05}:
            gain, loss = (share + difference) / 2, (share - difference) / 2
            if gain >= 0 and loss >= 0 and gain + loss <= 1:
                largest = max(largest, sum(multinomial(b, c, n, gain, loss) for b, c in rejected))
    assert largest <= alpha
    assert rejected, "a test that never rejects has no power"


def test_without_losses_it_is_nearly_the_binomial_test() -> None:
    values = np.r_[np.ones(40), np.full(60, 0.5)]
    assert exact.binomial_limit(40, 100, 0.05) - 0.05 <= 2 * paired_limit(values, 0.05) - 1 <= 0.4


@given(st.integers(0, 12), st.integers(0, 12), st.integers(1, 40), st.floats(-0.9, 0.9))
@settings(deadline=None, max_examples=60)
def test_limit_and_p_value_tell_the_same(gains: int, losses: int, ties: int, bound: float) -> None:
    values = np.r_[np.ones(gains), np.zeros(losses), np.full(ties, 0.5)]
    limit, p = paired_limit(values, 0.05), paired_p(values, (1 + bound) / 2, 0.05)
    if abs(2 * limit - 1 - bound) > 1e-6:
        assert (p <= 0.05) == (2 * limit - 1 >= bound)
    assert 0.0 <= limit <= values.mean() + 1e-9


@given(st.data(), st.integers(1, 3000), st.floats(-1.0, 1.0), st.sampled_from([1, 5]))
@settings(deadline=None, max_examples=100)
def test_p_value_is_the_sum_that_scipy_makes_of_it(data, n: int, bound: float, grid: int) -> None:
    gains = data.draw(st.integers(0, n))
    losses = data.draw(st.integers(0, n - gains))
    gamma = 0.1 * 0.05
    most = 1.0 - float(exact.binomial_limit(n - gains - losses, n, gamma))
    tails = [0.0]
    for share in np.linspace(most, max(-bound, 0.0), grid) if most >= -bound else ():
        gain, loss = max(0.0, (share + min(bound, share)) / 2), max(0.0, (share - min(bound, share)) / 2)
        lost = np.arange(n + 1)
        rate = min(1.0, gain / (1 - loss)) if loss < 1 else 0.0
        tails.append(float(binom.pmf(lost, n, loss) @ binom.sf(gains - losses + lost - 1, n - lost, rate)))
    expected = min(1.0, gamma + max(tails))
    assert difference_p(gains, losses, n, bound, 0.05, grid) == pytest.approx(expected, abs=1e-10)


def test_no_difference_agrees_with_the_sign_test_to_the_price_of_the_nuisance() -> None:
    """At difference 0 McNemar's exact test is the binomial test of the gains among the discordant rows."""
    p = difference_p(30, 12, 400, 0.0, 0.05)
    assert p == pytest.approx(binomtest(30, 42, 0.5, "greater").pvalue, abs=0.015)


def test_refuses_other_values_and_counts_the_rest() -> None:
    assert discordant(np.array([1.0, 0.5, 0.0, 1.0])) == (2, 1, 4)
    with pytest.raises(ValueError, match="ends and in the middle"):
        discordant(np.array([0.25]))


def reference_rows(drop: float, discordance: float, truth: float, power: float) -> int:
    """The design's figures: a normal test that knows the variance at the truth."""
    z = norm.isf(0.05) + norm.ppf(power)
    return math.ceil(z**2 * (discordance - truth**2) / (drop - truth) ** 2)


@pytest.mark.parametrize(("truth", "reference"), [(0.005, (1099, 1923)), (0.0, (619, 1083))])
def test_planned_rows_give_the_power_asked_for_where_limits_on_both_counts_do_not(truth: float, reference) -> None:
    """Claim: drop <= .02, discordance .04. A gain is an input that only the perturbed answer gets right."""
    rng = np.random.default_rng(6)
    n_runs, gain, loss = 200, (0.04 - truth) / 2, (0.04 + truth) / 2
    for power, figure in zip((0.8, 0.95), reference, strict=True):
        assert reference_rows(0.02, 0.04, truth, power) == figure
        n = planning.paired_rows((1 - 0.02) / 2, gain, loss, alpha=0.05, power=power)
        assert n is not None
        assert figure < n < 1.4 * figure, "exactness has a price, but not any price"
        counts = rng.multinomial(n, [gain, loss, 1 - gain - loss], size=n_runs)
        reached = np.mean([difference_p(b, c, n, -0.02, 0.05) <= 0.05 for b, c, _ in counts.tolist()])
        won = exact.binomial_limit(counts[:, 0], n, 0.025)
        lost = 1 - exact.binomial_limit(n - counts[:, 1], n, 0.025)
        assert reached >= power - 0.12
        assert np.mean(won - lost >= -0.02) < reached


def test_the_error_is_exact_where_the_tail_has_a_grain() -> None:
    """Between two of the nuisance's values that are tried, the tail may be higher than at either."""
    n, difference, alpha, share = 20, -0.05, 1e-4, 0.9745
    gain, loss = (share + difference) / 2, (share - difference) / 2
    error = 0.0
    for losses in range(n + 1):
        gains = np.arange(n - losses + 1)
        rejected = [difference_p(int(gained), losses, n, difference, alpha) <= alpha for gained in gains]
        error += binom.pmf(losses, n, loss) * binom.pmf(gains, n - losses, gain / (1 - loss)) @ rejected
    assert error <= alpha
