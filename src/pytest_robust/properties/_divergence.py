"""How far two beliefs over the same classes lie apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from pytest_robust.errors import DataError


def jensen_shannon(first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.float64]:
    """The Jensen-Shannon divergence of each row of two (n, K) arrays in bits, (n,), from 0 (equal) to 1 (disjoint).

    (KL(p || m) + KL(q || m)) / 2 with m = (p + q) / 2 (Lin 1991). Rows are brought to a sum of one first, so that
    counts do too. Raises DataError for arrays of different shapes.

    >>> jensen_shannon(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([[2, 0], [0, 7]])).tolist()
    [0.0, 1.0]
    """
    if first.shape != second.shape:
        raise DataError(
            f"the model answers for {first.shape[1]} classes, and {second.shape[1]} are known of each row; "
            "give both for the same classes, in one order"
        )
    p, q = (rows / rows.sum(axis=1, keepdims=True, dtype=np.float64) for rows in (first, second))
    middle = (p + q) / 2
    both = (scipy.special.rel_entr(one, middle).sum(axis=1) for one in (p, q))
    found = sum(both) / (2 * np.log(2))
    return np.asarray(np.clip(found, 0.0, 1.0), dtype=np.float64)
