"""Claims about the mean of a bounded quantity: one engine for all of them."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pytest_robust.statistics.decision import Decision, Levels, Operator

FixedTest = Literal["clopper-pearson", "discordant", "betting", "t"]
"""The test that is run once, when the rows are used up:

- `clopper-pearson`: values are the two ends of the range only; exact.
- `discordant`: values are -1, 0, 1; Clopper-Pearson on both discordant counts; exact.
- `betting`: any values in the range; valid at every n.
- `t`: any values; asymptotic, says so in `method`.
"""


def decide_mean(
    values: NDArray[np.float64],
    operator: Operator,
    threshold: float,
    levels: Levels,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
    fixed: FixedTest = "betting",
    final: bool,
) -> Decision:
    """Judge `mean operator threshold` on i.i.d. `values` (n,) within `bounds`, in the order drawn.

    The e-process is followed row by row: if it crosses 1/alpha at row k, the decision is the one at k, with n = k, whatever
    rows came after. Otherwise, at the end, the fixed-n test decides. Raises ValueError for values outside the bounds or NaN.
    """
    raise NotImplementedError
