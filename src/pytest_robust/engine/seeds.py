"""Where randomness comes from: the suite's seed and the row's id, and nothing else.

By hashing, not by a generator's stream, so that no version of numpy can change what a row looks like.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray


def row_seeds(suite_seed: int, scenario: str, ids: NDArray[np.str_], draw: int = 0) -> NDArray[np.uint64]:
    """One seed a row, shape (n,), by the row's id alone; those of a later `draw` are others.

    The severity is no part of it: a row gets the same fog at severity 1 and 5, so that harder is harder for each row.

    >>> a, b = row_seeds(0, "weather", np.array(["a", "b"]))
    >>> bool(a == row_seeds(0, "weather", np.array(["c", "a"]))[1]), bool(a == b)
    (True, False)
    """
    purpose = f"row {draw}" if draw else "row"
    return np.array([_hash(purpose, suite_seed, scenario, name) for name in ids.tolist()], dtype=np.uint64)


def row_order(suite_seed: int, data_name: str, ids: NDArray[np.str_]) -> NDArray[np.intp]:
    """The order in which the rows of a data set are drawn: a permutation of their positions, shape (n,).

    Whatever stands first in it is a random sample of the data set, so a verdict may rest on the first rows alone.

    >>> row_order(0, "test", np.array(["a", "b", "c", "d"])).tolist()
    [2, 1, 3, 0]
    """
    keys = np.array([_hash("order", suite_seed, data_name, name) for name in ids.tolist()], dtype=np.uint64)
    return np.argsort(keys, kind="stable")


def chunk_seed(key: str, number: int) -> int:
    """Where random generators of the process start while a chunk of this address is made, below 2**32."""
    return _hash("chunk", number, key, "") % 2**32


def _hash(purpose: str, suite_seed: int, name: str, row: str) -> int:
    key = hashlib.blake2b(f"{purpose}\0{suite_seed}\0{name}\0{row}".encode(), digest_size=8)
    return int.from_bytes(key.digest(), "little")
