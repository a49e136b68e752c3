"""SIGTERM, with which schedulers and CI systems end a run, ends it as Ctrl-C does: with a record of what there is."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import pytest


class Termination:
    """Takes the first SIGTERM of a run for Ctrl-C, and leaves a second one to do what it always does.

    While record and report are written the first one changes nothing: the run is about to end. A handler of somebody
    else's is left alone, and so is a run outside the main thread, where there can be none.
    """

    def __init__(self) -> None:
        self._running = False

    def pytest_sessionstart(self) -> None:
        """From here on there is something to write."""
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            self._running = True
            signal.signal(signal.SIGTERM, self._end)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """The run is ending."""
        self._running = False

    def pytest_unconfigure(self) -> None:
        """Put the handler back."""
        if signal.getsignal(signal.SIGTERM) == self._end:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def _end(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if self._running:
            raise KeyboardInterrupt("ended by SIGTERM")
