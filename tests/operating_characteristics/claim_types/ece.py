"""The binned calibration error, whole and its harmful part: one confidence in each bin from .5 up, all of them off."""

from __future__ import annotations

import numpy as np

from claim_types import ClaimType, Cost
from pytest_robust.statistics import Decision, Levels
from pytest_robust.statistics.ece import decide_ece, decide_overconfidence

CONFIDENCES = np.arange(15.5, 29.0, 2) / 30
OVER = np.arange(len(CONFIDENCES)) % 2 == 0

Sample = tuple[np.ndarray, np.ndarray]
"""Confidence and correctness, (rows,) each."""


def draw(rng: np.random.Generator, truth: float, rows: int) -> Sample:
    """Every bin errs by the truth, up or down by chance, but none above 1."""
    sign = np.where((rng.random(len(CONFIDENCES)) < 0.5) & (CONFIDENCES + truth <= 1), 1.0, -1.0)
    return answers(rng, CONFIDENCES + sign * truth, rows)


def draw_overconfident(rng: np.random.Generator, truth: float, rows: int) -> Sample:
    """Every other bin is too sure, and those between are not sure enough."""
    return answers(rng, np.where(OVER, CONFIDENCES - truth / OVER.mean(), CONFIDENCES + 0.05), rows)


def answers(rng: np.random.Generator, accuracies: np.ndarray, rows: int) -> Sample:
    """Rows that fall into all bins alike, and are right as often as told."""
    place = rng.integers(len(CONFIDENCES), size=rows)
    return CONFIDENCES[place], rng.random(rows) < accuracies[place]


def decide(sample: Sample, seen: int, levels: Levels, *, final: bool) -> Decision:
    confidence, correct = sample
    return decide_ece(confidence[:seen], correct[:seen], 0.05, levels, final=final)


def decide_over(sample: Sample, seen: int, levels: Levels, *, final: bool) -> Decision:
    confidence, correct = sample
    return decide_overconfidence(confidence[:seen], correct[:seen], 0.05, levels, final=final)


CLAIM_TYPES = (
    ClaimType(
        name="ece",
        claim="ece <= 0.05",
        threshold=0.05,
        truths=(0.0, 0.5),
        rows=1000,
        draw=draw,
        decide=decide,
        # The page's 6658 are those of McDiarmid's bound.
        costs=(Cost(truth=0.02, rows=(3335, 4438)),),
    ),
    ClaimType(
        name="overconfidence",
        claim="overconfidence <= 0.05",
        threshold=0.05,
        truths=(0.0, 0.25),
        rows=1000,
        draw=draw_overconfident,
        decide=decide_over,
        costs=(Cost(truth=0.02, rows=(2040, 2865)),),
    ),
)
