"""Which test rows are training rows, or copies of them."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_rows import batch, scene

from pytest_robust.training import _twins
from pytest_robust.training._rows import Rows, rows_of
from pytest_robust.training._twins import EXACT, twins

SCENES = np.stack([scene(seed, side=32) for seed in range(12)])


def rows(images: np.ndarray) -> Rows:
    return rows_of([batch(images)])


def darker(images: np.ndarray) -> np.ndarray:
    return (images * 0.8).astype(np.uint8)


def test_equal_pixels_are_exact_twins_and_copies_near_ones():
    test = np.concatenate([SCENES[:3], darker(SCENES[3:5]), SCENES[10:]])
    found = twins(rows(test), rows(SCENES[:10]))
    assert sorted(found.rows.tolist()) == [0, 1, 2, 3, 4]
    assert found.training_rows.tolist() == found.rows.tolist()
    assert found.distances[:3].tolist() == [EXACT] * 3
    assert all(0 <= bits <= _twins.WITHIN for bits in found.distances[3:].tolist())


def test_data_without_a_shared_row_have_no_twins():
    found = twins(rows(SCENES[:6]), rows(SCENES[6:]))
    assert len(found.rows) == 0


def test_of_several_copies_the_nearest_counts_and_of_equal_ones_the_first():
    training = np.concatenate([darker(SCENES[:1]), SCENES[:1], SCENES[:1]])
    found = twins(rows(SCENES[:1]), rows(training))
    assert (found.training_rows.tolist(), found.distances.tolist()) == ([1], [EXACT])


def test_a_near_hash_without_a_like_thumbnail_is_no_twin():
    test, training = rows(SCENES[:2]), rows(darker(SCENES[:2]))
    assert len(twins(test, training).rows) == 2
    other = Rows(training.ids, training.sha256, test.hashes, test.thumbnails[::-1])
    assert len(twins(test, other).rows) == 0


def test_pictures_of_one_colour_are_twins_only_of_the_very_same():
    black, white = np.zeros((1, 32, 32, 3), np.uint8), np.full((1, 32, 32, 3), 255, np.uint8)
    assert len(twins(rows(black), rows(white)).rows) == 0
    assert twins(rows(black), rows(black)).distances.tolist() == [EXACT]


@given(st.permutations(range(10)), st.permutations(range(8)), st.integers(1, 64))
def test_the_order_of_rows_and_the_size_of_steps_change_no_pair(test_order, training_order, block):
    test, training = np.concatenate([SCENES[:4], darker(SCENES[4:10])]), np.concatenate([SCENES[2:8], SCENES[10:]])
    expected = twins(rows(test), rows(training))
    before, _twins.BLOCK = _twins.BLOCK, block
    try:
        found = twins(rows(test[test_order]), rows(training[training_order]))
    finally:
        _twins.BLOCK = before
    pairs = {(test_order[a], training_order[b]): d for a, b, d in zip(*columns(found), strict=True)}
    assert pairs == {(a, b): d for a, b, d in zip(*columns(expected), strict=True)}


def columns(found: _twins.Twins) -> list[list[int]]:
    return [found.rows.tolist(), found.training_rows.tolist(), found.distances.tolist()]


def test_exact_twins_come_first_then_the_nearest():
    test = np.concatenate([SCENES[5:6] // 2, darker(SCENES[:3]), SCENES[3:5]])
    found = twins(rows(test), rows(SCENES))
    assert found.distances.tolist() == sorted(found.distances.tolist())
    assert found.rows[:2].tolist() == [4, 5]


def test_two_thousand_rows_are_compared_with_ten_thousand_in_a_moment():
    rng = np.random.default_rng(0)

    def noise(n: int) -> Rows:
        hashes = rng.integers(0, 2**63, n, dtype=np.uint64)
        thumbnails = rng.integers(0, 256, (n, 64), dtype=np.uint8)
        return Rows(np.array([str(k) for k in range(n)]), rng.integers(0, 256, (n, 32), np.uint8), hashes, thumbnails)

    test, training = noise(2000), noise(10_000)
    start = time.perf_counter()
    twins(test, training)
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("rows_there", [0, 1])
def test_few_training_rows_are_enough(rows_there: int):
    found = twins(rows(SCENES[:2]), rows(SCENES[: rows_there + 1]))
    assert found.rows.tolist() == list(range(rows_there + 1))
