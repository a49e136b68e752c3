"""The classwise calibration error: three classes, and a share of the answers that goes to the second one instead."""

from __future__ import annotations

import numpy as np

from claim_types import ClaimType, Cost
from pytest_robust.statistics import Decision, Levels
from pytest_robust.statistics.classwise import decide_classwise_ece

ANSWER = np.array([0.63, 0.23, 0.14])
"""Of the first class, the second and the third; which they are changes from row to row."""

Sample = tuple[np.ndarray, np.ndarray]
"""Probabilities (rows, 3) and labels (rows,)."""


def draw(rng: np.random.Generator, truth: float, rows: int) -> Sample:
    """Each class comes first, second and third in a third of the rows: the error is 1/3 of both shifts."""
    shift = 1.5 * truth
    turn = rng.integers(3, size=rows)
    place = (turn[:, None] + np.arange(3)) % 3
    probabilities = np.empty((rows, 3))
    np.put_along_axis(probabilities, place, np.broadcast_to(ANSWER, (rows, 3)), axis=1)
    shares = np.cumsum(ANSWER + np.array([-shift, shift, 0.0]))
    rank = np.searchsorted(shares[:2], rng.random(rows), side="right")
    return probabilities, place[np.arange(rows), rank]


def decide(sample: Sample, seen: int, levels: Levels, *, final: bool) -> Decision:
    probabilities, labels = sample
    return decide_classwise_ece(probabilities[:seen], labels[:seen], 0.05, levels, final=final)


CLAIM_TYPES = (
    ClaimType(
        name="classwise_ece",
        claim="classwise_ece <= 0.05",
        threshold=0.05,
        truths=(0.0, 0.4),
        rows=1000,
        draw=draw,
        decide=decide,
        costs=(Cost(truth=0.02, rows=(2961, 4067)),),
    ),
)
