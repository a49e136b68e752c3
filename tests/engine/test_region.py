"""The smallest failing region, on functions whose smallest failing region is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_robust.engine import region
from pytest_robust.engine.region import ROUNDS

CASES = 100


def smallest_regions(fails, known, share=1.0):
    return region.smallest_regions(fails, known, (share * areas(known)).astype(np.intp))


class Counted:
    """Notes questions."""

    def __init__(self, function):
        self.function, self.asked = function, []

    def __call__(self, rows, regions):
        assert len(rows) == len(regions) > 0
        self.asked.append((rows, regions))
        return self.function(rows, regions)

    @property
    def calls(self):
        return len(self.asked)

    @property
    def most(self):
        return max(len(rows) for rows, _ in self.asked)


def holding(truth):
    """Rows that fail where the region holds one of their own."""
    truth = np.asarray(truth)
    return lambda rows, tried: ((tried[:, ::2] <= truth[rows, ::2]) & (tried[:, 1::2] >= truth[rows, 1::2])).all(axis=1)


def rectangle(rng, height, width):
    top, bottom = sorted(rng.choice(height + 1, 2, replace=False))
    left, right = sorted(rng.choice(width + 1, 2, replace=False))
    return top, bottom, left, right


def areas(regions):
    return np.diff(regions).T[::2].prod(axis=0)


def whole(height, width, n=1):
    return np.tile([0, height, 0, width], (n, 1))


@pytest.mark.parametrize("size", [(8, 8), (32, 32), (28, 45), (224, 224)])
def test_the_one_region_that_must_be_changed_is_found_to_the_pixel(size):
    rng = np.random.default_rng(size[0])
    truth = np.array([rectangle(rng, *size) for _ in range(CASES)])
    np.testing.assert_array_equal(smallest_regions(holding(truth), whole(*size, CASES)), truth)


@pytest.mark.parametrize(("side", "calls"), [(8, 13), (32, 17), (224, 21)])
def test_five_rows_are_found_in_few_questions_of_about_as_many_inputs_as_are_asked_in_any_case(side, calls):
    rng = np.random.default_rng(side)
    for _ in range(20):
        fails = Counted(holding([rectangle(rng, side, side) for _ in range(5)]))
        smallest_regions(fails, whole(side, side, 5))
        assert fails.calls <= calls
        assert fails.most <= 32


def test_what_cannot_become_small_enough_is_looked_for_on_the_grid_only():
    truth = np.array([[1, 31, 1, 31], [9, 14, 3, 5]])
    fails = Counted(holding(truth))
    found = smallest_regions(fails, whole(32, 32, 2), share=0.5)
    assert found.tolist() == [[0, 32, 0, 32], [9, 14, 3, 5]]
    assert all((tried[rows == 0] % 4 == 0).all() for rows, tried in fails.asked)


def test_of_a_patch_of_which_a_share_is_enough_a_region_within_a_tenth_of_the_least_is_found():
    rng = np.random.default_rng(5)
    good = 0
    for _ in range(CASES):
        top, left = rng.integers(0, 16, 2)
        height, width = rng.integers(6, 16, 2)
        enough = int(np.ceil(rng.uniform(0.1, 1) * height * width))

        def fails(rows, tried, patch=(top, top + height, left, left + width), enough=enough):
            inside = np.stack([np.maximum(tried[:, ::2], patch[::2]), np.minimum(tried[:, 1::2], patch[1::2])])
            return np.maximum(inside[1] - inside[0], 0).prod(axis=1) >= enough

        (found,) = smallest_regions(fails, whole(32, 32))
        sides = np.multiply.outer(np.arange(1, height + 1), np.arange(1, width + 1))
        good += areas(found[None])[0] <= 1.1 * sides[sides >= enough].min()
        assert top <= found[0] < found[1] <= top + height
        assert left <= found[2] < found[3] <= left + width
    assert good >= 95


def test_of_two_regions_that_are_each_enough_the_smaller_is_found():
    rng = np.random.default_rng(6)
    good = 0
    for _ in range(CASES):
        corner = rng.permutation([(0, 0), (0, 1), (1, 0), (1, 1)])[:2] * 16
        sizes = rng.integers(2, 13, (2, 2))
        start = corner + (rng.random((2, 2)) * (16 - sizes)).astype(int)
        both = np.stack([start, start + sizes], axis=2).reshape(2, 4)
        either = [holding([one]) for one in both]
        (found,) = smallest_regions(lambda rows, tried, e=either: e[0](rows, tried) | e[1](rows, tried), whole(32, 32))
        good += areas(found[None])[0] <= 1.1 * areas(both).min()
    assert good >= 95


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_what_is_found_fails_whatever_fails_and_is_found_again_in_a_bounded_number_of_questions(h, w, seed, share):
    def fails(_, tried):
        mixed = (tried * np.array([7919, 104729, 1299709, 15485863])).sum(axis=1) * 2654435761 + seed
        return ((mixed % 1009) / 1009 < share) | (tried == [0, h, 0, w]).all(axis=1)

    counted = Counted(fails)
    found = smallest_regions(counted, whole(h, w, 2))
    assert fails(None, found).all()
    assert ((found[:, ::2] >= 0) & (found[:, ::2] < found[:, 1::2]) & (found[:, 1::2] <= [h, w])).all()
    np.testing.assert_array_equal(found, smallest_regions(fails, whole(h, w, 2)))
    deep = np.ceil(np.log2(max(h, w))) + 1
    assert counted.calls <= 4 * (ROUNDS + 1) * (1 + deep)


def test_each_row_is_found_as_if_it_were_asked_for_alone():
    rng = np.random.default_rng(7)
    truth = np.array([rectangle(rng, 20, 30) for _ in range(9)])
    together = smallest_regions(holding(truth), whole(20, 30, 9))
    alone = [smallest_regions(holding([one]), whole(20, 30))[0] for one in truth]
    np.testing.assert_array_equal(together, alone)
