"""Two answers to the same rows: against scipy, and by simulation of runs that stop where they like what they see."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binom, binomtest

from pytest_robust.statistics import Levels
from pytest_robust.statistics.change import change

ONCE = Levels(early_stopping=False)


def rows(both: int, gains: int, losses: int, neither: int = 0) -> tuple[np.ndarray, np.ndarray]:
    before = np.repeat([True, False, True, False], [both, gains, losses, neither])
    now = np.repeat([True, True, False, False], [both, gains, losses, neither])
    return before, now


@pytest.mark.parametrize(("gains", "losses"), [(3, 24), (24, 3), (5, 5), (0, 9), (0, 0)])
def test_is_the_sign_test_of_the_rows_that_differ(gains: int, losses: int) -> None:
    found = change(*rows(700, gains, losses, 90), ONCE, fixed=True)
    differing = gains + losses
    worse = binomtest(losses, differing, 0.5, "greater").pvalue if differing else 1.0
    better = binomtest(gains, differing, 0.5, "greater").pvalue if differing else 1.0
    assert (found.gains, found.losses, found.n) == (gains, losses, 790 + differing)
    assert found.p_worse == pytest.approx(worse)
    assert found.p_better == pytest.approx(better)
    assert found.difference == pytest.approx((gains - losses) / found.n)
    low, high = found.interval
    assert -1 <= low <= found.difference <= high <= 1


def test_what_stopping_early_costs() -> None:
    """Three quarters of an error are left for the sign test: its p-value counts a third more."""
    once, shared = (change(*rows(700, 3, 24), levels, fixed=True) for levels in (ONCE, Levels()))
    assert shared.p_worse == pytest.approx(once.p_worse / 0.75)
    assert shared.interval[0] < once.interval[0] < once.interval[1] < shared.interval[1]
    stopped = change(*rows(700, 3, 24), Levels(), fixed=False)
    assert once.p_worse < stopped.p_worse < 0.1
    assert stopped.method != once.method


@given(arrays(np.bool_, st.tuples(st.just(2), st.integers(1, 60))), st.booleans())
def test_before_and_now_are_mirror_images(answers: np.ndarray, fixed: bool) -> None:
    one, other = (change(*pair, Levels(), fixed=fixed) for pair in (answers, answers[::-1]))
    assert (one.gains, one.losses, one.p_better) == (other.losses, other.gains, other.p_worse)
    assert one.interval == pytest.approx((-other.interval[1], -other.interval[0]), abs=1e-9)
    assert 0 <= one.p_worse <= 1
    assert one.difference == pytest.approx(answers[1].mean() - answers[0].mean())


def runs(count: int, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A model before and now, (count, n) each, equally good: a row in five changes, one way as often as the other."""
    rng = np.random.default_rng(seed)
    before = rng.random((count, n)) < 0.8
    changes = rng.random((count, n)) < np.where(before, 0.125, 0.5)  # 0.8 * 0.125 = 0.2 * 0.5
    return before, before ^ changes


def test_a_run_that_stops_where_it_looks_bad_errs_no_more_often_than_stated() -> None:
    """It stops at the first row at which the sign test, asked again after every row, would call it worse."""
    alpha, count, n = 0.1, 500, 150
    found, naive, missed = 0, 0, 0
    for before, now in zip(*runs(count, n, 1), strict=True):
        losses, differing = np.cumsum(before & ~now), np.cumsum(before != now)
        bad = np.flatnonzero(binom.sf(losses - 1, differing, 0.5) <= alpha)
        k = n if not len(bad) else 1 + int(bad[0])
        told = change(before[:k], now[:k], Levels(), fixed=k == n)
        found += told.p_worse <= alpha
        missed += not told.interval[0] <= 0 <= told.interval[1]
        naive += len(bad) > 0
    assert found / count <= alpha
    assert missed / count <= 0.05
    assert naive / count > 2 * alpha, "so often does the sign test err where its number of rows is not fixed"


@pytest.mark.parametrize("fixed", [True, False])
def test_a_real_loss_is_found(fixed: bool) -> None:
    rng = np.random.default_rng(2)
    found = 0
    for _ in range(100):
        before = rng.random(900) < 0.9
        now = before & ~(rng.random(900) < 0.05)
        found += change(before, now, Levels(), fixed=fixed).p_worse <= 0.01 / 50
    assert found >= 95
