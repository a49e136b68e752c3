"""Risk and coverage: of a model that errs the more the less sure it is, evenly from its surest row on.

At place u from the surest row (0) to the least sure one (1) it is wrong with a chance of 2 e u, so that the risk at
coverage c is e c, the AURC e/2 and the AUGRC e/3.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq

from claim_types import ClaimType, Cost
from pytest_robust.statistics import Decision, Levels, selective

COVERAGE, RISK = 0.8, 0.05

Sample = tuple[np.ndarray, np.ndarray]
"""Confidence and correctness, (rows,) each."""


def draw(rng: np.random.Generator, error: float, rows: int) -> Sample:
    place = rng.random(rows)
    return 1 - place, rng.random(rows) >= 2 * error * place


def draw_aurc(rng: np.random.Generator, truth: float, rows: int) -> Sample:
    return draw(rng, 2 * truth, rows)


def draw_augrc(rng: np.random.Generator, truth: float, rows: int) -> Sample:
    return draw(rng, 3 * truth, rows)


def draw_e_aurc(rng: np.random.Generator, truth: float, rows: int) -> Sample:
    """What e/2 has above e + (1 - e) ln(1 - e); it grows up to an error of 0.39."""
    excess = lambda e: e / 2 - e - (1 - e) * math.log1p(-e)  # noqa: E731
    return draw(rng, float(brentq(lambda e: excess(e) - truth, 0.0, 0.39)), rows)


def draw_risk(rng: np.random.Generator, truth: float, rows: int) -> Sample:
    return draw(rng, truth / COVERAGE, rows)


def draw_coverage(rng: np.random.Generator, truth: float, rows: int) -> Sample:
    return draw(rng, RISK / truth, rows)


def decide_aurc(sample: Sample, seen: int, levels: Levels, *, final: bool) -> Decision:
    confidence, correct = sample
    return selective.decide_aurc(confidence[:seen], correct[:seen], "<=", 0.05, levels, final=final)


def decide_augrc(sample: Sample, seen: int, levels: Levels, *, final: bool) -> Decision:
    confidence, correct = sample
    return selective.decide_augrc(confidence[:seen], correct[:seen], "<=", 0.03, levels, final=final)


def decide_e_aurc(sample: Sample, seen: int, levels: Levels, *, final: bool) -> Decision:
    confidence, correct = sample
    return selective.decide_e_aurc(confidence[:seen], correct[:seen], "<=", 0.04, levels, final=final)


def decide_risk(sample: Sample, seen: int, levels: Levels, *, final: bool) -> Decision:
    confidence, correct = sample
    return selective.decide_risk_at_coverage(
        confidence[:seen], correct[:seen], COVERAGE, "<=", 0.05, levels, final=final
    )


def decide_coverage(sample: Sample, seen: int, levels: Levels, *, final: bool) -> Decision:
    confidence, correct = sample
    return selective.decide_coverage_at_risk(confidence[:seen], correct[:seen], RISK, ">=", 0.6, levels, final=final)


CLAIM_TYPES = (
    ClaimType(
        name="aurc",
        claim="aurc <= 0.05",
        threshold=0.05,
        truths=(0.0, 0.25),
        rows=1000,
        draw=draw_aurc,
        decide=decide_aurc,
        costs=(Cost(truth=0.02, rows=(2081, 2674)),),
    ),
    ClaimType(
        name="augrc",
        claim="augrc <= 0.03",
        threshold=0.03,
        truths=(0.0, 0.16),
        rows=1000,
        draw=draw_augrc,
        decide=decide_augrc,
        costs=(Cost(truth=0.02, rows=(1760, 2532), stops=(2076, 3400, 5036)),),
    ),
    ClaimType(
        name="e_aurc",
        claim="e_aurc <= 0.04",
        threshold=0.04,
        truths=(0.0, 0.1),
        rows=1000,
        draw=draw_e_aurc,
        decide=decide_e_aurc,
        costs=(Cost(truth=0.02, rows=(4185, 4950)),),
    ),
    ClaimType(
        name="risk_at_coverage",
        claim="risk_at_coverage(coverage=0.8) <= 0.05",
        threshold=0.05,
        truths=(0.0, 0.4),
        rows=1000,
        few=30,
        draw=draw_risk,
        decide=decide_risk,
        costs=(Cost(truth=0.03, rows=(1063, 1704)),),
    ),
    ClaimType(
        name="coverage_at_risk",
        claim="coverage_at_risk(risk=0.05) >= 0.6",
        threshold=0.6,
        truths=(0.1, 1.0),
        rows=300,
        few=30,
        draw=draw_coverage,
        decide=decide_coverage,
        costs=(Cost(truth=0.8, rows=(4440, 7367)),),
    ),
)
