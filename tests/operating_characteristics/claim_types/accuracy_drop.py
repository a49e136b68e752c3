"""The difference of two rates on the same rows: one image in 25 is answered right by only one of the two."""

from __future__ import annotations

from functools import lru_cache
from unittest.mock import patch

import numpy as np

from claim_types import ClaimType, Cost
from pytest_robust.statistics import Decision, Levels, paired
from pytest_robust.statistics.means import decide_mean

DISCORDANT = 0.04

remembered_p = lru_cache(maxsize=1_000_000)(paired.difference_p)
"""Pure, slow, and asked about the same few counts by thousands of models."""


def draw(rng: np.random.Generator, truth: float, rows: int) -> np.ndarray:
    losses, gains = (DISCORDANT + truth) / 2, (DISCORDANT - truth) / 2
    place = rng.random(rows)
    return (place < losses).astype(np.float64) - (place >= 1 - gains)


def decide(values: np.ndarray, seen: int, levels: Levels, *, final: bool) -> Decision:
    with patch.object(paired, "difference_p", remembered_p):
        return decide_mean(values[:seen], "<=", 0.02, levels, bounds=(-1.0, 1.0), fixed="discordant", final=final)


CLAIM_TYPES = (
    ClaimType(
        name="accuracy_drop",
        claim="accuracy_drop <= 0.02",
        threshold=0.02,
        truths=(-1.0, 1.0),
        rows=1000,
        few=30,
        draw=draw,
        decide=decide,
        # The page's 1099/1923 and 619/1083 are those of a normal formula; the exact test needs more.
        costs=(
            Cost(truth=0.005, rows=(1511, 2350), stops=(1509, 2646, 3800)),
            Cost(truth=0.0, rows=(888, 1402), stops=(853, 1505, 2229)),
        ),
    ),
)
