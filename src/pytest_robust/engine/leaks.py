"""Whether a model keeps more and more memory: a run that is killed for want of it says nothing.

What is looked at is the resident memory of this process before and after each question. A model that needs much, but
always the same, gives back what it took. Of what a question adds, the answers are taken off, which the engine may keep;
and what is added outside of questions is not the model's. Memory of a GPU is not looked at.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from itertools import pairwise

LEAST = 100_000_000
"""So many bytes more are worth a warning."""
WARM_UP = 8
"""Questions before the first that counts: libraries are loaded, kernels chosen, caches filled."""
FEW, MANY = 32, 128
"""After how many questions a warning is possible, and how many notes of earlier ones are kept."""


class Growth:
    """The memory that the questions of a run have added, in bytes, noted in even steps."""

    def __init__(self) -> None:
        self._file: int | None = None
        with contextlib.suppress(OSError):  # another system than Linux, or one that is locked up
            self._file = os.open("/proc/self/statm", os.O_RDONLY)
        self._asked = 0
        self._every = 1
        self._inside = 0
        self._start = 0
        self._notes: list[int] = []

    def __del__(self) -> None:
        if self._file is not None:
            os.close(self._file)

    def resident(self) -> int:
        """Bytes of memory that this process holds now; 0 where the system does not tell."""
        if self._file is None:
            return 0
        return int(os.pread(self._file, 100, 0).split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def note(self, before: int, answered: int) -> int | None:
        """Take note of a question, `before` which so much was resident and which `answered` so many bytes.

        Gives the bytes by which memory keeps growing, where it does; None where it does not.
        """
        now = self.resident()
        self._asked += 1
        if self._asked <= WARM_UP:
            self._start = now
            return None
        self._inside += now - before - answered
        self._start += answered
        if self._asked % self._every:
            return None
        self._notes.append(min(self._inside, now - self._start))
        if len(self._notes) > MANY:
            self._notes = self._notes[::2]
            self._every *= 2
        return self._notes[-1] if len(self._notes) >= FEW and keeps_growing(self._notes) else None


def keeps_growing(notes: Sequence[int]) -> bool:
    """Whether memory grew by `LEAST` or more, and in each quarter of the time by at least half of its share.

    >>> steady = [number * 4_000_000 for number in range(32)]
    >>> keeps_growing(steady), keeps_growing([124_000_000] * 31 + [248_000_000]), keeps_growing(steady[:20])
    (True, False, False)
    """
    added = notes[-1] - notes[0]
    corners = [notes[place * (len(notes) - 1) // 4] for place in range(5)]
    return added >= LEAST and all(2 * 4 * (after - before) >= added for before, after in pairwise(corners))
