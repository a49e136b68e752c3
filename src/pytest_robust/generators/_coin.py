"""A coin for each row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_robust.generators._random import Seeds, uniforms


def signs(seeds: Seeds) -> NDArray[np.int64]:
    """-1 or 1 for each row, shape (n,)."""
    return np.where(uniforms(seeds, (1,))[:, 0] < 0.5, -1, 1)
