"""Which rows are right, as text: one bit a row, the highest first, in base64.

Not compressed, though zlib would save two fifths where nine rows in ten are right: what zlib writes differs between its
versions, and equal runs must have equal records.
"""

from __future__ import annotations

import base64

import numpy as np
from numpy.typing import NDArray

from pytest_robust.errors import RecordError


def pack(right: NDArray[np.bool_]) -> str:
    """One bit a row.

    >>> pack(np.array([True, False, False, True, True]))
    'mA=='
    """
    return base64.b64encode(np.packbits(right).tobytes()).decode()


def unpack(packed: str, n: int) -> NDArray[np.bool_]:
    """The n rows, shape (n,). Raises RecordError for text that `pack` did not make of n rows.

    >>> unpack("mA==", 5).tolist()
    [True, False, False, True, True]
    """
    try:
        bits = np.unpackbits(np.frombuffer(base64.b64decode(packed, validate=True), np.uint8))
    except ValueError:
        bits = np.zeros(0, np.uint8)
    if len(bits) != -(-n // 8) * 8 or bits[n:].any():
        raise RecordError(f"{packed[:40]!r} does not say which of {n} rows are right")
    return np.asarray(bits[:n], dtype=np.bool_)
