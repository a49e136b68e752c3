"""The lowest failing level, on functions whose lowest failure is known."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pytest_robust.engine.lowest import BISECTIONS, HALVINGS, lowest_between, lowest_listed

LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0)


class Counted:
    """Rows that fail from a level of their own on; counts questions."""

    def __init__(self, truth):
        self.truth, self.calls, self.asked = np.asarray(truth, float), 0, 0

    def __call__(self, rows, levels):
        self.calls, self.asked = self.calls + 1, self.asked + len(rows)
        return levels >= self.truth[rows]


@given(st.lists(st.tuples(st.sampled_from(LEVELS), st.sampled_from(LEVELS)), min_size=1, max_size=8))
def test_of_listed_levels_it_is_the_lowest_that_fails(pairs):
    truth, known = np.array([sorted(pair) for pair in pairs]).T
    fails = Counted(truth)
    np.testing.assert_array_equal(lowest_listed(fails, known, LEVELS), truth)
    assert fails.calls <= len(LEVELS)


@given(st.sets(st.sampled_from(LEVELS), min_size=1))
def test_of_listed_levels_it_is_the_lowest_even_where_failing_is_not_monotone(failing):
    found = lowest_listed(lambda _, levels: np.isin(levels, list(failing)), np.array([max(failing)]), LEVELS)
    assert found.tolist() == [min(failing)]


@given(st.lists(st.floats(0.002, 1), min_size=1, max_size=8), st.floats(0.1, 16), st.sampled_from([0.0, 0.5]))
def test_between_bounds_it_is_within_a_sixteenth_and_fails(shares, high, least):
    truth = least + np.array(shares) * high
    fails = Counted(truth)
    found = lowest_between(fails, np.full(len(truth), least + high), least)
    assert (found >= truth - 1e-12).all()
    assert ((found - least) <= (truth - least) * (1 + 1 / 16) + 1e-9).all()
    assert fails.calls <= HALVINGS + BISECTIONS


def test_what_fails_at_all_levels_ends_at_a_thousandth():
    found = lowest_between(lambda rows, levels: np.full(len(rows), True), np.array([1.0, 512.0]))
    np.testing.assert_allclose(found, [2.0**-HALVINGS, 512 * 2.0**-HALVINGS])


def test_what_fails_at_the_known_level_only_stays_there():
    found = lowest_between(lambda rows, levels: np.full(len(rows), False), np.array([0.3]))
    assert found.tolist() == [0.3]


@given(st.floats(1, 300), st.integers(2, 32))
def test_levels_are_rounded_to_what_can_be_written_and_none_is_asked_twice(truth, high):
    asked = []

    def fails(rows, levels):
        asked.extend(levels.tolist())
        return levels >= truth / 255

    snap = lambda level: float(f"{level * 255:.2g}") / 255  # noqa: E731
    if truth > high:
        return
    found = lowest_between(fails, np.array([high / 255]), snap=snap)
    assert len(asked) == len(set(asked))
    assert found[0] >= truth / 255 - 1e-12
    assert found[0] <= truth / 255 * 1.12
