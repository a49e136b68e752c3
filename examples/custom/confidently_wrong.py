"""A property of one's own: being wrong is one thing, being sure of it is another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Evidence
from pytest_robust.properties import mean_property


@mean_property(
    range=(0, 1),
    truths={"label"},
    operators=("<=",),
    fixed="clopper-pearson",  # every row is 0 or 1, so there is an exact test
    summary="Share of inputs answered wrong with a confidence of 0.9 or more.",
)
def confidently_wrong(evidence: Evidence) -> NDArray[np.bool_]:
    """One value a row; suites make claims about the mean, `confidently_wrong.py:confidently_wrong <= 0.02`."""
    return ~evidence.correct & (evidence.confidence >= 0.9)
