"""Distributed runs: one cell, one worker; the controller alone writes; the record is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("xdist")

if TYPE_CHECKING:
    from conftest import Project


NOTE_WORKERS = """
import os

def pytest_robust_verdict(item, verdict):
    with open("where.txt", "a") as file:
        file.write(f"{item.check.cell.id} {os.environ.get('PYTEST_XDIST_WORKER', 'alone')}\\n")
"""


def test_a_distributed_run_makes_the_same_record(project: Project) -> None:
    project.robust("-k", "not finite_outputs")
    alone = project.record()
    project.pytester.makeconftest(NOTE_WORKERS)
    result = project.robust("-n", "2", "-k", "not finite_outputs", "--cache-clear")
    together = project.record()
    assert result.ret == alone.run.exit_status == 1
    assert together.digest == alone.digest
    assert together.run.predictions >= alone.run.predictions
    assert {verdict.outcome for verdict in together.verdicts} == {"PASS", "FAIL", "INCONCLUSIVE", "NOT RUN"}
    assert result.parseoutcomes() == {"passed": 4, "failed": 1, "inconclusive": 1}
    result.stdout.fnmatch_lines(
        ["accuracy >= 0.8 does not hold", "*= robust: suites/vision.yaml =*", "FAILED *accuracy >= 0.8*"]
    )
    lines = {tuple(line.split()) for line in (project.path / "where.txt").read_text().splitlines()}
    assert len(lines) == len({cell for cell, _ in lines}) == 4, "the checks of a cell go to one worker"
    assert {worker for _, worker in lines} == {"gw0", "gw1"}


def test_a_crashed_worker_costs_its_check_and_nothing_else(project: Project) -> None:
    (project.path / "model.py").write_text(
        (project.path / "model.py").read_text()
        + "\nimport os, signal\nwell = answer\ndef answer(images):\n"
        + "    if images.mean() < 60: os.kill(os.getpid(), signal.SIGKILL)\n    return well(images)\n"
    )
    result = project.robust("-n", "2")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    found = project.verdicts()
    assert [verdict.outcome for verdict in found.values()] == [*["PASS"] * 4, "INCONCLUSIVE", "PASS", "ERROR"]
    assert "crashed" in (found["night::darken-3::accuracy"].reason or "")


def test_stopping_a_distributed_run(project: Project) -> None:
    (project.path / "model.py").write_text("raise ValueError('broken')")
    result = project.robust("-n", "2", "-x")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    found = [verdict for verdict in project.verdicts().values() if verdict.outcome == "NOT RUN"]
    assert all((verdict.reason or "").startswith("not reached: stopping after") for verdict in found)


def test_what_the_user_asked_for_by_name_is_left_alone(project: Project) -> None:
    project.robust()
    alone = project.record()
    project.robust("-n", "2", "--dist", "worksteal")
    assert project.record().digest == alone.digest


def test_collecting_with_workers_writes_nothing(project: Project) -> None:
    result = project.robust("-n", "2", "--co", "-q")
    assert result.ret == pytest.ExitCode.OK
    assert not (project.path / "reports").exists()


def test_without_xdist(project: Project) -> None:
    result = project.spawn("--robust", "-p", "no:xdist")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert len(project.record().verdicts) == 7
