"""Test rows that are training rows, or copies of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pytest_robust.training._rows import Rows

WITHIN = 10
"""Bits, of 64, in which the perceptual hashes of copies differ at most."""
ALIKE = 0.99
"""Correlation that the thumbnails of copies have at least. A hash alone is not enough: pictures of little detail, such
as digits of 8 x 8 dots, have few hashes between them. `benchmarks/near_duplicates.py` measures both."""
EXACT = -1
"""Stands for the distance of equal pixels."""
BLOCK = 1 << 20
"""Pairs looked at in one step."""


@dataclass(frozen=True)
class Twins:
    """Test rows with the training row that each resembles most: equal pixels, or else the fewest bits apart."""

    rows: NDArray[np.intp]
    """(m,): places in the test data, exact twins first, then by distance, then in the order of the data."""
    training_rows: NDArray[np.intp]
    """(m,): places in the training data, of several the first."""
    distances: NDArray[np.int64]
    """(m,): `EXACT`, or bits."""


def twins(test: Rows, training: Rows) -> Twins:
    """Every test row that is a training row, pixel by pixel, or looks like a copy of one.

    A copy's hash is at most `WITHIN` bits away, and the correlation of the thumbnails at least `ALIKE`. A picture of
    one colour is a copy of nothing, as it has no detail to know it by.
    """
    place = {row.tobytes(): number for number, row in reversed(list(enumerate(training.sha256)))}
    found = np.array([place.get(row.tobytes(), -1) for row in test.sha256], dtype=np.intp)
    distances = np.where(found >= 0, EXACT, WITHIN + 1)
    others = np.flatnonzero(found < 0)
    step = max(1, BLOCK // max(1, len(training)))
    for start in range(0, len(others), step):
        some = others[start : start + step]
        apart = np.bitwise_count(test.hashes[some, None] ^ training.hashes)
        here, there = np.nonzero(apart <= WITHIN)
        like = alike(test.thumbnails[some[here]], training.thumbnails[there])
        here, there = here[like], there[like]
        bits = apart[here, there]
        order = np.lexsort((there, bits, here))
        first = order[np.unique(here[order], return_index=True)[1]]
        found[some[here[first]]], distances[some[here[first]]] = there[first], bits[first]
    rows = np.flatnonzero(found >= 0)
    rows = rows[np.argsort(distances[rows], kind="stable")]
    return Twins(rows, found[rows], distances[rows].astype(np.int64))


def alike(some: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether pairs of thumbnails (m, 64) correlate as copies do. Sums are whole numbers, so exact in any order."""
    a, b = some.astype(np.float64), others.astype(np.float64)
    n, (total_a, total_b) = a.shape[1], (a.sum(axis=1), b.sum(axis=1))
    shared = n * (a * b).sum(axis=1) - total_a * total_b
    own = (n * (a * a).sum(axis=1) - total_a**2) * (n * (b * b).sum(axis=1) - total_b**2)
    return np.asarray((own > 0) & (shared >= ALIKE * np.sqrt(own)), dtype=np.bool_)
