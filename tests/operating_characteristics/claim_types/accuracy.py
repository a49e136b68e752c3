"""The mean of values that are 0 or 1: accuracy, and every other rate."""

from __future__ import annotations

import numpy as np

from claim_types import ClaimType, Cost
from pytest_robust.statistics import Decision, Levels
from pytest_robust.statistics.means import decide_mean


def draw(rng: np.random.Generator, truth: float, rows: int) -> np.ndarray:
    return (rng.random(rows) < truth).astype(np.float64)


def decide(values: np.ndarray, seen: int, levels: Levels, *, final: bool) -> Decision:
    return decide_mean(values[:seen], ">=", 0.9, levels, fixed="clopper-pearson", final=final)


CLAIM_TYPES = (
    ClaimType(
        name="accuracy",
        claim="accuracy >= 0.90",
        threshold=0.9,
        truths=(0.0, 1.0),
        rows=1000,
        draw=draw,
        decide=decide,
        costs=(
            Cost(truth=0.92, rows=(1302, 2251), stops=(1656, 2778, 4232), measured=False),
            Cost(truth=0.95, rows=(191, 298), stops=(244, 393, 571), measured=False),
        ),
    ),
)
