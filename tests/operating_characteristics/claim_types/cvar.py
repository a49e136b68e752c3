"""The mean of the worst twentieth of the costs, of which nine in ten are 0."""

from __future__ import annotations

import numpy as np

from claim_types import ClaimType, Cost
from pytest_robust.statistics import Decision, Levels
from pytest_robust.statistics.tail import decide_cvar

SHARE = 0.05


def draw(rng: np.random.Generator, truth: float, rows: int) -> np.ndarray:
    """One cost in ten is uniform from 0 up: the mean of the upper half of these is 3/4 of the highest."""
    return np.where(rng.random(rows) < 2 * SHARE, rng.random(rows) * truth / 0.75, 0.0)


def decide(values: np.ndarray, seen: int, levels: Levels, *, final: bool) -> Decision:
    return decide_cvar(values[:seen], SHARE, "<=", 0.5, levels, bounds=(0.0, 1.0), final=final)


CLAIM_TYPES = (
    ClaimType(
        name="cvar",
        claim="cvar(share=0.05) <= 0.5",
        threshold=0.5,
        truths=(0.0, 0.75),
        rows=1000,
        draw=draw,
        decide=decide,
        costs=(Cost(truth=0.3, rows=(582, 703)),),
    ),
)
