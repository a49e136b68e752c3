"""The ledger of looks: counts models, not runs; whole whatever happens; done without where it cannot be written."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest
from small_world import CLEAN, Brightest, cell, check, plan, right
from test_changes import judged

from pytest_robust.engine import ledger

CHECK = check(cell(CLEAN), right, "right >= 0.5")


@pytest.fixture(scope="module")
def told():
    return judged(plan(Brightest(), CHECK))


def by(told, model, suite="a", **run):
    """The record as if of another model and suite."""
    return told.model_copy(
        update={
            "model": told.model.model_copy(update={"sha256": model * 64}),
            "suite": told.suite.model_copy(update={"sha256": suite * 64}),
            "run": told.run.model_copy(update=run),
        }
    )


def test_models_are_counted_and_runs_are_not(told, tmp_path):
    assert ledger.note(tmp_path, by(told, "1")) == {"test": 1}
    assert ledger.note(tmp_path, by(told, "1")) == {"test": 1}
    assert ledger.note(tmp_path, by(told, "1", "b")) == {"test": 1}
    assert ledger.note(tmp_path, by(told, "2", "b", started="2026-02-02")) == {"test": 2}
    assert ledger.note(tmp_path, by(told, "1")) == {"test": 2}
    (looks,) = ledger.all_looks(tmp_path).values()
    assert [look.pair for look in looks] == [("1" * 64, "a" * 64), ("1" * 64, "b" * 64), ("2" * 64, "b" * 64)]
    assert (looks[-1].date, looks[-1].data, looks[-1].suite) == ("2026-02-02", "test", "suite.yaml")


def test_each_data_set_has_a_file_of_its_own_in_json_lines(told, tmp_path):
    ledger.note(tmp_path, told)
    (path,) = (tmp_path / "looks").glob("*.jsonl")
    assert path.stem == told.data[0].sha256
    (line,) = path.read_text().splitlines()
    assert json.loads(line)["model_sha256"] == told.model.sha256
    other = told.data[0].model_copy(update={"sha256": "e" * 64, "name": "more"})
    assert ledger.note(tmp_path, told.model_copy(update={"data": [*told.data, other]})) == {"test": 1, "more": 1}
    assert len(ledger.all_looks(tmp_path)) == 2


def test_what_judged_nothing_is_no_look(told, tmp_path):
    error = told.verdicts[0].model_copy(update={"outcome": "ERROR"})
    assert ledger.note(tmp_path, told.model_copy(update={"verdicts": [error]})) == {}
    assert ledger.note(tmp_path, told.model_copy(update={"model": None})) == {}
    assert ledger.note(None, told) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_line_that_is_no_look_is_left_out(told, tmp_path):
    ledger.note(tmp_path, told)
    (path,) = (tmp_path / "looks").glob("*.jsonl")
    path.write_bytes(path.read_bytes() + b'{"date": "2026\n[1, 2]\n{"model_sha256": 3}\n\xff\xfe\n')
    assert ledger.note(tmp_path, by(told, "2")) == {"test": 2}
    assert len(path.read_text().splitlines()) == 2


def test_a_folder_that_cannot_be_written_is_told(told, tmp_path):
    (tmp_path / "looks").write_text("in the way")
    with pytest.raises(OSError, match="exists"):
        ledger.note(tmp_path, told)


def enter(folder: Path, text: str, start: int) -> None:
    """Enter ten models, in a process of its own."""
    from pytest_robust.record import Record

    told = Record.model_validate_json(text)
    for number in range(start, start + 10):
        model = told.model.model_copy(update={"sha256": f"{number:064x}"})
        ledger.note(folder, told.model_copy(update={"model": model}))


def test_runs_beside_each_other_lose_nothing(told, tmp_path):
    spawn = multiprocessing.get_context("spawn")
    runs = [spawn.Process(target=enter, args=(tmp_path, told.model_dump_json(), start)) for start in (0, 10)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    (looks,) = ledger.all_looks(tmp_path).values()
    assert len(ledger.models(looks)) == 20
