"""A rate near 0: mistakes that must hardly ever happen. Planned for two failures, hence 6294 rows."""

from __future__ import annotations

import numpy as np

from claim_types import ClaimType, Cost
from pytest_robust.statistics import Decision, Levels
from pytest_robust.statistics.means import decide_mean


def draw(rng: np.random.Generator, truth: float, rows: int) -> np.ndarray:
    return (rng.random(rows) < truth).astype(np.float64)


def decide(values: np.ndarray, seen: int, levels: Levels, *, final: bool) -> Decision:
    return decide_mean(values[:seen], "<=", 0.001, levels, fixed="clopper-pearson", final=final)


CLAIM_TYPES = (
    ClaimType(
        name="rare events",
        claim="catastrophic_rate(cost=10) <= 0.001",
        threshold=0.001,
        truths=(0.0, 1.0),
        rows=6294,
        draw=draw,
        decide=decide,
        # 2995, 4742 and 6294 rows allow 0, 1 and 2 failures; a true rate of 1e-4 passes 74, 92 and 97 % of the time.
        costs=(Cost(truth=0.0001, rows=(4742, 6294), measured=False),),
    ),
)
