"""Where the time goes, while somebody asks.

    with profiled() as seconds:
        with timed("generation"):
            ...

Sections nest, and the innermost counts: what a search asks the model counts for `model`, not for `generation`. So the
sections add up to the time that has passed. Other threads than the one that asks are not looked at: it waits for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Literal

Section = Literal["data", "generation", "model", "judging", "disk", "rest"]


class Clock:
    """Seconds by section, of which one always counts."""

    def __init__(self) -> None:
        self.seconds: dict[Section, float] = {}
        self._section: Section = "rest"
        self._since = monotonic()

    def turn(self, section: Section) -> Section:
        """Count for this section from now on; the one that counted so far."""
        now, before = monotonic(), self._section
        self.seconds[before] = self.seconds.get(before, 0.0) + now - self._since
        self._section, self._since = section, now
        return before


_running: ContextVar[Clock | None] = ContextVar("clock", default=None)


@contextmanager
def profiled() -> Iterator[dict[Section, float]]:
    """Measure what is done until the end of the block: seconds by section, complete when it is over."""
    clock = Clock()
    token = _running.set(clock)
    try:
        yield clock.seconds
    finally:
        clock.turn("rest")
        _running.reset(token)


@contextmanager
def timed(section: Section) -> Iterator[None]:
    """Count for a section until the end of the block, or of the function that this decorates."""
    clock = _running.get()
    if clock is None:
        yield
        return
    before = clock.turn(section)
    try:
        yield
    finally:
        clock.turn(before)
