"""Planned rows against the design's reference figures and against exact or simulated power."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest, norm

from pytest_robust.statistics import exact, planning


@pytest.mark.parametrize(
    ("truth", "power", "reference"), [(0.92, 0.8, 1302), (0.92, 0.95, 2251), (0.95, 0.8, 191), (0.95, 0.95, 298)]
)
def test_accuracy_of_90_percent(truth: float, power: float, reference: int) -> None:
    """Exact power is a saw-tooth in n that crosses the power asked for more than once."""
    n = planning.binomial_rows(0.9, truth, alpha=0.05, power=power)
    assert n is not None
    assert n == pytest.approx(reference, rel=0.08)
    assert exact_power(n, 0.9, truth) >= power > exact_power(n - 1, 0.9, truth)


def exact_power(n: int, bound: float, truth: float) -> float:
    fewest = next(k for k in range(int(n * bound), n + 2) if k > n or binomtest(k, n, bound, "greater").pvalue <= 0.05)
    return float(sum(math.comb(n, k) * truth**k * (1 - truth) ** (n - k) for k in range(fewest, n + 1)))


@pytest.mark.parametrize(("failures", "rows"), [(0, 2995), (1, 4742), (2, 6294)])
def test_rare_failures(failures: int, rows: int) -> None:
    """P(failure) <= 1e-3 is proven by the first n at which so many failures are still few enough."""
    assert exact.binomial_limit(rows - failures, rows, 0.05) >= 0.999
    assert exact.binomial_limit(rows - failures - 1, rows - 1, 0.05) < 0.999


def test_large_numbers_of_rows_agree_with_the_normal_formula() -> None:
    z = norm.isf(0.05), norm.isf(0.2)
    normal = ((z[0] * math.sqrt(0.9 * 0.1) + z[1] * math.sqrt(0.901 * 0.099)) / 0.001) ** 2
    assert planning.binomial_rows(0.9, 0.901, alpha=0.05) == pytest.approx(normal, rel=0.01)


@pytest.mark.parametrize(("power", "reference"), [(0.8, 39), (0.95, 68)])
def test_entropy_rise(power: float, reference: int) -> None:
    """The reference takes the spread as known and the mean as normal; a test that is exact pays for knowing neither.

    Rises lie in -1 to 1: halved, they are values from 0 to 1.
    """
    assert reference == math.ceil(((norm.isf(0.05) + norm.ppf(power)) * 2.5) ** 2)
    n = planning.betting_rows(0.05, 0.125, 0.55, alpha=0.05, power=power)
    assert n is not None
    assert 2 * reference < n < 3 * reference


@pytest.mark.parametrize(("power", "reference"), [(0.8, 103), (0.95, 162)])
def test_auroc(power: float, reference: int) -> None:
    """.90 against a truth of .95 under two normal scores of equal spread."""
    rng = np.random.default_rng(12)
    shift = math.sqrt(2) * norm.ppf(0.95)
    placements = norm.cdf(rng.standard_normal(200_000) + shift)
    spread = float(placements.var())
    n = planning.auroc_rows(0.9, 0.95, (spread, spread), alpha=0.05, power=power)
    assert n == pytest.approx(reference, rel=0.09)


def test_auroc_against_a_fixed_number_of_familiar_rows() -> None:
    spread = (0.01, 0.01)
    balanced = planning.auroc_rows(0.9, 0.95, spread, alpha=0.05)
    assert balanced is not None
    assert planning.auroc_rows(0.9, 0.95, spread, alpha=0.05, familiar=balanced) == pytest.approx(balanced, abs=1)
    many = planning.auroc_rows(0.9, 0.95, spread, alpha=0.05, familiar=100 * balanced)
    assert many == pytest.approx(balanced / 2, rel=0.05)
    assert planning.auroc_rows(0.9, 0.95, spread, alpha=0.05, familiar=balanced // 3) is None


@pytest.mark.parametrize(("a", "b", "bound"), [(8, 2, 0.75), (2, 8, 0.15), (0.5, 0.5, 0.42)])
def test_betting_rows_are_enough(a: float, b: float, bound: float) -> None:
    rng = np.random.default_rng(13)
    sd = math.sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))
    n = planning.betting_rows(a / (a + b) - bound, sd, bound, alpha=0.05)
    assert n is not None
    power = np.mean([exact.betting_limit(draw, 0.05) >= bound for draw in rng.beta(a, b, (200, n))])
    assert 0.75 <= power <= 0.99
    fewer = np.mean([exact.betting_limit(draw, 0.05) >= bound for draw in rng.beta(a, b, (200, n // 2))])
    assert fewer < 0.8


def test_what_can_never_be_proven_needs_no_number_of_rows() -> None:
    assert planning.binomial_rows(0.9, 0.9, alpha=0.05) is None
    assert planning.binomial_rows(0.5, 0.5 + 1e-7, alpha=0.05) is None
    assert planning.paired_rows(0.5, 0.1, 0.1, alpha=0.05) is None
    assert planning.betting_rows(1e-9, 0.1, 0.5, alpha=0.05) is None
    assert planning.betting_rows(-0.1, 0.1, 0.5, alpha=0.05) is None
    assert planning.auroc_rows(0.9, 0.9, (0.01, 0.01), alpha=0.05) is None
