"""What an answer costs here and now: seconds and memory of questions put one after the other."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from pytest_robust.carriers import Columns, Images, Predictions

WARM_UP = 3
"""Questions before the first that counts: caches fill, kernels are chosen."""
TIMED = 50
"""Questions that count."""
KILOBYTE = 1024
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
RESET_PEAK = "5"
"""What Linux takes, written to `clear_refs`, for the wish to forget the peak (proc_pid_clear_refs(5))."""

Ask = Callable[[Images], Predictions]


def measured(ask: Ask, images: Images) -> Columns:
    """Columns over `TIMED` questions about the same images: `seconds` of each, and `megabytes` that one took at the

    most beyond what the process held before it; NaN where the system does not tell.
    """
    for _ in range(WARM_UP):
        ask(images)
    seconds = np.empty(TIMED)
    for number in range(TIMED):
        started = time.perf_counter()
        ask(images)
        seconds[number] = time.perf_counter() - started
    # Apart from the time: memory that was given back to the system costs time to be taken again.
    megabytes = max(_megabytes(ask, images) for _ in range(WARM_UP))
    return {"ids": np.arange(TIMED).astype(np.str_), "seconds": seconds, "megabytes": np.full(TIMED, megabytes)}


def _megabytes(ask: Ask, images: Images) -> float:
    with suppress(AttributeError, OSError):  # C libraries other than GNU's have no such function
        ctypes.CDLL(None).malloc_trim(0)
    try:
        before = _status("VmRSS")
        CLEAR.write_text(RESET_PEAK)
        ask(images)
        return max(0, _status("VmHWM") - before) / KILOBYTE
    except OSError:  # another system than Linux, or one that is locked up
        return float("nan")


def _status(name: str) -> int:
    """A figure in kilobytes of what Linux says of this process."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1])
