"""Runs that are killed, for real and at random moments: the record is always that of a run that was left alone."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("xdist")

if TYPE_CHECKING:
    from conftest import Project

KILLS = int(os.environ.get("ROBUST_KILLS", "3"))

SLOW = """
import os, pathlib, time
quick = answer
def answer(images):
    with open("asked.txt", "a") as file:
        file.write(f"{os.getpid()}\\n")
    time.sleep(0.02)
    return quick(images)
"""
RED = pytest.ExitCode.TESTS_FAILED


@pytest.fixture
def slow(project: Project) -> Project:
    """The project with a model that takes its time, so that there are many moments to be killed at."""
    return project.slow_down(SLOW)


def started(project: Project, *arguments: str) -> subprocess.Popen[bytes]:
    (project.path / "asked.txt").unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "--robust", "-q", *arguments]
    return subprocess.Popen(command, cwd=project.path, stdout=subprocess.DEVNULL)


def asked(project: Project, process: subprocess.Popen[bytes], times: int) -> list[int]:
    """Wait until the model was asked so often; the processes that asked it."""
    path = project.path / "asked.txt"
    while process.poll() is None:
        found = path.read_text().split() if path.exists() else []
        if len(found) >= times:
            return [int(pid) for pid in found]
        time.sleep(0.005)
    return []


def test_a_run_that_is_killed_again_and_again_ends_with_the_same_record(slow: Project) -> None:
    assert started(slow, "--robust-cache", "none").wait() == RED
    expected = slow.record().digest
    questions = len((slow.path / "asked.txt").read_text().split())
    rng = random.Random(5)
    for kill in range(KILLS):
        process = started(slow, "--robust-cache", "kept")
        asked(slow, process, rng.randrange(1, questions // 2))
        process.kill()
        process.wait()
        if kill % 5 == 2:  # let one through, and begin anew
            assert started(slow, "--robust-cache", "kept").wait() == RED
            assert slow.record().digest == expected
            shutil.rmtree(slow.path / "kept")


def test_a_worker_that_is_killed_costs_nothing(slow: Project) -> None:
    assert started(slow, "--robust-cache", "none").wait() == RED
    expected = slow.record().digest
    rng = random.Random(6)
    for _ in range(KILLS if "ROBUST_KILLS" in os.environ else 1):
        process = started(slow, "-n", "2", "--robust-cache", "none")
        os.kill(asked(slow, process, rng.randrange(1, 30))[-1], signal.SIGKILL)
        assert process.wait(timeout=300) == RED
        record = slow.record()
        assert record.digest == expected
        assert [warning.startswith("a worker died while it judged") for warning in record.run.warnings] == [True]
