"""Simulated models, and what is measured on them: errors under peeking, power, and where the e-process stops.

Model number i of a claim type draws from a generator of its own, so that the first 200 of 2,000 models are the same as
the first 200 of 200. Whatever judges, judges one model at a time, as in a suite.
"""

from __future__ import annotations

import math
import os
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from claim_types import ClaimType
from scipy.stats import binom

from pytest_robust.statistics import Decision, Levels

THOROUGH = int(os.environ.get("ROBUST_SIMULATIONS", "0"))
"""How many models of a claim type the tests simulate; 0 for the few that continuous integration has time for."""

CHUNK = 128
"""After so many rows the engine asks again, where a suite says nothing else."""

SURE = 1e-8
"""The chance that one comparison with a bound that holds fails: of a hundred comparisons, 1e-6."""


def models(kind: ClaimType, truth: float, rows: int, count: int) -> Iterator[Any]:
    """The rows of each of `count` models whose true value is `truth`."""
    name = zlib.crc32(kind.name.encode())
    for number in range(count):
        yield kind.draw(np.random.default_rng([name, number]), truth, rows)


def asked_by_the_engine(kind: ClaimType, sample: Any, rows: int, levels: Levels, chunk: int = CHUNK) -> Decision:
    """The first answer that has an outcome, asked after every chunk: what `engine.Engine` does."""
    for seen in range(chunk, rows, chunk):
        decision = kind.decide(sample, seen, levels, final=False)
        if decision.outcome is not None:
            return decision
    return kind.decide(sample, rows, levels, final=True)


def outcomes(kind: ClaimType, truth: float, levels: Levels, count: int, chunk: int = CHUNK) -> list[str | None]:
    """What `count` models get that are asked after every chunk."""
    found = models(kind, truth, kind.rows, count)
    return [asked_by_the_engine(kind, sample, kind.rows, levels, chunk).outcome for sample in found]


def crossings(kind: ClaimType, truth: float, rows: int, alpha: float, count: int) -> list[tuple[str | None, int]]:
    """What the e-process alone says, at every row with the whole of alpha, and after how many rows; None if nothing."""
    levels = Levels(alpha_pass=alpha, alpha_fail=alpha, sequential_share=1.0)
    found = (kind.decide(sample, rows, levels, final=False) for sample in models(kind, truth, rows, count))
    return [(decision.outcome, decision.n) for decision in found]


def passed(kind: ClaimType, truth: float, rows: int, levels: Levels, count: int) -> int:
    """How many of `count` models PASS that are judged on so many rows."""
    found = models(kind, truth, rows, count)
    return sum(kind.decide(sample, rows, levels, final=True).outcome == "PASS" for sample in found)


def rows_for(power: float, kind: ClaimType, truth: float, levels: Levels, count: int, near: int) -> int:
    """The rows at which the share of models that PASS reaches `power`, by a straight line between two that are near."""

    def share(rows: int) -> float:
        return passed(kind, truth, rows, levels, count) / count

    low, high = near * 9 // 10, near * 11 // 10
    below, above = share(low), share(high)
    while below >= power:
        high, above, low = low, below, low * 4 // 5
        below = share(low)
    while above < power:
        low, below, high = high, above, high * 5 // 4
        above = share(high)
    return round(low + (high - low) * (power - below) / (above - below))


def stop_quantiles(kind: ClaimType, truth: float, limit: int, alpha: float, count: int) -> tuple[float, float, float]:
    """Within how many rows the e-process proves the claim of 50, 80 and 95 % of the models; infinite over `limit`."""
    found = crossings(kind, truth, limit, alpha, count)
    rows = sorted(n if outcome == "PASS" else math.inf for outcome, n in found)
    half, most, nearly_all = (rows[math.ceil(share * count) - 1] for share in (0.5, 0.8, 0.95))
    return half, most, nearly_all


def rows_used(kind: ClaimType, truth: float, rows: int, levels: Levels, count: int) -> float:
    """How many of so many rows, which a test at the end would all use, are used on average before a verdict."""
    found = models(kind, truth, rows, count)
    return float(np.mean([kind.decide(sample, rows, levels, final=True).n for sample in found]))


def is_at_most(count: int, of: int, share: float) -> bool:
    """Whether so many can be, where each of so many happens with a probability of at most `share`; wrong: 1e-8."""
    return count <= binom.isf(SURE, of, share)


def is_at_least(count: int, of: int, share: float) -> bool:
    """Whether so few can be, where each of so many happens with a probability of at least `share`; wrong: 1e-8."""
    return is_at_most(of - count, of, 1.0 - share)
