"""Freed memory that is kept: counted in pages that the system had to give."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    "CS_GNU_LIBC_VERSION" not in getattr(os, "confstr_names", ()), reason="another C library than GNU's"
)

BATCHES = """
import resource, sys, threading
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from pytest_robust.engine.heap import keep_freed
from pytest_robust.engine.line import Line

def batches(count):
    for _ in range(count):
        layers = [np.ones(size << 20, np.uint8) for size in (1, 40, 5, 120)]

def in_a_thread():
    thread = threading.Thread(target=batches, args=(10,))
    thread.start()
    thread.join()

def by_the_line():
    Line(60).call(lambda: batches(10))

if "others" in sys.argv:  # threads that come and go, and had heaps of their own
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: np.ones(100_000).sum(), range(100)))
if "keep" in sys.argv:
    keep_freed()
batches(2)  # while one is made, that before it is still there
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
by_the_line() if "line" in sys.argv else in_a_thread()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def pages(*how: str, **environment: str) -> int:
    """Pages given to a process that asks for the memory of ten batches, one after the other, after that of two."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_TUNABLES"))}
    command = [sys.executable, "-c", BATCHES, *how]
    ran = subprocess.run(command, env={**clean, **environment}, check=True, capture_output=True, text=True)
    return int(ran.stdout)


def test_the_memory_of_a_batch_is_that_of_the_next():
    assert pages("keep") < pages("leave") / 10


def test_the_thread_that_asks_the_model_has_the_heap_that_is_kept_whatever_threads_there_were_before():
    assert pages("others", "keep", "line") < pages("others", "keep") / 10


def test_a_user_who_tells_the_c_library_what_to_do_has_the_last_word():
    assert pages("keep", MALLOC_MMAP_THRESHOLD_="131072") > pages("keep") * 10
