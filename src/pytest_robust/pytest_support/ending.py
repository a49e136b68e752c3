"""The end of a process in which torch left some hundred thousand objects: quick, as somebody waits for it."""

from __future__ import annotations

import gc
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_unconfigure(config: pytest.Config) -> Generator[None]:
    """Nothing is searched for garbage any more, as the interpreter would several times: once pytest has looked for it.

    In a worker not even then: what pytest would warn of goes to nobody.
    """
    if hasattr(config, "workerinput"):
        gc.freeze()
    try:
        return (yield)
    finally:
        gc.freeze()
