"""Planned rows: against the tests that will be run, on data whose truth is as supposed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm

from pytest_robust.statistics import Levels
from pytest_robust.statistics.auroc import decide_auroc
from pytest_robust.statistics.ece import decide_ece
from pytest_robust.statistics.means import decide_mean
from pytest_robust.statistics.outlook import AUROC, CALIBRATION, POWER, nearest_settled, of_mean, truths
from pytest_robust.statistics.paired import difference_p

LEVELS = Levels(alpha_fail=0.01)
ONCE = Levels(alpha_fail=0.01, early_stopping=False)


@pytest.mark.parametrize(
    ("operator", "threshold", "truth", "outcome"),
    [(">=", 0.8, 0.86, "PASS"), (">=", 0.8, 0.72, "FAIL"), ("<=", 0.2, 0.14, "PASS"), ("<=", 0.2, 0.28, "FAIL")],
)
def test_a_rate_is_settled_at_these_rows_with_the_power_and_not_at_fewer(operator, threshold, truth, outcome) -> None:
    """Power by summing over all counts that the test itself settles."""
    n = of_mean("clopper-pearson", (0, 1)).rows(truth, threshold, operator, ONCE, 0)

    def power(rows: int) -> float:
        counts = np.arange(rows + 1)
        settled = [
            decide_mean(
                np.repeat([1.0, 0.0], [k, rows - k]), operator, threshold, ONCE, fixed="clopper-pearson", final=True
            ).outcome
            == outcome
            for k in counts.tolist()
        ]
        return float(binom.pmf(counts, rows, truth)[settled].sum())

    assert power(n) >= POWER > power(n - 1)


@pytest.mark.parametrize(("truth", "passes"), [(0.005, True), (0.1, False)])
def test_a_paired_drop(truth: float, passes: bool) -> None:
    """Two rows in a hundred change for the better, and so many more for the worse."""
    n = of_mean("discordant", (-1, 1)).rows(truth, 0.04, "<=", LEVELS, 0)
    alpha = LEVELS.fixed(LEVELS.alpha_pass if passes else LEVELS.alpha_fail)
    rng = np.random.default_rng(3)

    def power(rows: int) -> float:
        losses, gains, _ = rng.multinomial(rows, [truth + 0.02, 0.02, 0.96 - truth], 150).T
        first, second, bound = (gains, losses, -0.04) if passes else (losses, gains, 0.04)
        pairs = zip(first.tolist(), second.tolist(), strict=True)
        return float(np.mean([difference_p(a, b, rows, bound, alpha) <= alpha for a, b in pairs]))

    assert 0.72 <= power(n) <= 0.95
    assert power(n // 2) < 0.7


def settled(draws: list[np.ndarray], outcome: str, *told, **more) -> float:
    return float(np.mean([decide_mean(draw, *told, **more, final=True).outcome == outcome for draw in draws]))


def test_values_of_any_kind() -> None:
    """Beta values with half the largest spread: a + b + 1 = 4."""
    truth = 0.7
    n = of_mean("betting", (0, 1)).rows(truth, 0.6, ">=", LEVELS, 0)
    rng = np.random.default_rng(4)
    draws = [rng.beta(3 * truth, 3 * (1 - truth), n) for _ in range(200)]
    assert 0.75 <= settled(draws, "PASS", ">=", 0.6, LEVELS, fixed="betting") <= 0.99
    assert settled([draw[: n // 2] for draw in draws], "PASS", ">=", 0.6, LEVELS, fixed="betting") < 0.75


@pytest.mark.parametrize(("truth", "outcome"), [(0.91, "PASS"), (0.81, "FAIL")])
def test_an_auroc_of_normal_scores(truth: float, outcome: str) -> None:
    familiar = 400
    n = AUROC.rows(truth, 0.87, ">=", LEVELS, familiar)
    assert n >= 100, "where DeLong's test is used"
    rng = np.random.default_rng(5)
    shift = math.sqrt(2) * norm.ppf(truth)
    found = [
        decide_auroc(rng.normal(shift, 1, n), rng.normal(0, 1, familiar), ">=", 0.87, LEVELS, final=True).outcome
        for _ in range(200)
    ]
    assert 0.7 <= found.count(outcome) / 200 <= 0.92


@pytest.mark.parametrize(("truth", "outcome"), [(0.02, "PASS"), (0.15, "FAIL")])
def test_a_calibration_error(truth: float, outcome: str) -> None:
    """A model that is right 19 times in 20 and, by `truth`, surer than that or less sure, bin by bin."""
    n = CALIBRATION.rows(truth, 0.07, "<=", LEVELS, 0)
    rng = np.random.default_rng(6)
    found = []
    for _ in range(60):
        chance = rng.beta(9.5, 0.5, n)
        right = rng.random(n) < chance
        found.append(decide_ece(np.clip(chance - truth, 0, 1), right, 0.07, LEVELS, final=True).outcome)
    assert found.count(outcome) / 60 >= 0.6


@given(st.floats(0.05, 0.95), st.sampled_from([">=", "<="]), st.integers(30, 5000))
def test_the_nearest_truth_is_where_the_rows_begin_to_be_enough(threshold: float, operator: str, n: int) -> None:
    outlook = of_mean("clopper-pearson", (0, 1))

    def rows(truth: float) -> int | None:
        return outlook.rows(truth, threshold, operator, LEVELS, 0)

    for end in (0.0, 1.0):
        found = nearest_settled(rows, threshold, end, n)
        if found is None:
            assert (rows(end) or math.inf) > n
        else:
            nearer = found + (threshold - found) * 0.01
            assert rows(found) <= n
            assert (rows(nearer) or math.inf) >= n * 0.95  # power is a saw-tooth in n


def test_truths_lie_within_the_range_on_both_sides() -> None:
    assert truths(0.95, (0, 1)) == ([0.9625, 0.975, 0.9875], [0.9375, 0.925, 0.9125])
    assert truths(0.1, (-1, 1)) == ([0.125, 0.15, 0.175], [0.075, 0.05, 0.025])
    assert truths(1.0, (0, 1)) == ([], [0.75, 0.5, 0.25])
    assert truths(0.001, (0, 1)) == ([0.00125, 0.0015, 0.00175], [0.00075, 0.0005, 0.00025])


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="outside the range"):
        of_mean("betting", (0, 1)).rows(1.2, 0.5, ">=", LEVELS, 0)
    assert of_mean("betting", (0, 1)).rows(0.5, 0.5, ">=", LEVELS, 0) is None
    assert AUROC.rows(0.9, 0.9, ">=", LEVELS, 500) is None
