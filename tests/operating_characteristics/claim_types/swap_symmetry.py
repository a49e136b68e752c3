"""A mean that is near zero, on whichever side: one minus its distance is what is claimed."""

from __future__ import annotations

import numpy as np

from claim_types import ClaimType, Cost
from claim_types.entropy_rise import draw_by_degrees
from pytest_robust.statistics import Decision, Levels
from pytest_robust.statistics.near_zero import decide_near_zero


def draw(rng: np.random.Generator, truth: float, rows: int) -> np.ndarray:
    """On either side by chance."""
    side = 1.0 if rng.random() < 0.5 else -1.0
    return draw_by_degrees(rng, side * (1 - truth), rows)


def decide(values: np.ndarray, seen: int, levels: Levels, *, final: bool) -> Decision:
    return decide_near_zero(values[:seen], 0.1, levels, final=final)


CLAIM_TYPES = (
    ClaimType(
        name="swap_symmetry",
        claim="swap_symmetry >= 0.90",
        threshold=0.9,
        truths=(0.1, 1.0),
        rows=300,
        draw=draw,
        decide=decide,
        costs=(Cost(truth=0.97, rows=(123, 200), stops=(99, 165, 257)),),
    ),
)
