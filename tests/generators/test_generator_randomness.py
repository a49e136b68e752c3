"""Random numbers by row, drawing by inversion, and blocks of rows: what the corruptions rest on."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import pictures, seeds
from scipy import stats

from pytest_robust.errors import GenerationError
from pytest_robust.generators import _random, _rows, registry
from pytest_robust.generators._inversion import OPEN, inversion
from pytest_robust.generators._random import bits, bits_at, normals, uniforms

MASK = (1 << 64) - 1


def splitmix(seed: int, stream: int, count: int) -> list[int]:
    """The generator of Steele, Lea & Flood in whole numbers of any length."""

    def mix(z: int) -> int:
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
        return z ^ (z >> 31)

    gamma = 0x9E3779B97F4A7C15
    start = mix((mix((seed + gamma) & MASK) + stream) & MASK)
    return [mix((start + (place + 1) * gamma) & MASK) for place in range(count)]


@given(st.lists(st.integers(0, MASK), min_size=1, max_size=4), st.integers(0, 3), st.integers(0, 20))
def test_bits_are_those_of_splitmix64(numbers, stream, count):
    found = bits(np.array(numbers, np.uint64), count, stream=stream)
    assert found.tolist() == [splitmix(number, stream, count) for number in numbers]


def test_long_rows_are_made_in_pieces_of_the_same_numbers(monkeypatch):
    whole = bits(seeds(2), 1000)
    monkeypatch.setattr(_random, "PIECE", 64)
    monkeypatch.setattr(_random, "STEPS", _random.STEPS[:64])
    assert np.array_equal(bits(seeds(2), 1000), whole)


def test_bits_at_a_place_are_those_that_stand_there():
    whole, rows, places = bits(seeds(3), 100, stream=1), np.array([2, 0, 2, 1]), np.array([99, 0, 7, 7])
    assert np.array_equal(bits_at(seeds(3)[rows], places, stream=1), whole[rows, places])


def test_seeds_are_left_as_they_were():
    given_seeds = seeds(3)
    bits(given_seeds, 70_000)
    normals(given_seeds, (3,))
    assert np.array_equal(given_seeds, seeds(3))


@pytest.mark.parametrize("shape", [(), (1,), (7,), (3, 5, 2)])
def test_numbers_have_the_shape_asked_for_and_depend_on_the_row_alone(shape):
    for draw in (uniforms, normals):
        found = draw(seeds(4), shape)
        assert found.shape == (4, *shape)
        assert found.dtype == np.float32
        assert np.array_equal(draw(seeds(4)[2:3], shape)[0], found[2])
        assert not np.array_equal(draw(seeds(4), shape, stream=1), found)


def test_uniform_numbers_are_uniform_and_independent():
    found = uniforms(seeds(200), (1000,)).astype(float)
    assert found.min() >= 0
    assert found.max() < 1
    assert stats.kstest(found.ravel(), "uniform").pvalue > 1e-4
    first = uniforms(seeds(20_000)).astype(float)
    for one, other in ((found[:, :-1], found[:, 1:]), (found[:-1], found[1:]), (first[:-1], first[1:])):
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) * np.sqrt(one.size) < 4.5


def test_normal_numbers_are_normal_out_to_the_tails():
    found = normals(seeds(100), (10_001,)).astype(float).ravel()
    assert stats.kstest(found, "norm").pvalue > 1e-4
    beyond = (np.abs(found) > 4).sum()
    assert stats.binomtest(int(beyond), found.size, 2 * stats.norm.sf(4)).pvalue > 1e-4


@pytest.mark.parametrize("width", [1, 3, 8, 16])
def test_inversion_draws_each_outcome_as_often_as_it_should(width):
    """With few bits nearly every draw is left open by the table."""
    chances = np.array([0.001, 0.3, 0.3, 0.0, 0.39, 0.009])
    drawn = inversion(np.arange(6, dtype=np.int16) - 2, np.cumsum(chances)[None].clip(max=1), bits=width).draw(
        seeds(40), (5000,)
    )
    counts = np.array([(drawn == outcome - 2).sum() for outcome in range(6)])
    assert counts[3] == 0
    kept = chances > 0
    assert stats.chisquare(counts[kept], 200_000 * chances[kept]).pvalue > 1e-4


def test_inversion_draws_from_the_distribution_that_each_value_names():
    chances = np.array([[1.0, 1.0, 1.0], [0.5, 1.0, 1.0], [0.1, 0.2, 1.0]])
    made = inversion(np.array([10, 20, 30], np.int16), chances, bits=12)
    which = np.tile(np.arange(3, dtype=np.uint8), (50, 2000))
    drawn = made.draw_each(seeds(50), which)
    assert drawn.shape == which.shape
    for number, shares in enumerate(np.diff(chances, prepend=0, axis=1)):
        found = [(drawn[which == number] == outcome).mean() for outcome in (10, 20, 30)]
        assert np.allclose(found, shares, atol=5 * 0.5 / np.sqrt(100_000))


def test_the_table_is_open_only_where_the_outcome_changes_within_a_cell():
    made = inversion(np.array([0, 0, 7], np.int16), np.array([[0.1, 0.25, 1.0], [0.3, 0.5, 1.0]]), bits=2)
    assert made.table.tolist() == [0, 7, 7, 7, 0, 0, 7, 7], "equal outcomes are one"
    made = inversion(np.array([0, 5, 7], np.int16), np.array([[0.1, 0.25, 1.0], [0.3, 0.5, 1.0]]), bits=2)
    assert made.table.tolist() == [OPEN, 7, 7, 7, 0, OPEN, 7, 7]


@pytest.mark.parametrize("name", ["gaussian_noise", "shot_noise", "snow", "zoom_blur", "contrast", "pixelate"])
def test_blocks_on_several_threads_give_the_same_bytes(name, monkeypatch):
    images, member = pictures(9, 40), registry.get(name)
    whole = member(images, severity=3, seeds=seeds(9))
    monkeypatch.setattr(_rows, "BLOCK", 2 * images[0].size)
    monkeypatch.setattr(_rows, "cores", lambda: 3)
    for large in (images[0].size, images[0].size + 1):
        monkeypatch.setattr(_rows, "LARGE", large)
        assert np.array_equal(member(images, severity=3, seeds=seeds(9)), whole)


@pytest.mark.parametrize(("side", "together"), [(64, 1), (160, 2)])
def test_only_blocks_of_large_images_are_spread_over_threads(side, together, monkeypatch):
    monkeypatch.setattr(_rows, "BLOCK", 1)
    monkeypatch.setattr(_rows, "cores", lambda: 2)
    met = threading.Barrier(together)  # so many blocks at a time, or it would wait in vain

    def make(images, *, seeds):
        met.wait(timeout=20)
        threads.add(threading.get_ident())
        return images + seeds.astype(np.uint8)[:, None, None, None]

    threads = set()
    images = np.zeros((4, side, side, 3), np.uint8)
    assert _rows.by_blocks(make)(images, seeds=np.arange(4))[:, 0, 0, 0].tolist() == [0, 1, 2, 3]
    assert len(threads) == together


def test_what_is_raised_in_a_block_is_raised(monkeypatch):
    monkeypatch.setattr(_rows, "BLOCK", 1)
    with pytest.raises(GenerationError, match="fog: there is no severity 9"):
        registry.get("fog")(pictures(3, 16), severity=9, seeds=seeds(3))


def test_the_cores_are_shared_with_other_workers(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.delenv("PYTEST_XDIST_WORKER_COUNT", raising=False)
    assert _rows.cores() == 8
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "4")
    assert _rows.cores() == 2
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "100")
    assert _rows.cores() == 1
