"""What is seen of a run while it goes on: a line for each cell that is being made.

In a terminal the lines stand below pytest's own and are drawn again and again: the cursor goes back to where pytest
left it, so that pytest goes on as if they were not there, and before it writes they are erased. Elsewhere (a dumb
terminal, a file, the log of a CI job, `-s`) they are ordinary lines, now and then.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pytest_robust.engine.progress import Observer, Progress, unobserved
from pytest_robust.pytest_support.relay import CHANNEL, Relay, listen
from pytest_robust.pytest_support.summary import known
from pytest_robust.pytest_support.words import harmless
from pytest_robust.report.words import duration

if TYPE_CHECKING:
    from _pytest.capture import CaptureManager
    from _pytest.terminal import TerminalReporter

    from pytest_robust.pytest_support.gathering import Gathered

NAME = "robust-live"
FIRST, REDRAWN = 2.0, 0.1
"""Seconds until lines are drawn, and from one time to the next."""
PRINTED = 10.0
"""The same for ordinary lines."""
MOST = 8
"""Lines at a time: so many of more cells."""
LEAST = -2
"""The verbosity at which nothing is shown."""
KNOWN = "known"
COUNTED = ("PASS", "FAIL", KNOWN, "INCONCLUSIVE", "NOT RUN", "ERROR")
"""What verdicts are counted as, in the order of the summary."""
BELOW = "\x1b[J"
"""Erases from the cursor on."""


def watch(config: pytest.Config, suites: Mapping[str, Gathered]) -> None:
    """Show what goes on, where there is a terminal writer and the user wants more than the least, which is `-qq`."""
    terminal: TerminalReporter | None = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None and config.get_verbosity() > LEAST and not config.option.collectonly:
        config.pluginmanager.register(Live(terminal, suites), NAME)


def observer(config: pytest.Config) -> Observer:
    """Whom the engines of this process tell how far they are."""
    channel = getattr(config, "workerinput", {}).get(CHANNEL)
    if channel is not None:
        return Relay(channel)
    live: Live | None = config.pluginmanager.get_plugin(NAME)
    return unobserved if live is None else partial(live.heard, "")


class Live:
    """The lines, and the hooks that change them."""

    def __init__(self, terminal: TerminalReporter, suites: Mapping[str, Gathered]) -> None:
        self.terminal = terminal
        self.suites = suites
        self.writer = terminal.config.get_terminal_writer()
        plain = os.name != "posix" or terminal.config.getoption("capture", "no") == "no"
        self.redraws = self.writer.hasmarkup and sys.stdout.isatty() and not plain
        self.due = time.monotonic() + (FIRST if self.redraws else PRINTED)
        self.running: dict[str, Progress] = {}
        """The cell that each worker is at; in a run without workers, of the one called ''."""
        self.outcomes: dict[str, str] = {}
        """By the node id of a check; of a weakness that is known, `known`."""
        self.drawn = False
        self.over = False
        self.lock = threading.RLock()
        self._give_way()

    def heard(self, worker: str, progress: Progress) -> None:
        """Take note of how far a cell is, and show it where that is due."""
        with self.lock:
            self.running[worker] = progress
            now = time.monotonic()
            if now >= self.due and not self.over:
                self.due = now + (REDRAWN if self.redraws else PRINTED)
                with self._capture_off(), suppress(OSError):  # who closed the terminal is told by pytest
                    self._draw() if self.redraws else self._print()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Listen to a worker."""
        listen(node, self.heard)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A worker that is gone is at no cell."""
        self._forget(node.gateway.id)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a verdict; its worker is at no cell until it is heard of again."""
        path, _, check = report.nodeid.partition("::")
        suite = self.suites.get(path)
        with self.lock:
            if suite is not None and check in suite.verdicts:
                found = suite.verdicts[check]
                self.outcomes[report.nodeid] = KNOWN if known(found) else found.outcome
        node = getattr(report, "node", None)
        self._forget("" if node is None else node.gateway.id)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Show nothing more: workers may go on for a while after `-x`."""
        with self.lock:
            self.over = True
            self._erase()

    def lines(self) -> Iterator[str]:
        """A line for each cell, the last with the verdicts so far."""
        shown = [self.running[worker] for worker in sorted(self.running)][:MOST]
        names = [harmless(one.cell) for one in shown]
        room = max(map(len, names), default=0)
        for name, one in zip(names, shown, strict=True):
            verdicts = f"  {tally(self.outcomes.values())}" if one is shown[-1] and self.outcomes else ""
            yield f"{name:{room}}  {told(one)}{verdicts}"

    def _draw(self) -> None:
        width, column = self.writer.fullwidth - 1, self.writer.width_of_current_line
        lines = [line[:width] for line in self.lines()]
        back = f"\x1b[{len(lines)}A\r" + (f"\x1b[{column}C" if column else "")
        put("".join([BELOW, *(f"\n{line}" for line in lines), back]))
        self.drawn = True

    def _erase(self) -> None:
        if self.drawn:
            put(BELOW)
            self.drawn = False

    def _print(self) -> None:
        start = "\n" if self.writer.width_of_current_line else ""
        self.writer.write("".join([start, *(f"{line}\n" for line in self.lines())]), flush=True)
        if self.terminal.showlongtestinfo:
            self.terminal.currentfspath = None  # pytest names the check again

    def _give_way(self) -> None:
        """Erase what is drawn before pytest writes anything, in whatever thread."""
        write = self.writer.write

        def after_erasing(*text: Any, **markup: Any) -> None:
            with self.lock:
                self._erase()
                write(*text, **markup)

        self.writer.write = after_erasing  # type: ignore[method-assign]

    def _forget(self, worker: str) -> None:
        with self.lock:
            self.running.pop(worker, None)

    def _capture_off(self) -> AbstractContextManager[None]:
        """While a check is judged, what is written belongs to it."""
        manager: CaptureManager | None = self.terminal.config.pluginmanager.get_plugin("capturemanager")
        return nullcontext() if manager is None else manager.global_and_fixture_disabled()


def put(text: str) -> None:
    """Write past pytest's writer, which counts in which column it is."""
    encoding = sys.stdout.encoding
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()


def told(progress: Progress) -> str:
    """How far a cell is, how fast it goes, and how long it may take.

    >>> told(Progress("fog::fog-3", 300, 900, pace=200.0))
    '300 of 900 rows, 200 images/s, <= 3.0 s left'
    >>> told(Progress("fog::fog-3", 0, 900))
    '0 of 900 rows'
    """
    text = f"{progress.rows:,} of {progress.needed:,} rows"
    if progress.pace is None or not progress.left:
        return text
    pace = f"{progress.pace:,.0f}" if progress.pace >= 10 else f"{progress.pace:.2g}"
    return f"{text}, {pace} images/s, <= {duration(progress.left)} left"


def tally(outcomes: Iterable[str]) -> str:
    """How many of each, without those that there are none of.

    >>> tally(["PASS", "FAIL", "known", "PASS"])
    '2 PASS, 1 FAIL, 1 known'
    """
    counted = Counter(outcomes)
    return ", ".join(f"{counted[one]} {one}" for one in COUNTED if counted[one])
