"""A batch's work in blocks of rows: small enough for a processor's cache, and spread over its cores."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Any

import numpy as np

from pytest_robust.carriers import Images

BLOCK = 1 << 20
"""Values of a block, about: 341 images of 32 x 32 pixels, six of 224 x 224. With smaller ones threads would wait for
each other, between calls that are too short; larger ones would leave the cache."""

LARGE = 1 << 16
"""Values of an image from which on blocks are spread over cores. The work on smaller ones is many short calls: threads
that wait between these for each other, for the interpreter's lock, take up to three times as long as one thread."""


def by_blocks(make: Callable[..., Images]) -> Callable[..., Images]:
    """A generator's function that is called with blocks of a batch; of large images, with several at a time.

    For functions that treat each row on its own, whatever the others are, and spend their time in numpy and OpenCV,
    which let other threads run meanwhile: the bytes are the same, in less time and memory.
    """

    @wraps(make)
    def spread(images: Images, *, seeds: Any, **options: Any) -> Images:
        if not images.size:
            return images.copy()
        rows = max(BLOCK // images[0].size, 1)
        if len(images) <= rows:
            return make(images, seeds=seeds, **options)
        made = np.empty(images.shape, np.uint8)

        def fill(first: int) -> None:
            block = slice(first, first + rows)
            made[block] = make(images[block], seeds=seeds[block], **options)

        firsts = range(0, len(images), rows)
        if images[0].size < LARGE:
            for first in firsts:
                fill(first)
            return made
        with ThreadPoolExecutor(cores()) as pool:
            for _ in pool.map(fill, firsts):
                pass
        return made

    return spread


def cores() -> int:
    """How many cores this process may use: those that it is bound to, shared with its siblings of pytest-xdist."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(usable // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")), 1)
