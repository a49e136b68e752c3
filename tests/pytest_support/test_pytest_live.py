"""What is seen of a run while it goes on: in a terminal, in a log, with workers, and not at all."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

if sys.platform == "win32":
    pytest.skip("there are no pseudo terminals", allow_module_level=True)

from screens import screen, seen_by

from pytest_robust.engine.progress import Progress
from pytest_robust.pytest_support import live
from pytest_robust.pytest_support.relay import Relay

if TYPE_CHECKING:
    from conftest import Project

SLOW = """
import time
quick = answer
def answer(images):
    print("asked")
    time.sleep(0.03)
    return quick(images)
"""
AT_ONCE = """
from pytest_robust.pytest_support import live
live.FIRST = live.PRINTED = 0

def pytest_runtest_logreport(report):
    with open("captured.txt", "a") as file:
        file.write(report.capstdout)
"""
"""A conftest.py that lets nothing be waited for, and notes what was captured."""
LINE = re.compile(r"sensor::grain-1 +\d+ of 200 rows, \d+ images/s, <= \d\.\d s left")
ESCAPE, BACK = "\x1b", "\r"


@pytest.fixture
def slow(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The project with a model that takes its time, ten images at a time."""
    for name in ("FIRST", "PRINTED"):
        monkeypatch.setattr(live, name, getattr(live, name))  # what the conftest.py changes is put back
    project.slow_down(SLOW)
    project.pytester.makeconftest(AT_ONCE)
    return project


def test_in_a_terminal_lines_come_and_go_and_pytest_goes_on_as_if_they_were_not_there(slow: Project) -> None:
    written = seen_by(slow.path, columns=70)
    found = list(LINE.finditer(written))
    assert len(found) > 3
    *_, dots, line = screen(written[: found[-1].end()])
    assert re.fullmatch(r"suites/vision.yaml \.+", dots)
    assert LINE.fullmatch(line), "it stands below the dots"
    assert re.search(r"night::darken-3  \d+ of 200 rows", written)
    assert re.search(r"sensor::grain-1 .* left  4 PASS\x1b", written), "the verdicts so far"
    assert re.search(r"the clean rows of 'test'  \d+ of 200 rows, ", written)
    assert max(len(line) for line in re.findall(r"\n([^\n\x1b]* of 200 rows[^\n\x1b]*)", written)) <= 69
    lines = screen(written)
    assert not [line for line in lines if " of 200 rows" in line]
    (progress,) = (line for line in lines if line.startswith("suites/vision.yaml "))
    assert progress == "suites/vision.yaml ....?.F" + "[100%]".rjust(43), "as wide as without"
    assert set((slow.path / "captured.txt").read_text().split()) == {"asked"}, "the lines are no output of a test"


def test_workers_tell_how_far_they_are(slow: Project) -> None:
    pytest.importorskip("xdist")
    written = seen_by(slow.path, "-n", "2")
    assert LINE.search(written)
    assert re.search(r"\n\S.* of 200 rows.*\n\S.* of 200 rows", written), "both at a time"
    lines = screen(written)
    assert not [line for line in lines if " of 200 rows" in line]
    assert [sorted(line.split()[0]) for line in lines if line.endswith("[100%]")] == [sorted("....?.F")]


@pytest.mark.parametrize("workers", [(), ("-n", "1")])
def test_in_a_log_they_are_lines_among_others(slow: Project, workers: tuple[str, ...]) -> None:
    if workers:
        pytest.importorskip("xdist")
    result = slow.robust(*workers)
    written = result.stdout.str()
    assert [line for line in result.outlines if LINE.match(line)]
    assert ESCAPE not in written
    assert BACK not in written
    dots = "".join(re.findall(r"^(?:suites/vision.yaml )?([.?F]+)(?: *\[100%\])?$", written, re.M))
    assert sorted(dots) == sorted("....?.F"), "pytest's letters stand in lines of their own"
    assert set((slow.path / "captured.txt").read_text().split()) == {"asked"}


def test_in_a_log_each_check_is_named_again_with_v(slow: Project) -> None:
    result = slow.robust("-v", "-k", "sensor")
    assert [line for line in result.outlines if LINE.match(line)]
    result.stdout.fnmatch_lines(
        ["suites/vision.yaml::sensor::grain-1::accuracy PASSED*", "*::accuracy-2 INCONCLUSIVE*"]
    )


@pytest.mark.parametrize(("capture", "terminal"), [("fd", "dumb"), ("no", "xterm")])
def test_in_a_dumb_terminal_and_without_capture_nothing_is_erased(slow: Project, capture: str, terminal: str) -> None:
    written = seen_by(slow.path, "--capture", capture, "-k", "sensor", TERM=terminal)
    assert LINE.search(written)
    assert "\x1b[J" not in written
    assert ("asked\n" in written) == (capture == "no")
    assert (ESCAPE in written) == (terminal == "xterm")


@pytest.mark.parametrize("workers", [(), ("-n", "1")])
def test_with_q_they_are_seen_as_pytests_dots_are(slow: Project, workers: tuple[str, ...]) -> None:
    if workers:
        pytest.importorskip("xdist")
    result = slow.robust("-q", *workers)
    written = result.stdout.str()
    assert [line for line in result.outlines if LINE.match(line)]
    assert not {ESCAPE, BACK} & {*written}
    dots = "".join(re.findall(r"^([.?F]+)(?: *\[100%\])?$", written, re.M))
    assert sorted(dots) == sorted("....?.F")


def test_in_a_terminal_with_q_they_come_and_go(slow: Project) -> None:
    written = seen_by(slow.path, "-q", columns=70)
    assert len(LINE.findall(written)) > 3
    lines = screen(written)
    assert not [line for line in lines if " of 200 rows" in line]
    assert "....?.F" + "[100%]".rjust(62) in lines


def test_who_asks_for_less_sees_nothing(slow: Project) -> None:
    assert " of 200 rows" not in slow.robust("-qq", "-k", "sensor").stdout.str()


def test_a_run_that_is_over_at_once_shows_nothing(slow: Project) -> None:
    slow.pytester.makeconftest("")
    assert " of 200 rows" not in slow.robust("-k", "sensor").stdout.str()


def test_a_run_without_a_terminal_writer_goes_on(slow: Project) -> None:
    assert slow.robust("-p", "no:terminal", "-k", "darken-3").ret == pytest.ExitCode.TESTS_FAILED
    assert slow.outcomes()["night::darken-3::accuracy"] == "FAIL"


def test_a_worker_says_little_and_does_not_mind_that_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []

    class Closed:
        def send(self, message: object) -> None:
            sent.append(message)
            raise OSError("cannot send to a closed channel")

    relay = Relay(Closed())
    for rows in range(1000):
        relay(Progress("fog::fog-3", rows, 1000))
    assert sent == [("fog::fog-3", 0, 1000, None)]


def test_a_slow_pace_and_what_came_from_the_cache_in_words() -> None:
    assert live.told(Progress("a", 3, 600, pace=0.05)) == "3 of 600 rows, 0.05 images/s, <= 3 h 19 min left"
    assert live.told(Progress("a", 1200, 5000)) == "1,200 of 5,000 rows"
    assert live.told(Progress("a", 5000, 5000, pace=1234.5)) == "5,000 of 5,000 rows"
