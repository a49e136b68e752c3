"""The mean of the shares right of three classes, the rarest of which has one row in twenty."""

from __future__ import annotations

import numpy as np

from claim_types import ClaimType, Cost
from pytest_robust.statistics import Decision, Levels
from pytest_robust.statistics.strata import decide_balanced_accuracy

SHARES = np.array([0.8, 0.15, 0.05])
EASE = np.array([0.04, 0.0, -0.04])
"""By how much the classes are easier than the mean."""

Sample = tuple[np.ndarray, np.ndarray]
"""Correctness and labels, (rows,) each."""


def draw(rng: np.random.Generator, truth: float, rows: int) -> Sample:
    labels = np.searchsorted(np.cumsum(SHARES[:2]), rng.random(rows), side="right")
    return rng.random(rows) < (truth + EASE)[labels], labels


def decide(sample: Sample, seen: int, levels: Levels, *, final: bool) -> Decision:
    correct, labels = sample
    return decide_balanced_accuracy(correct[:seen], labels[:seen], 3, ">=", 0.8, levels, final=final)


CLAIM_TYPES = (
    ClaimType(
        name="balanced_accuracy",
        claim="balanced_accuracy >= 0.80",
        threshold=0.8,
        truths=(0.05, 0.96),
        rows=1000,
        draw=draw,
        decide=decide,
        costs=(Cost(truth=0.88, rows=(915, 1392), stops=(1113, 2062, 3044)),),
    ),
)
