"""What a model or a generator may change for everybody in the process, put back after it."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


@contextmanager
def undisturbed(seed: int, tell: Callable[[str], None]) -> Iterator[None]:
    """Random generators of the process start from `seed` inside, below 2**32, and go on outside as if nothing had been.

    So whoever draws from them, though a suite's randomness is elsewhere, makes the same of the same rows in any order.
    torch's default type, its number of threads and the working folder are put back, and `tell` is told that they were
    not left alone.
    """
    torch = sys.modules.get("torch")
    drawn = random.getstate(), np.random.get_state()
    drawn_by_torch = None if torch is None else torch.get_rng_state()
    random.seed(seed)
    np.random.seed(seed)
    if torch is not None:
        seed_torch(torch, seed)
    found = {name: read() for name, (read, _) in shared(torch).items()}
    try:
        yield
    finally:
        for name, (read, write) in shared(torch).items():
            if read() != found[name]:
                tell(f"the model, or a generator, changed {name}; it was put back")
                write(found[name])
        random.setstate(drawn[0])
        np.random.set_state(drawn[1])
        if torch is not None:
            torch.set_rng_state(drawn_by_torch)


def seed_torch(torch: Any, seed: int) -> None:
    """As torch.manual_seed, which where no GPU is in use takes longer than a small network does."""
    if torch.cuda.is_initialized() or torch.backends.mps.is_available():
        torch.manual_seed(seed)
    else:
        torch.default_generator.manual_seed(seed)


def shared(torch: Any) -> dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]]:
    """How to read and to write what is one for the whole process; `torch` is None where nobody imported it."""
    found: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {"the working folder": (os.getcwd, os.chdir)}
    if torch is not None:
        found["torch's default type"] = torch.get_default_dtype, torch.set_default_dtype
        found["torch's number of threads"] = torch.get_num_threads, torch.set_num_threads
    return found
