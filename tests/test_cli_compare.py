"""`robust compare` on two real runs: what is read, in which order, and the exit code."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest.importorskip("cryptography")
import signed_project
from pytest_robust.cli import main
from pytest_robust.commands.compare import compared
from pytest_robust.record import files
from signed_project import RECORD

WORSE = """
plain = answer
def answer(images):
    found = plain(images)
    dim = images.sum(axis=(1, 2, 3)) % 10 < 3
    found[dim] = found[dim][:, ::-1]
    return found
"""
"""Appended to the model: three images in ten are taken for the other class."""


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Before and after the model became worse."""
    folder = signed_project.make(tmp_path_factory.mktemp("compared") / "project")
    shutil.copy(folder / RECORD, folder / "old.json")
    (folder / "model.py").write_text((folder / "model.py").read_text() + WORSE)
    assert signed_project.run(folder) == 1
    return folder / "old.json", folder / RECORD


def compare(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, list[str]]:
    code = main(["compare", *map(str, arguments)])
    captured = capsys.readouterr()
    assert captured.err == ""
    return code, captured.out.splitlines()


def test_what_became_worse_is_told_first_and_ends_with_1(records, capsys) -> None:
    old, new = records
    code, lines = compare(capsys, old, new)
    assert code == 1
    before, now = (files.load(path) for path in records)
    assert lines[0].startswith(f"before  model.py:answer, sha256 {before.model.sha256[:12]}, run of ")
    assert lines[1].endswith(f"record {now.digest[:12]}")
    assert lines[2] == "worse"
    assert lines[3].split() == ["check", "verdict", "observed", "change", "of", "its", "cell,", "row", "by", "row"]
    told = {line.split()[0]: line for line in lines[4:6]}
    fallen = told["clean::clean::accuracy"]
    assert "PASS → FAIL  1.000 → 0." in fallen
    assert "  REGRESSED  −0." in fallen
    assert "sensor::gaussian_noise-1::accuracy" in told
    assert lines[-2:] == [
        "3 checks: 2 worse, 1 same",
        "2 cells compared row by row: 2 REGRESSED, 0 IMPROVED, 0 NOT PROVEN; 0 not compared",
    ]


def test_what_became_better_ends_with_0(records, capsys) -> None:
    old, new = records
    code, lines = compare(capsys, new, old)
    assert code == 0
    assert lines[2] == "better"
    assert "FAIL → PASS" in "\n".join(lines)


def test_a_record_beside_itself_is_the_same(records, capsys) -> None:
    code, lines = compare(capsys, records[0], records[0])
    assert code == 0
    assert lines[2:] == [
        "3 checks: 3 same",
        "2 cells compared row by row: 0 REGRESSED, 0 IMPROVED, 2 NOT PROVEN; 0 not compared",
    ]


def test_the_command_and_the_run_find_the_same(records, capsys, tmp_path) -> None:
    """Of the cells; rows are named by the data, which only the run has."""
    assert (
        signed_project.run(records[0].parent, "--robust-baseline", "old.json", "--robust-reports", str(tmp_path)) == 1
    )
    by_run = files.load(tmp_path / "vision.json").comparison
    _, _, by_command = compared(*records)
    assert by_run is not None
    assert any(one.failures for one in by_run.changes)
    nameless = [one.model_copy(update={"failures": []}) for one in by_run.changes]
    assert by_run.model_copy(update={"changes": nameless}) == by_command


def test_what_cannot_be_compared_says_why(records, capsys, tmp_path) -> None:
    now = files.load(records[1])
    cells = [one.model_copy(update={"code_sha256": "0" * 64}) if one.cell != "clean" else one for one in now.cells]
    files.save(now.model_copy(update={"cells": cells}), tmp_path / "new.json")
    code, lines = compare(capsys, records[0], tmp_path / "new.json")
    assert code == 1
    (line,) = (line for line in lines if line.startswith("not compared, "))
    assert line.startswith("not compared, its generator's code is another; ")
    assert line.endswith(": sensor::gaussian_noise-1")


def test_markdown_is_a_comment_with_tables(records, capsys) -> None:
    code, lines = compare(capsys, *records, "--markdown")
    assert code == 1
    assert lines[0] == "## ❌ worse: `vision`"
    assert "### Worse" in lines
    assert "| check | verdict | observed | change of its cell, row by row |" in lines
    assert any(line.startswith("| `clean::clean::accuracy` | PASS → FAIL | 1.000 → 0.") for line in lines)
    assert compare(capsys, records[0], records[0], "--markdown")[1][0] == "## ✅ nothing proven to be worse: `vision`"


def test_what_is_no_record_ends_with_2(records, capsys) -> None:
    assert main(["compare", str(records[0]), "absent.json"]) == 2
    assert "absent.json" in capsys.readouterr().err
