"""Means near zero: two claims in one, and the errors of both."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_robust.statistics import Levels
from pytest_robust.statistics.means import decide_mean
from pytest_robust.statistics.near_zero import decide_near_zero


@pytest.mark.parametrize(("mean", "most"), [(0.2, 0.2), (-0.2, 0.2), (0.0, 0.0), (0.0, 0.05)])
def test_neither_verdict_errs_more_often_than_it_may(mean, most) -> None:
    """300 samples from the boundary, where no PASS is right (but for a mean of 0), and no FAIL."""
    rng = np.random.default_rng(5)
    levels = Levels(alpha_pass=0.1, alpha_fail=0.1)
    outcomes = []
    for _ in range(300):
        values = np.where(rng.random(160) < (1 + mean) / 2, 1.0, -1.0)
        outcomes.append(decide_near_zero(values, most, levels, final=True).outcome)
    assert outcomes.count("FAIL") <= 30
    if abs(mean) == most:
        assert outcomes.count("PASS") <= 30


def test_two_sides_cost_a_failure_half_of_its_alpha_and_a_pass_nothing() -> None:
    values = np.tile([1.0, -1.0, 0.2, 0.1], 60)
    levels = Levels(alpha_fail=0.02)
    high = decide_mean(values, "<=", 0.3, levels, bounds=(-1, 1), final=True)
    low = decide_mean(values, ">=", -0.3, levels, bounds=(-1, 1), final=True)
    both = decide_near_zero(values, 0.3, levels, final=True)
    assert (high.outcome, low.outcome, both.outcome) == ("PASS", "PASS", "PASS")
    assert both.n == max(high.n, low.n)
    far = np.full(200, 0.5)
    halved = decide_mean(far, "<=", 0.3, Levels(alpha_fail=0.01), bounds=(-1, 1), final=True)
    assert decide_near_zero(far, 0.3, levels, final=True).n == halved.n


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=60), st.floats(0, 1))
@example([1.0], 0.9999999999999999)
def test_the_sign_does_not_matter(values, most) -> None:
    found = decide_near_zero(np.array(values), most, Levels(), final=True)
    mirrored = decide_near_zero(-np.array(values), most, Levels(), final=True)
    assert (found.outcome, found.n) == (mirrored.outcome, mirrored.n)
    assert found.estimate == pytest.approx(mirrored.estimate)
    assert found.interval == pytest.approx(mirrored.interval)
    assert 0 <= found.interval[0] <= found.estimate + 1e-9
    assert found.estimate <= found.interval[1] + 1e-9


@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.1, 0.4]), st.integers(1, 90))
def test_asking_in_steps_gives_the_answer_of_asking_once(seed, mean, step) -> None:
    rng = np.random.default_rng(seed)
    values = np.where(rng.random(300) < (1 + mean) / 2, 1.0, -1.0)
    whole = decide_near_zero(values, 0.2, Levels(), final=True)
    steps = (decide_near_zero(values[:n], 0.2, Levels(), final=n >= 300) for n in range(step, 300 + step, step))
    assert next(one for one in steps if one.outcome is not None) == whole


def test_rows_still_needed_and_what_cannot_be() -> None:
    few = np.tile([0.5, -0.3], 10)
    found = decide_near_zero(few, 0.3, Levels(), final=True)
    assert (found.outcome, found.estimate) == ("INCONCLUSIVE", pytest.approx(0.1))
    assert found.rows_needed is not None
    assert decide_near_zero(few[:0], 0.3, Levels(), final=True).outcome == "INCONCLUSIVE"
    with pytest.raises(ValueError, match="outside the range 0 to 1"):
        decide_near_zero(few, 1.5, Levels(), final=True)
    with pytest.raises(ValueError, match="outside the range -1 to 1"):
        decide_near_zero(np.array([2.0]), 0.5, Levels(), final=True)
