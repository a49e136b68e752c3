"""A rate in each of four slices: of a model that is as good in all of them, and of one that is worse in one."""

from __future__ import annotations

import numpy as np

from claim_types import ClaimType, Cost
from pytest_robust.statistics import Decision, Levels
from pytest_robust.statistics.slices import decide_slices

NAMES = ["dawn", "day", "dusk", "night"]
GOOD = 0.98

Sample = tuple[np.ndarray, np.ndarray]
"""Correctness and the number of the slice, (rows,) each."""


def draw_alike(rng: np.random.Generator, truth: float, rows: int) -> Sample:
    return draw(rng, np.full(len(NAMES), truth), rows)


def draw_one_worse(rng: np.random.Generator, truth: float, rows: int) -> Sample:
    return draw(rng, np.array([GOOD, GOOD, GOOD, truth]), rows)


def draw(rng: np.random.Generator, shares: np.ndarray, rows: int) -> Sample:
    slice_of = rng.integers(len(NAMES), size=rows)
    return (rng.random(rows) < shares[slice_of]).astype(np.float64), slice_of


def decide(sample: Sample, seen: int, levels: Levels, *, final: bool) -> Decision:
    values, slice_of = sample[0][:seen], sample[1][:seen]
    return decide_slices(values, slice_of, NAMES, ">=", 0.9, levels, fixed="clopper-pearson", final=final)[0]


CLAIM_TYPES = (
    ClaimType(
        name="slices",
        claim="accuracy >= 0.90 by light",
        threshold=0.9,
        truths=(0.0, 1.0),
        rows=1600,
        draw=draw_alike,
        decide=decide,
        costs=(Cost(truth=0.95, rows=(1218, 1723), stops=(1735, 2305, 2911)),),
    ),
    ClaimType(
        name="slices, one worse",
        claim="accuracy >= 0.90 by light",
        threshold=0.9,
        truths=(0.0, 1.0),
        rows=1600,
        draw=draw_one_worse,
        decide=decide,
        costs=(Cost(truth=0.95, rows=(749, 1257), stops=(932, 1558, 2238)),),
    ),
)
