"""What a worker of pytest-xdist tells the controller while it judges a check: how far the cell is.

It goes through a channel of execnet's, which the controller opens and hands to the worker with its other input.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import astuple
from typing import Any

from pytest_robust.engine.progress import Progress

CHANNEL = "robust_progress"
"""Under which a worker is given the channel."""
EVERY = 0.25
"""Seconds from one message to the next, at least."""


class Relay:
    """The worker's end."""

    def __init__(self, channel: Any) -> None:
        self.channel = channel
        self.due = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        """Pass it on, unless the last one is just gone."""
        if time.monotonic() >= self.due:
            with contextlib.suppress(OSError):  # the controller has stopped listening
                self.channel.send(astuple(progress))
            self.due = time.monotonic() + EVERY


def listen(node: Any, heard: Callable[[str, Progress], None]) -> None:
    """The controller's end: `heard` is called with the worker's id, in a thread of execnet's."""
    channel = node.gateway.newchannel()
    channel.setcallback(lambda message: heard(node.gateway.id, Progress(*message)))
    node.workerinput[CHANNEL] = channel
