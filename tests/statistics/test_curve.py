"""What lies above a curve: limits against their definition, and errors counted over many samples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit
from scipy.stats import binomtest

from pytest_robust.statistics import Levels
from pytest_robust.statistics.curve import LEAST, AboveCurve, decide_above_curve


def line(rate: float) -> float:
    with np.errstate(divide="ignore"):
        return float(expit(0.9 * logit(rate) - 1.0))


def pairs(rng: np.random.Generator, n: int, now: float, before: float) -> tuple[np.ndarray, np.ndarray]:
    """Paired answers, as alike as these rates allow: what is right now was right before, if it can be."""
    chance = rng.random(n)
    return chance < now, chance < before


@given(st.integers(1, 300), st.data())
def test_limits_are_those_of_both_rates_at_half_of_alpha(n, data) -> None:
    now, before = data.draw(st.integers(0, n)), data.draw(st.integers(0, n))
    alpha = data.draw(st.sampled_from([0.2, 0.05, 1e-4]))
    # Two-sided intervals at confidence 1 - alpha have limits of alpha / 2 to each side.
    first, second = (binomtest(count, n).proportion_ci(1 - alpha) for count in (now, before))
    found = AboveCurve(now, before, n, line)
    assert found.limit(">=", alpha) == pytest.approx(first.low - line(second.high), abs=1e-6)
    assert found.limit("<=", alpha) == pytest.approx(first.high - line(second.low), abs=1e-6)
    assert found.limit(">=", alpha) <= found.estimate + 1e-12 <= found.limit("<=", alpha) + 2e-12


@given(st.integers(1, 10**6), st.data())
def test_the_p_value_is_the_alpha_at_which_the_limit_reaches_the_bound(n, data) -> None:
    found = AboveCurve(data.draw(st.integers(0, n)), data.draw(st.integers(0, n)), n, line)
    bound = data.draw(st.floats(-0.99, 0.99))
    for operator in (">=", "<="):
        p = found.p_value(operator, bound, 0.05)
        assert LEAST <= p <= 1
        if LEAST < p < 1:
            assert found.limit(operator, p) == pytest.approx(bound, abs=1e-6)
        for alpha in (0.05, 1e-3):
            reached = (
                found.limit(operator, alpha) >= bound if operator == ">=" else found.limit(operator, alpha) <= bound
            )
            assert (p <= alpha) == reached or p == pytest.approx(alpha, rel=1e-6)


@pytest.mark.parametrize("operator", [">=", "<="])
@pytest.mark.parametrize(("now", "before"), [(0.62, 0.9), (0.02, 0.4), (0.9, 0.999)])
def test_no_side_of_the_boundary_errs_more_often_than_it_may(operator, now, before) -> None:
    """200 models that lie just on the claim's boundary, looked at after every 50 rows: neither verdict is allowed."""
    rng = np.random.default_rng(7)
    levels = Levels(alpha_pass=0.1, alpha_fail=0.1)
    threshold = now - line(before)
    outcomes = []
    for _ in range(200):
        right, earlier = pairs(rng, 250, now, before)
        asked = (
            decide_above_curve(right[:n], earlier[:n], line, operator, threshold, levels, final=n == 250)
            for n in range(50, 251, 50)
        )
        outcomes.append(next(one.outcome for one in asked if one.outcome is not None))
    assert outcomes.count("PASS") <= 20
    assert outcomes.count("FAIL") <= 20


def test_clear_cases_are_settled_and_the_answer_is_that_of_asking_once() -> None:
    rng = np.random.default_rng(3)
    right, earlier = pairs(rng, 2000, 0.85, 0.9)
    for operator, threshold, outcome in ((">=", 0.0, "PASS"), ("<=", 0.0, "FAIL"), ("<=", 0.5, "PASS")):
        whole = decide_above_curve(right, earlier, line, operator, threshold, Levels(), final=True)
        asked = (
            decide_above_curve(right[:n], earlier[:n], line, operator, threshold, Levels(), final=n >= 2000)
            for n in range(37, 2037, 37)
        )
        first = next(one for one in asked if one.outcome is not None)
        assert (whole.outcome, first) == (outcome, whole)
        assert whole.n < 2000


def test_rows_still_needed_settle_it_more_often_than_not() -> None:
    rng = np.random.default_rng(11)
    right, earlier = pairs(rng, 400, 0.80, 0.9)
    first = decide_above_curve(right, earlier, line, ">=", 0.02, Levels(early_stopping=False), final=True)
    assert first.outcome == "INCONCLUSIVE"
    assert first.rows_needed is not None
    estimate, n = first.estimate, 400 + first.rows_needed
    now = estimate + line(float(earlier.mean()))
    settled = [
        decide_above_curve(
            *pairs(rng, n, now, float(earlier.mean())), line, ">=", 0.02, Levels(early_stopping=False), final=True
        ).outcome
        for _ in range(40)
    ]
    assert settled.count("PASS") >= 20


def test_no_row_and_what_cannot_be() -> None:
    empty = np.zeros(0, bool)
    assert decide_above_curve(empty, empty, line, ">=", 0.1, Levels(), final=True).outcome == "INCONCLUSIVE"
    assert decide_above_curve(empty, empty, line, ">=", 0.1, Levels(), final=False).outcome is None
    with pytest.raises(ValueError, match="the two have shapes"):
        decide_above_curve(empty, np.zeros(1, bool), line, ">=", 0.1, Levels(), final=True)
    with pytest.raises(ValueError, match="outside the range -1 to 1"):
        decide_above_curve(empty, empty, line, ">=", 1.5, Levels(), final=True)
