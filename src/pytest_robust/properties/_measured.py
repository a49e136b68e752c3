"""Budgets that are measured: an observation of this run on this machine, not a claim about a population."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow
from pytest_robust.statistics import Decision

METHOD = "measured in this run, on this machine"


def nobody(evidence: Evidence, _: Evidence | None) -> PerRow:
    """No row is to blame: zeros (n,)."""
    return np.zeros(len(evidence))


def within_budget(costs: NDArray[np.float64], percentile: float, budget: float) -> Decision:
    """PASS where the percentile of what single questions cost (r,) is at most the budget, else FAIL.

    >>> within_budget(np.array([1.0, 2.0, 9.0]), 50, 2.0).outcome
    'PASS'
    """
    if np.isnan(costs).any():
        return Decision("INCONCLUSIVE", 0, method=METHOD, reason="not estimable: this system does not tell")
    found = float(np.percentile(costs, percentile, method="inverted_cdf"))
    return Decision("PASS" if found <= budget else "FAIL", len(costs), estimate=found, method=METHOD)
