"""The end of a process in which torch left some hundred thousand objects: quick, as somebody waits for it."""

from __future__ import annotations

import atexit
import gc

import pytest


def pytest_configure() -> None:
    """The interpreter is not to search all of them for garbage when it ends, as it would several times."""
    atexit.register(gc.freeze)


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Nor is pytest in a worker of pytest-xdist: what it would warn of goes to nobody."""
    if hasattr(config, "workerinput"):
        gc.freeze()
