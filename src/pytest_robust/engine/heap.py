"""Memory that a batch has freed, kept by this process for the next batch.

GNU's C library gives large pieces back to the system as soon as they are free, and the system clears every page of what
is taken anew: for a network on the CPU this may be half of the time. It is told to keep them, and to keep one heap for
all threads, as those of others than the first are small. What is kept is no more than was in use at some time.
"""

from __future__ import annotations

import ctypes
import os
from functools import cache

TRIM_THRESHOLD, MMAP_MAX, ARENA_MAX = -1, -4, -8
"""Parameters of mallopt(3)."""
GIVE_BACK_ABOVE = 2**31 - 1
"""Bytes that lie free at the end of the heap: the most that can be asked for."""
VARIABLES = ("MALLOC_", "GLIBC_TUNABLES")
"""How the names of environment variables begin by which a user tells the C library what to do."""


@cache
def keep_freed() -> None:
    """Have the C library keep what is freed, from now on; it does as it likes where it is not GNU's.

    Nothing is done where the environment says how: `MALLOC_TRIM_THRESHOLD_=131072`, say, and memory goes back.
    """
    if "CS_GNU_LIBC_VERSION" not in getattr(os, "confstr_names", ()) or any(map(is_set, VARIABLES)):
        return
    library = ctypes.CDLL(None)
    for parameter, value in ((ARENA_MAX, 1), (MMAP_MAX, 0), (TRIM_THRESHOLD, GIVE_BACK_ABOVE)):
        library.mallopt(parameter, value)


def is_set(beginning: str) -> bool:
    """Whether there is an environment variable whose name begins so."""
    return any(name.startswith(beginning) for name in os.environ)
