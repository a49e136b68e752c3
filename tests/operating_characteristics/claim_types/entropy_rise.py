"""The mean of a bounded quantity: entropy_rise, of a model that doubts by degrees, and of one that doubts seldom."""

from __future__ import annotations

import numpy as np

from claim_types import ClaimType, Cost
from pytest_robust.statistics import Decision, Levels
from pytest_robust.statistics.means import decide_mean

DEVIATION = 0.25


def draw_by_degrees(rng: np.random.Generator, truth: float, rows: int) -> np.ndarray:
    """A beta distribution over -1 to 1 with this mean and a standard deviation of 0.25."""
    mean = (1 + truth) / 2
    weight = mean * (1 - mean) / (DEVIATION / 2) ** 2 - 1
    return 2 * rng.beta(weight * mean, weight * (1 - mean), rows) - 1


def draw_seldom(rng: np.random.Generator, truth: float, rows: int) -> np.ndarray:
    """Doubts nothing, but in a share of the images everything: the skew at which Student's t errs."""
    return (rng.random(rows) < truth).astype(np.float64)


def decide(values: np.ndarray, seen: int, levels: Levels, *, final: bool) -> Decision:
    return decide_mean(values[:seen], ">=", 0.1, levels, bounds=(-1.0, 1.0), final=final)


CLAIM_TYPES = (
    ClaimType(
        name="entropy_rise",
        claim="entropy_rise >= 0.10",
        threshold=0.1,
        truths=(-0.9, 0.9),
        rows=300,
        draw=draw_by_degrees,
        decide=decide,
        # The page's 39/68 are those of Student's t, which does not keep its error.
        costs=(Cost(truth=0.2, rows=(79, 110), stops=(73, 100, 130)),),
    ),
    ClaimType(
        name="entropy_rise, skewed",
        claim="entropy_rise >= 0.10",
        threshold=0.1,
        truths=(0.0, 1.0),
        rows=300,
        draw=draw_seldom,
        decide=decide,
    ),
)
