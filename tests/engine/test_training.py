"""Which test rows are training rows, in a record: found once, kept, and told with what could not be looked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_world import CLEAN, HERE, Brightest, cell, check, colours, plan, right

from pytest_robust import record
from pytest_robust.engine import training
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.inputs import batches
from pytest_robust.engine.loading import load_data
from pytest_robust.engine.plan import Plan
from pytest_robust.engine.store import Store
from pytest_robust.engine.training import lineage
from pytest_robust.suite.training import TrainingSpec
from pytest_robust.training import TrainingFile
from pytest_robust.training._rows import rows_of
from pytest_robust.training.dvc import dvc
from pytest_robust.training.manifest import manifest, written

SOURCES = {"test": f"{HERE}:colours", "letters": f"{HERE}:nothing_known"}
ON_TEST, ON_LETTERS = (check(cell(CLEAN, data=name), right, "right >= 0.01") for name in ("test", "letters"))


def trained_on() -> dict[str, Any]:
    """Forty test rows, thirty of them brighter, and forty others; under other ids."""
    images, others = colours()["images"][:40].copy(), colours(40, seed=9)["images"]
    images[10:] += 20
    return {
        "images": np.concatenate([others, images]),
        "labels": [0] * 80,
        "ids": [f"other-{k}" for k in range(40)] + [f"seen-{k}" for k in range(40)],
    }


def looked(made: Plan, *names: str, store: Store | None = None, **more: Any) -> record.Lineage:
    found = {}
    for name in names:
        dataset = load_data(made, name, None)
        told = {"name": name, "source": "s", "rows": len(dataset), "classes": None, "sha256": dataset.fingerprint}
        found[name] = record.DataSet(**told)
    return lineage(made, weights=[], data=found, store=store or Store(None, []), **more)


def with_train(*checks: Any) -> Plan:
    sources = SOURCES | {"train": f"{HERE.parent / 'test_training.py'}:trained_on"}
    return plan(Brightest(), *checks, data=sources, training=TrainingSpec(data="train"))


def with_file(path: Path, reader: Any, **options: Any) -> Plan:
    told = TrainingFile(path.name, path, reader.format, reader.read(path, **options))
    return replace(plan(Brightest(), ON_TEST), training=told)


def test_rows_that_were_trained_on_are_found_by_their_pixels_and_copies_by_their_looks():
    found = looked(with_train(ON_TEST), "test")
    (overlap,) = found.overlaps
    assert (overlap.data, overlap.rows, overlap.training_rows, overlap.exact) == ("test", 60, 80, 10)
    assert 28 <= overlap.near <= 30
    assert (overlap.within, overlap.correlation) == (10, 0.99)
    assert found.unlooked is None
    assert [(twin.row, twin.training_row, twin.distance) for twin in overlap.twins[:2]] == [
        ("row-0", "seen-0", -1),
        ("row-1", "seen-1", -1),
    ]
    assert len(overlap.twins) == 20
    assert all(twin.row.removeprefix("row-") == twin.training_row.removeprefix("seen-") for twin in overlap.twins)


def test_the_training_data_of_a_suite_are_told_with_their_hash_and_their_rows():
    told = looked(with_train(ON_TEST), "test").training
    assert told is not None
    assert (told.source, told.format, told.rows) == ("train", "data set", 80)
    assert told.sha256 == load_data(with_train(), "train", None).fingerprint
    assert told.description == {"source": f"{HERE.parent / 'test_training.py'}:trained_on"}


def test_a_manifest_finds_what_the_rows_themselves_do(tmp_path: Path):
    rows = rows_of(batches(load_data(with_train(), "train", None), "train"))
    path = tmp_path / "training.json"
    path.write_text(written("train", "s", "ab" * 32, None, rows))
    found, direct = looked(with_file(path, manifest), "test"), looked(with_train(ON_TEST), "test")
    assert found.overlaps == direct.overlaps
    assert found.training is not None
    assert (found.training.source, found.training.format, found.training.rows) == ("training.json", "manifest", 80)


def test_every_data_set_that_a_check_is_about_is_looked_at_and_no_other():
    found = looked(with_train(ON_LETTERS, ON_TEST), "test", "letters", "train")
    assert [overlap.data for overlap in found.overlaps] == ["letters", "test"]
    assert [overlap.data for overlap in looked(with_train(ON_TEST), "test", "train").overlaps] == ["test"]


def test_what_was_not_read_in_this_run_is_said():
    found = looked(with_train(ON_TEST, ON_LETTERS), "test")
    assert [overlap.data for overlap in found.overlaps] == ["test"]
    assert found.unlooked == "data 'letters' was not read in this run"


def test_a_suite_that_names_no_training_data_is_told_so():
    found = looked(plan(Brightest(), ON_TEST), "test")
    assert (found.training, found.overlaps) == (None, [])
    assert found.unlooked == "the suite names no training data"


def test_a_file_that_knows_no_rows_is_told_and_nothing_is_looked_for(tmp_path: Path):
    (tmp_path / "train.dvc").write_text("outs:\n- md5: a304\n  path: train\n")
    found = looked(with_file(tmp_path / "train.dvc", dvc), "test")
    assert found.training is not None
    assert (found.training.format, found.training.description, found.training.rows) == (
        "dvc",
        {"train": "md5 a304"},
        None,
    )
    assert found.unlooked == "a file of format dvc does not tell of single rows"


def test_an_interrupted_run_does_not_keep_its_user_waiting():
    found = looked(with_train(ON_TEST), "test", interrupted=True)
    assert (found.overlaps, found.unlooked) == ([], "the run was interrupted")


def test_training_data_that_cannot_be_read_end_no_run(tmp_path: Path):
    sources = SOURCES | {"train": str(tmp_path / "nowhere.npz")}
    made = plan(Brightest(), ON_TEST, data=sources, training=TrainingSpec(data="train"))
    found = looked(made, "test")
    assert found.overlaps == []
    assert (found.unlooked or "").startswith("the training data cannot be read: ")


def test_a_second_run_reads_no_row_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    made, read = with_train(ON_TEST), []
    kept = training.rows_of
    monkeypatch.setattr(training, "rows_of", lambda rows: read.append(1) or kept(rows))
    first = looked(made, "test", store=Store(tmp_path, []))
    assert len(read) == 2
    second = looked(made, "test", store=Store(tmp_path, []))
    assert len(read) == 2
    assert first == second


def test_other_training_rows_are_compared_anew(tmp_path: Path):
    made = with_train(ON_TEST)
    looked(made, "test", store=Store(tmp_path, []))
    other = plan(Brightest(), ON_TEST, data=SOURCES, training=TrainingSpec(data="letters"))
    assert looked(other, "test", store=Store(tmp_path, [])).overlaps[0].exact == 0


def test_a_test_set_that_is_the_training_set_is_one_whole_overlap():
    made = plan(Brightest(), ON_TEST, data=SOURCES, training=TrainingSpec(data="test"))
    (overlap,) = looked(made, "test").overlaps
    assert (overlap.exact, overlap.near, overlap.rows) == (60, 0, 60)


def test_a_file_of_thousands_of_lines_is_shortened():
    told = training.shortened({f"key-{k}": "x" * 1000 for k in range(60)})
    assert len(told) == 51
    assert told["left out"] == "10 entries more"
    assert told["key-0"] == "x" * 500 + "… (500 characters more)"


def test_the_first_check_is_judged_before_any_training_row_is_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(training, "rows_of", lambda _: pytest.fail("training rows were read"))
    engine = Engine(with_train(ON_TEST), cache=None)
    assert engine.judge(ON_TEST).outcome == "PASS"
