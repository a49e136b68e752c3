"""A line to the model that can be hung up on: questions are answered in a thread of their own, within a limit."""

from __future__ import annotations

import math
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from pytest_robust.engine.heap import in_first_heap, keep_freed
from pytest_robust.sources import users_place

Value = TypeVar("Value")

MOST_HEAPS = 64
"""Threads that are tried before one does with another heap."""


class HungError(Exception):
    """No answer came within the limit; `place` is where the model was then, `file:line`."""

    def __init__(self, place: str | None) -> None:
        self.place = place
        super().__init__(place)


class Answering(threading.Thread):
    """Calls functions one after the other, all in one thread, as libraries keep threads of their own for each."""

    def __init__(self) -> None:
        super().__init__(name="model", daemon=True)
        self.asked: SimpleQueue[Callable[[], Any] | None] = SimpleQueue()
        self.answered: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()

    def run(self) -> None:
        """Until the process ends, or None is asked."""
        while (function := self.asked.get()) is not None:
            try:
                self.answered.put((function(), None))
            except BaseException as error:  # SystemExit too: a model does not end the run
                self.answered.put((None, error))


@dataclass
class Line:
    """A thread cannot be stopped: one that hangs is left behind, and ends with the process.

    Handing a question over costs some 5 microseconds.
    """

    limit: float
    """Seconds that one call may take; without a limit it is made in the thread of the caller."""
    _thread: Answering | None = field(default=None, init=False)

    def call(self, function: Callable[[], Value]) -> Value:
        """What the function returns. Raises what it raises, or HungError.

        >>> Line(limit=60).call(lambda: 6 * 7)
        42
        """
        if math.isinf(self.limit):
            return function()
        thread, self._thread = self._thread or started(), None
        thread.asked.put(function)
        try:
            value, error = thread.answered.get(timeout=self.limit)
        except Empty:
            raise HungError(place_of(thread)) from None
        self._thread = thread  # not kept where the wait was interrupted: its answer is to a question of before
        if error is not None:
            raise error
        return value  # type: ignore[no-any-return]


def started() -> Answering:
    """A thread that waits for its first question; one that has the first heap, where freed memory is kept."""
    tried: list[Answering] = []
    while True:
        thread = Answering()
        thread.start()
        tried.append(thread)
        if len(tried) == MOST_HEAPS or not keep_freed():
            break
        thread.asked.put(in_first_heap)
        if thread.answered.get()[0]:
            break
    for other in tried[:-1]:  # not before: while they live, the next thread gets another heap than theirs
        other.asked.put(None)
    return thread


def place_of(thread: threading.Thread) -> str | None:
    """Where in the user's code a thread is at this moment."""
    frame = sys._current_frames().get(thread.ident or 0)
    return users_place(traceback.extract_stack(frame)) if frame else None
