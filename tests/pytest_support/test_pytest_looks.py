"""The ledger of looks in a run: counted beside the record's digest, told when there are many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_robust.cli import main
from pytest_robust.pytest_support import summary

if TYPE_CHECKING:
    from conftest import Project

CLEAN = "  clean: {generate: clean, require: accuracy >= 0.9}"


def another_model(project: Project, number: int) -> None:
    path = project.path / "model.py"
    path.write_text(f"{path.read_text()}# {number}\n")


def test_the_same_run_again_is_no_new_look_and_has_the_same_digest(project: Project) -> None:
    project.write(CLEAN)
    project.robust()
    first = project.record()
    project.robust()
    second = project.record()
    assert first.run.looks == second.run.looks == {"test": 1}
    assert second.digest == first.digest
    another_model(project, 1)
    project.robust()
    assert project.record().run.looks == {"test": 2}


def test_many_models_are_told_of(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summary, "FEW_LOOKS", 1)
    project.write(CLEAN)
    assert "judged on these rows" not in project.robust().stdout.str()
    another_model(project, 1)
    result = project.robust()
    result.stdout.fnmatch_lines(["data test: 2 models judged on these rows, this one included: *optimistic*"])
    assert "2 models judged on these rows here" in (project.path / "reports" / "vision.html").read_text()


def test_without_a_cache_nothing_is_counted(project: Project) -> None:
    project.write(CLEAN)
    project.robust("--robust-cache", "none")
    assert project.record().run.looks == {}


def test_workers_leave_it_to_the_controller(project: Project) -> None:
    pytest.importorskip("xdist")
    project.robust("-n", "2")
    assert project.record().run.looks == {"test": 1}
    (path,) = project.path.glob(".pytest_cache/d/robust/looks/*.jsonl")
    assert len(path.read_text().splitlines()) == 1


def test_a_ledger_that_cannot_be_written_is_warned_of(project: Project) -> None:
    project.write(CLEAN)
    (project.path / "kept").mkdir()
    (project.path / "kept" / "looks").write_text("in the way")
    result = project.robust("--robust-cache", "kept")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["warning: models judged on these rows are not counted: File exists"])


def test_the_command_lists_them(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.write(CLEAN)
    project.robust()
    another_model(project, 1)
    project.robust()
    capsys.readouterr()
    assert main(["ledger"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.startswith("test (sha256 ")
    assert head.endswith("): 2 models in 2 looks")
    assert [line.split()[1] for line in lines] == ["model.py:answer"] * 2
    assert all(line.endswith("by suites/vision.yaml") for line in lines)
    assert main(["ledger", "suites/vision.yaml"]) == 0
    assert capsys.readouterr().out.splitlines() == [head, *lines]
    project.write(CLEAN, name="suites/other.yaml")
    assert main(["ledger", "suites/other.yaml"]) == 0
    assert capsys.readouterr().out == "no looks of suites/other.yaml in .pytest_cache/d/robust/looks\n"
    assert main(["ledger", "--cache", "elsewhere"]) == 0
    assert capsys.readouterr().out == "no looks in elsewhere/looks\n"


def test_the_command_finds_the_cache_of_the_settings(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.write(CLEAN)
    project.pytester.makeini("[pytest]\nrobust_cache = kept\n")
    project.robust()
    capsys.readouterr()
    assert main(["ledger"]) == 0
    assert "1 model in 1 look\n" in capsys.readouterr().out
    project.pytester.makeini("[pytest]\nrobust_cache = none\n")
    assert main(["ledger"]) == 2
    assert "--cache" in capsys.readouterr().err
