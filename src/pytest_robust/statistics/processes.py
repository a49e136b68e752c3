"""Claims that two e-processes judge alone: both run to the last row, so all of each alpha is spent on them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pytest_robust.statistics.betting import first_crossing, log10_e
from pytest_robust.statistics.decision import Decision, Levels, too_close

Floats = NDArray[np.float64]


def decide_by_processes(
    for_claim: Floats,
    against_claim: Floats,
    threshold: float,
    levels: Levels,
    *,
    method: str,
    observed: Callable[[int], tuple[float, tuple[float, float]]],
    rows: Callable[[float], int | None],
    final: bool,
) -> Decision:
    """Judge by the logs of two e-processes (n,), n at least 1: the first to reach 1 / its alpha settles the claim.

    Without early stopping it is settled so too, but told at the end and with the figures of all rows. `observed(k)` are
    the estimate and the interval of the first k rows; `rows(estimate)` about how many would settle a claim that is not
    settled, None where no number would.
    """
    n = len(for_claim)
    crossing = first_crossing(for_claim, against_claim, levels.alpha_pass, levels.alpha_fail)
    if not final and not (crossing and levels.early_stopping):
        return Decision(None, n, log10_e_value=log10_e(for_claim, against_claim))
    outcome = crossing[1] if crossing else "INCONCLUSIVE"
    k = crossing[0] if crossing and levels.early_stopping else n
    estimate, interval = observed(k)
    needed = rows(estimate) if outcome == "INCONCLUSIVE" else None
    return Decision(
        outcome,
        k,
        estimate=estimate,
        interval=interval,
        method=method,
        log10_e_value=log10_e(for_claim[:k], against_claim[:k]),
        rows_needed=None if needed is None else max(1, needed - n),
        reason=too_close(estimate, threshold) if outcome == "INCONCLUSIVE" and needed is None else None,
    )
