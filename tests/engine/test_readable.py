"""A row that cannot be read is an error of its own: it is named, and the verdicts are those of a run without it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from small_world import CLEAN, Brightest, cell, check, colours, generator, grain, lost, mix, on_both, plan, right

from pytest_robust.datasets import from_arrays
from pytest_robust.engine import bench, training
from pytest_robust.engine.draw import draw_rows
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.readable import ReadableRows, readable
from pytest_robust.engine.store import Store
from pytest_robust.errors import DataError, GenerationError

FULL = {"statistics": {"early_stopping": False}}


@dataclass
class Fragile:
    """Some of its rows cannot be read."""

    broken: tuple[str, ...]
    count: int = 60
    seed: int = 0
    read: list[int] = field(default_factory=list)

    def __post_init__(self):
        whole = from_arrays(**colours(self.count, self.seed))
        self._whole = whole
        self.ids, self.labels, self.classes, self.fingerprint = (
            whole.ids,
            whole.labels,
            whole.classes,
            whole.fingerprint,
        )
        self.metadata = {"number": np.arange(self.count, dtype=np.float64)}

    def __len__(self):
        return self.count

    def rows(self, indices):
        self.read.extend(indices.tolist())
        for name in self.ids[indices].tolist():
            if name in self.broken:
                raise ZeroDivisionError(f"no light in {name}")
        return self._whole.rows(indices)


def rest(*broken, count=60):
    """The data without these rows, as somebody would have written them."""
    whole = colours(count)
    kept = [place for place, name in enumerate(whole["ids"]) if name not in broken]
    return from_arrays(
        whole["images"][kept], whole["labels"][kept], ids=[whole["ids"][k] for k in kept], classes=whole["classes"]
    )


def told(data, checks, monkeypatch, cache=None, **suite):
    """Verdicts on these data, and the engine that found them."""
    monkeypatch.setattr(bench, "load_data", lambda plan, name, known: data)
    engine = Engine(plan(Brightest(), *checks, **{**FULL, **suite}), cache=cache)
    return [engine.judge(one) for one in checks], engine


CHECKS = (
    check(cell(CLEAN), right, "right >= 0.3"),
    check(cell(grain, 2), lost, "lost <= 0.5"),
    check(cell(mix, 0.5, pairs="random"), on_both, "on_both >= 0.1"),
    check(cell(mix, 0.5, pairs="confusable", scenario="t"), on_both, "on_both >= 0.1"),
)


@pytest.mark.parametrize("stopping", [False, True])
@pytest.mark.parametrize("broken", [("row-0",), ("row-59", "row-7", "row-31")])
def test_the_verdicts_are_those_of_data_without_the_rows(monkeypatch, broken, stopping):
    statistics = {"statistics": {"early_stopping": stopping}}
    found, engine = told(Fragile(broken), CHECKS, monkeypatch, **statistics)
    expected, other = told(rest(*broken), CHECKS, monkeypatch, **statistics)
    assert found == expected
    assert [engine.summary(one.cell) for one in CHECKS] == [other.summary(one.cell) for one in CHECKS]
    if not stopping:
        assert found[0].n == 60 - len(broken)


def test_the_rows_are_named_with_their_reasons_and_told_once(monkeypatch):
    _, engine = told(Fragile(("row-7", "row-31")), CHECKS, monkeypatch)
    (data,) = engine.data()
    assert (data.rows, data.unreadable, sum(data.balance)) == (58, 2, 58)
    assert [(one.row, one.reason) for one in data.unread] == [
        ("row-7", "ZeroDivisionError: no light in row-7"),
        ("row-31", "ZeroDivisionError: no light in row-31"),
    ]
    assert engine.warnings == [
        "data 'test': ERROR in row 'row-7', and in 1 more, of 60: cannot be read, and in no verdict: "
        "ZeroDivisionError: no light in row-7"
    ]


def test_the_order_drawn_is_that_of_all_rows_but_for_those_left_out():
    whole = Fragile(("row-7", "row-31"))
    found = readable(whole, "test", Store(None, []))
    before, after = (draw_rows(3, "test", data).ids.tolist() for data in (whole, found))
    assert after == [name for name in before if name not in whole.broken]


def test_metadata_and_votes_stay_with_their_rows():
    whole = Fragile(("row-7",))
    whole._whole = replace(whole._whole, votes=np.arange(180).reshape(60, 3))
    found = readable(whole, "test", Store(None, []))
    assert isinstance(found, ReadableRows)
    assert found.metadata["number"].tolist() == [float(n) for n in range(60) if n != 7]
    batch = found.rows(np.array([6, 7]))
    assert batch.ids.tolist() == ["row-6", "row-8"]
    assert batch.columns["votes"].tolist() == [[18, 19, 20], [24, 25, 26]]


def test_a_second_run_finds_everything_in_the_cache(monkeypatch, tmp_path):
    data = Fragile(("row-7",))
    first, _ = told(data, CHECKS, monkeypatch, tmp_path)
    again, engine = told(data, CHECKS, monkeypatch, tmp_path)
    assert (again, engine.predictions, engine.data()[0].unreadable) == (first, 0, 1)


def test_rows_that_were_mended_come_back(monkeypatch, tmp_path):
    told(Fragile(("row-7",)), CHECKS, monkeypatch, tmp_path)
    found, engine = told(Fragile(()), CHECKS, monkeypatch, tmp_path)
    assert found[0].n == 60
    assert (engine.data()[0].unreadable, engine.warnings) == (0, [])


def test_that_all_rows_can_be_read_is_found_once(tmp_path):
    store, data = Store(tmp_path, []), Fragile(())
    assert readable(data, "test", store) is data
    assert sorted(data.read) == list(range(60))
    assert readable(data, "test", store) is data
    assert len(data.read) == 60


def test_rows_in_memory_are_not_looked_at():
    data = from_arrays(**colours())
    assert readable(data, "test", Store(None, [])) is data


def test_a_batch_that_fails_as_a_whole_leaves_out_no_row_that_can_be_read():
    class Hasty(Fragile):
        def rows(self, indices):
            if len(indices) > 1 and 3 in indices:
                raise OSError("too many at a time")
            return super().rows(indices)

    data = Hasty(())
    assert readable(data, "test", Store(None, [])) is data


def test_more_than_half_is_an_error_of_the_data(monkeypatch):
    half = tuple(f"row-{n}" for n in range(30))
    assert told(Fragile(half), CHECKS[:1], monkeypatch)[0][0].n == 30
    with pytest.raises(DataError, match=r"'test': more than half of its 60 rows .* row 'row-0': ZeroDivisionError: no"):
        told(Fragile((*half, "row-30")), CHECKS, monkeypatch)


@generator(kind="corruption", scale="severity", levels=(1,), needs=("rows", "labels"), risk="Made elsewhere.")
def by_position(images, *, severity, seeds, rows, labels):
    whole = colours(rows.count)
    if not (whole["labels"][rows.positions] == labels).all():
        raise GenerationError("other rows")
    return whole["images"][rows.positions]


def test_pictures_made_elsewhere_belong_to_the_same_rows_as_ever(monkeypatch):
    one = check(cell(by_position, 1), lost, "lost <= 0.5")
    (found,), _ = told(Fragile(("row-7",)), (one,), monkeypatch)
    assert (found.estimate, found.n) == (0, 59)


def test_a_row_that_cannot_be_read_is_no_training_row(monkeypatch, tmp_path):
    monkeypatch.setattr(training, "load_data", lambda plan, name, known: Fragile(("row-7",)))
    rows = training.rows_of(training.batches(from_arrays(**colours()), "train"))
    found = training.compared(plan(Brightest(), *CHECKS), "test", rows, Store(tmp_path, []))
    assert set(found["rows"].tolist()) == {f"row-{n}" for n in range(60) if n != 7}
