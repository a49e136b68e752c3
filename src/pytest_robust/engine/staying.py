"""A model that calls `os._exit` would end the run with nothing said, and with whatever code: 0 would be green."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import NoReturn


@contextmanager
def staying() -> Iterator[None]:
    """Inside, `os._exit` raises SystemExit, as `sys.exit` does: in this thread, and not in a process forked from here.

    So children of a model end as ever, and so does a worker of pytest-xdist whose controller is gone.

    >>> with staying():
    ...     os._exit(3)
    Traceback (most recent call last):
    SystemExit: 3
    """
    end, here = os._exit, (os.getpid(), get_ident())

    def stay(status: int) -> NoReturn:
        if (os.getpid(), get_ident()) != here:
            end(status)
        raise SystemExit(status)

    os._exit = stay
    try:
        yield
    finally:
        os._exit = end
