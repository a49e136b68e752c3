"""Room in the store: used longest ago goes first, what is being made stays, what is not ours is not touched."""

from __future__ import annotations

import fcntl
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_robust.engine.room import kept, parse_size, removed, written_size
from pytest_robust.engine.store import Store


def fill(folder, *names, rows=100):
    """One cell a name, each used a second after the one before it."""
    store = Store(folder, [])
    for second, name in enumerate(names):
        key = name * 64
        store.write(key, "000000", {"ids": np.arange(rows)})
        os.utime(folder / "v1" / key[:2] / key, (second, second))
    return store


def left(folder):
    return sorted(one.folder.name[0] for one in kept(folder))


def test_all_bytes_are_counted_and_the_cell_used_longest_ago_comes_first(tmp_path):
    fill(tmp_path, "c", "a", "b")
    found = kept(tmp_path)
    assert [one.folder.name[0] for one in found] == ["c", "a", "b"]
    assert sum(one.bytes for one in found) == sum(path.stat().st_size for path in tmp_path.rglob("*.chunk"))


def test_what_was_read_is_used(tmp_path):
    fill(tmp_path, "c", "a", "b")
    assert Store(tmp_path, []).read("c" * 64, "000000") is not None
    assert [one.folder.name[0] for one in kept(tmp_path)] == ["a", "b", "c"]


def test_no_more_is_removed_than_makes_room(tmp_path):
    fill(tmp_path, "c", "a", "b")
    one, *_ = kept(tmp_path)
    gone = list(removed(kept(tmp_path), 2 * one.bytes))
    assert [cell.folder.name[0] for cell in gone] == ["c"]
    assert left(tmp_path) == ["a", "b"]
    assert list(removed(kept(tmp_path), 2 * one.bytes)) == []


@given(st.integers(0, 12_000))
def test_what_is_left_fits(most):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        fill(folder, "a", "b", "c", "d")
        list(removed(kept(folder), most))
        assert sum(one.bytes for one in kept(folder)) <= most


def test_a_cell_of_another_version_goes_before_all_others(tmp_path):
    fill(tmp_path, "a", "b")
    old = tmp_path / "v0" / "ee" / ("e" * 64)
    old.mkdir(parents=True)
    (old / "000000.chunk").write_bytes(b"of long ago")
    first, *_ = kept(tmp_path)
    assert (first.folder, first.readable) == (old, False)


def test_a_cell_that_is_being_made_stays(tmp_path):
    store = fill(tmp_path, "a", "b")
    with store.lock("a" * 64):
        list(removed(kept(tmp_path)))
        assert left(tmp_path) == ["a"]
    list(removed(kept(tmp_path)))
    assert left(tmp_path) == []


def test_what_is_not_evidence_is_not_touched(tmp_path):
    fill(tmp_path, "a")
    others = [tmp_path / "looks" / "x.jsonl", tmp_path / "v1" / "notes" / "mine" / "a.txt", tmp_path / "v1" / "readme"]
    for other in others:
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_text("mine")
    (tmp_path / "v1" / "bb").symlink_to(tmp_path / "looks", target_is_directory=True)
    list(removed(kept(tmp_path)))
    assert all(other.read_text() == "mine" for other in others)


def test_what_a_killed_removal_left_is_removed_by_the_next(tmp_path):
    fill(tmp_path, "a")
    half = tmp_path / "v1" / "aa" / f".{'a' * 64}.123.gone"
    half.mkdir()
    (half / "000001.chunk").write_bytes(b"half")
    list(removed(kept(tmp_path)))
    assert not half.exists()


def test_a_folder_that_is_not_there_holds_nothing(tmp_path):
    assert kept(tmp_path / "nowhere") == []


def test_a_cell_that_cannot_be_removed_stays_and_is_not_counted_as_room(tmp_path, monkeypatch):
    fill(tmp_path, "a", "b")

    def refused(self, target):
        raise PermissionError(self)

    monkeypatch.setattr("pathlib.Path.rename", refused)
    assert list(removed(kept(tmp_path))) == []
    assert left(tmp_path) == ["a", "b"]


def test_without_locks_all_can_be_removed(tmp_path, monkeypatch):
    def no_locks(*_):
        raise OSError("no locks here")

    store = fill(tmp_path, "a")
    with store.lock("a" * 64):
        monkeypatch.setattr(fcntl, "flock", no_locks)
        list(removed(kept(tmp_path)))
    assert left(tmp_path) == []


@pytest.mark.parametrize("text", ["", "ten GB", "10", "-1 GB", "1 GiB"])
def test_what_is_no_size_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="such as `10 GB`"):
        parse_size(text)


@given(st.integers(0, 10**15))
def test_a_size_is_written_and_read_back_to_three_digits(size):
    assert parse_size(written_size(size).replace("e+03", "000")) == pytest.approx(size, rel=0.005, abs=1)
