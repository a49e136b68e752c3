"""Where the time of a run went, under --robust-profile: in the terminal, in the record, in the report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pytest_robust.pytest_support.profile import MOST, SHOWN, profile, told
from pytest_robust.record import Spent
from pytest_robust.report.html import render

if TYPE_CHECKING:
    from conftest import Project

ANSWER, GRAIN = 0.02, 0.2
SLOW = f"""
import time
quick = answer
def answer(images):
    with open("asked.txt", "a") as file:
        file.write("asked ")
    time.sleep({ANSWER})
    return quick(images)
"""
SLOW_GRAIN = f"""
import time
quick = grain.make
@generator(kind="corruption", scale="severity", levels=(1,), risk="A poor and slow sensor.")
def slow_grain(images, *, severity, seeds):
    time.sleep({GRAIN})
    return quick(images, severity=severity, seeds=seeds)
"""


@pytest.fixture
def slow(project: Project) -> Project:
    """The project with a model and a generator that take their time, a hundred images at a time."""
    for name, more in (("model.py", SLOW), ("hard.py", SLOW_GRAIN)):
        path = project.path / name
        path.write_text(path.read_text() + more)
    suite = project.path / "suites" / "vision.yaml"
    suite.write_text(f"batch: 100\n{suite.read_text().replace('hard.py:grain', 'hard.py:slow_grain')}")
    return project


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_the_time_is_told_by_what_it_was_spent_on(slow: Project, workers: tuple[str, ...]) -> None:
    if workers:
        pytest.importorskip("xdist")
    result = slow.robust("--robust-profile", *workers)
    found = slow.record().run.profile
    assert found is not None
    assert found.checks == 7
    questions = len((slow.path / "asked.txt").read_text().split())
    spent = found.spent
    assert spent.model >= questions * ANSWER
    assert spent.generation >= 2 * GRAIN, "two hundred rows, a hundred at a time"
    assert spent.disk > 0
    assert spent.all == pytest.approx(sum(one.all for one in found.cells.values()))
    assert workers or spent.all < slow.record().run.seconds
    assert found.cells["sensor::slow_grain-1"].generation >= 2 * GRAIN
    assert found.cells["clean::clean"].generation < GRAIN
    result.stdout.fnmatch_lines(
        ["record *", "where the time went", "*seconds*data*model*all", "    7 checks *", "* s in all: *", "=*"]
    )
    assert "Time in checks" in render(slow.record())


@pytest.mark.parametrize("workers", [0, 2])
def test_the_whole_run_is_told_too_and_its_parts_add_up(slow: Project, workers: int) -> None:
    """What a table of checks leaves out: to start workers takes longer than these checks."""
    if workers:
        pytest.importorskip("xdist")
    result = slow.spawn("--robust", "--robust-profile", "-p", "no:hypothesispytest", *["-n", str(workers)][:workers])
    lines = result.stdout.str()
    whole, *parts = (
        float(number) for line in result.outlines if " s in all: " in line for number in re.findall(r"\d+\.\d\d", line)
    )
    assert len(parts) == 3
    assert whole == pytest.approx(sum(parts), abs=0.021), "but for what rounding takes"
    (total,) = re.findall(r" in (\d+\.\d\d)s", lines)
    assert float(total) == pytest.approx(whole, abs=0.3), "what pytest says"
    spent = slow.record().run.profile.spent.all
    assert spent <= parts[1] * (workers or 1) + 0.1
    assert parts[1] <= spent + 1.0
    assert ("(the table adds up 2 workers)" in lines) == bool(workers)


def test_who_does_not_ask_is_told_nothing(project: Project) -> None:
    result = project.robust()
    assert project.record().run.profile is None
    result.stdout.no_fnmatch_line("where the time went")
    result.stdout.no_fnmatch_line("* s in all: *")
    assert "Time in checks" not in render(project.record())


def test_of_many_cells_the_slowest_are_kept_and_fewer_told() -> None:
    found = profile({f"fog::fog-{cell}::{check}": Spent(model=cell) for cell in range(100) for check in "ab"})
    assert found is not None
    assert found.spent == Spent(model=2 * sum(range(100)))
    assert next(iter(found.cells.items())) == ("fog::fog-99", Spent(model=198))
    assert len(found.cells) == MOST
    assert len(list(told(found))) == 3 + SHOWN


def test_no_time_at_all_is_no_error() -> None:
    found = profile({"fog::fog-1::accuracy": Spent()})
    assert found is not None
    assert list(told(found))[2].split() == ["percent", *["0"] * 7]
