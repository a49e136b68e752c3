"""The median of a quantity without a bound, some of it infinite: the smallest change that fools a model."""

from __future__ import annotations

import numpy as np

from claim_types import ClaimType, Cost
from pytest_robust.statistics import Decision, Levels
from pytest_robust.statistics.quantiles import decide_median


def draw(rng: np.random.Generator, truth: float, rows: int) -> np.ndarray:
    """Lognormal, and one row in ten is fooled by nothing."""
    normal = rng.standard_normal(rows)
    return np.where(normal > 1.2816, np.inf, truth * np.exp(0.5 * normal))


def decide(values: np.ndarray, seen: int, levels: Levels, *, final: bool) -> Decision:
    return decide_median(values[:seen], ">=", 0.2, levels, final=final)


CLAIM_TYPES = (
    ClaimType(
        name="median",
        claim="minimal_perturbation >= 0.20",
        threshold=0.2,
        truths=(0.001, 10.0),
        rows=500,
        draw=draw,
        decide=decide,
        costs=(Cost(truth=0.24, rows=(73, 125), stops=(91, 156, 223)),),
    ),
)
