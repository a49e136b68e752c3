"""A long run of every generator: no warning, and memory that does not grow.

`ROBUST_SOAK=100000 pytest tests/generators/test_generator_soak.py` takes so many images through each; only such a long
run says much about memory.
"""

from __future__ import annotations

import gc
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from pictures import pictures
from test_generator_rules import MEMBERS, make

SOAK = int(os.environ.get("ROBUST_SOAK", "512"))
BATCH = 128
MEGABYTE = 2**20


def resident() -> int:
    """Bytes of this process in memory."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the memory in use from /proc")
@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_nothing_is_warned_of_and_nothing_stays_in_memory(member):
    images = pictures(BATCH, 32)
    batches = max(SOAK // BATCH, 4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number in range(batches):
            if number == batches // 4:
                before = resident()
            seeds = np.arange(number * BATCH, (number + 1) * BATCH, dtype=np.uint64)
            make(member, images, 1 + number % 5, seeds)
    # Libraries settle buffers of their own; over 100,000 images this is a third of a kilobyte an image.
    assert resident() - before < 32 * MEGABYTE
