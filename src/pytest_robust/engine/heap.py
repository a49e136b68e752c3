"""Memory that a batch has freed, kept by this process for the next batch.

GNU's C library gives large pieces back to the system as soon as they are free, and the system clears every page of what
is taken anew: for a network on the CPU this may be half of the time. It is told to keep them, and to make no further
heap for threads: all but the first one are small, and what does not fit into them goes back. A heap that a thread made
before is left to a thread that comes after it. What is kept is no more than was in use at some time.
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


PROBE = 1 << 16
"""Bytes that are asked for to see where they lie: more than a thread keeps of its own."""


@cache
def keep_freed() -> bool:
    """Have the C library keep what is freed, from now on; False where it does as it likes, not being GNU's.

    Nothing is done where the environment says how: `MALLOC_TRIM_THRESHOLD_=131072`, say, and memory goes back.
    """
    if "CS_GNU_LIBC_VERSION" not in getattr(os, "confstr_names", ()) or any(map(is_set, VARIABLES)):
        return False
    library = ctypes.CDLL(None)
    for parameter, value in ((ARENA_MAX, 1), (MMAP_MAX, 0), (TRIM_THRESHOLD, GIVE_BACK_ABOVE)):
        library.mallopt(parameter, value)
    return True


def in_first_heap() -> bool:
    """Whether this thread takes its memory from the first heap, the one below the program's break."""
    library = ctypes.CDLL(None)
    library.malloc.restype = library.sbrk.restype = ctypes.c_void_p
    library.malloc.argtypes, library.sbrk.argtypes = [ctypes.c_size_t], [ctypes.c_ssize_t]
    library.free.argtypes = [ctypes.c_void_p]
    found = library.malloc(PROBE)
    library.free(found)
    return bool(found < library.sbrk(0))


def is_set(beginning: str) -> bool:
    """Whether there is an environment variable whose name begins so."""
    return any(name.startswith(beginning) for name in os.environ)
