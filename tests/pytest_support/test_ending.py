"""The end of a process: no search for garbage in what is thrown away as a whole; none kept where a process goes on."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project

TOLD = """
import atexit, gc

process = "alone"

def tell(moment):
    with open("told.txt", "a") as file:
        file.write(f"{process} {moment} {gc.get_freeze_count() > 0}\\n")

atexit.register(tell, "end")  # called last, as it is registered first

def pytest_configure(config):  # not from the environment: these tests run in workers themselves
    global process
    process = getattr(config, "workerinput", {}).get("workerid", "alone")

def pytest_unconfigure(config):
    tell("unconfigure")
"""


def told(project: Project, *arguments: str) -> set[str]:
    (project.path / "telling.py").write_text(TOLD)
    project.pytester.syspathinsert()
    project.pytester.runpytest_subprocess("-p", "telling", "--robust", "suites/vision.yaml", *arguments)
    return set((project.path / "told.txt").read_text().splitlines())


def test_a_process_that_ends_does_not_search_for_garbage(project: Project) -> None:
    assert told(project) == {"alone unconfigure False", "alone end True"}


def test_a_worker_does_not_even_for_warnings(project: Project) -> None:
    pytest.importorskip("xdist")
    workers = {f"gw{number} {moment} True" for number in range(2) for moment in ("unconfigure", "end")}
    assert told(project, "-n", "2") == workers | {"alone unconfigure False", "alone end True"}


def test_a_process_that_goes_on_after_a_run_finds_garbage_as_before(project: Project) -> None:
    before = gc.get_freeze_count()
    project.robust()
    assert gc.get_freeze_count() == before
