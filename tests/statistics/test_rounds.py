"""Bets over classes: what one expects of them by adding up all outcomes, and rounds by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_robust.statistics.betting import FRACTIONS
from pytest_robust.statistics.rounds import (
    class_test,
    even_rounds,
    first_rounds,
    known_before,
    log_e_path,
    log_factors,
    lower_limit,
)

labels_of = (
    st.lists(st.integers(0, 2), min_size=3, max_size=40).filter(lambda drawn: len(set(drawn)) == 3).map(np.array)
)


@given(labels_of)
def test_first_rounds_hold_the_jth_row_of_each_class(labels: np.ndarray) -> None:
    rounds = first_rounds(labels, np.bincount(labels))
    for j, rows in enumerate(rounds):
        assert rows.tolist() == [np.flatnonzero(labels == k)[j] for k in range(3)]
    assert len(rounds) == min((labels == k).sum() for k in range(3))


@given(labels_of)
def test_even_rounds_use_all_rows_in_order_as_evenly_as_can_be(labels: np.ndarray) -> None:
    rounds = even_rounds(labels, np.bincount(labels))
    for k in range(3):
        mine = rounds[labels == k]
        sizes = np.bincount(mine, minlength=np.bincount(labels).min())
        assert (np.diff(mine) >= 0).all()
        assert sizes.min() >= 1
        assert sizes.max() - sizes.min() <= 1


@pytest.mark.parametrize("q", [(0.6, 0.6), (1.0, 0.2), (0.9, 0.3), (0.2, 1.0), (0.5, 0.4)])
@pytest.mark.parametrize("fraction", [0.5, 0.9375])
def test_the_wealth_is_expected_to_be_at_most_1(q: tuple[float, float], fraction: float) -> None:
    """Exactly, over all 2^9 outcomes of three rounds of two rows of one class and one of the other, at m = 0.6."""
    held, chances, wealth = np.array([[2.0, 1.0]] * 3), [], []
    for outcome in itertools.product([0.0, 1.0], repeat=9):
        rows = np.array(outcome).reshape(3, 3)
        right = np.column_stack([rows[:, :2].sum(axis=1), rows[:, 2]])
        known = known_before(right, held)
        wealth.append(math.exp(log_factors(right, held, known, np.array(fraction), math.inf, 0.6).sum()))
        chances.append(np.prod(np.where(rows == 1, np.array(q)[[0, 0, 1]], 1 - np.array(q)[[0, 0, 1]])))
    assert math.fsum(chances) == pytest.approx(1)
    assert float(np.dot(chances, wealth)) <= 1 + 1e-12


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=25), st.floats(0.05, 0.95))
@settings(deadline=None)
def test_path_is_the_mixture_of_products_with_centres_from_earlier_rounds(drawn, mean: float) -> None:
    right = np.array(drawn, float)
    path, wealth = log_e_path(right, mean), np.ones(len(FRACTIONS))
    for j, row in enumerate(right):
        past = right[:j]
        overall = (0.5 + past.mean(axis=0).sum()) / 3 if j else 0.5
        known = (past.sum(axis=0) + 4 * overall) / (j + 4)
        centre = mean + known - known.mean()
        for y, c in zip(row, centre, strict=True):
            wealth *= 1 + FRACTIONS / centre.max() * (y - c)
        assert path[j] == pytest.approx(math.log(wealth.mean()), abs=1e-9)


@given(st.lists(st.tuples(*[st.integers(0, 1)] * 3), min_size=1, max_size=25), st.sampled_from([0.3, 0.05]))
@settings(deadline=None)
def test_the_limit_is_the_edge_of_what_is_rejected(drawn, alpha: float) -> None:
    right = np.array(drawn, float)
    limit = lower_limit(right, alpha)
    assert 0 <= limit <= right.mean()
    if limit > 1e-6:
        assert log_e_path(right, limit * (1 - 1e-6))[-1] >= -math.log(alpha)
        assert log_e_path(right, limit / 2)[-1] >= -math.log(alpha)
        assert log_e_path(right, limit + 1e-6)[-1] < -math.log(alpha)


@given(labels_of, st.data(), st.floats(0.05, 0.95), st.sampled_from([0.3, 0.05]))
@settings(deadline=None)
def test_p_value_is_below_alpha_exactly_where_the_limit_is_above(labels, data, mean: float, alpha: float) -> None:
    values = np.array(data.draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=len(labels), max_size=len(labels))))
    test = class_test(labels, np.bincount(labels))
    limit, p = test.limit(values, alpha), test.p_value(values, mean, alpha)
    if abs(limit - mean) > 1e-6:
        assert (p <= alpha) == (limit >= mean)


def test_a_mean_of_0_is_disproved_by_one_success_and_one_of_1_never() -> None:
    labels = np.array([0, 1, 0, 1])
    test = class_test(labels, np.bincount(labels))
    assert test.p_value(np.array([0.0, 0.0, 1.0, 0.0]), 0.0, 0.05) == 0.0
    assert test.p_value(np.zeros(4), 0.0, 0.05) == 1.0
    assert test.p_value(np.ones(4), 1.0, 0.05) == 1.0
    assert log_e_path(np.array([[0.0, 0.0], [0.0, 1.0]]), 0.0) == pytest.approx([0.0, math.inf], abs=1e-12)
    assert (log_e_path(np.ones((50, 2)), 1.0) <= 1e-12).all()
