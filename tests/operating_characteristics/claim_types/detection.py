"""Unfamiliar input told from familiar input: two normal scores a shift apart, equally many rows of both."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from claim_types import ClaimType, Cost
from pytest_robust.statistics import Decision, Levels, detection

Sample = tuple[np.ndarray, np.ndarray]
"""The scores of the unfamiliar rows, as drawn, and of the familiar ones, which are all there from the start."""


def draw(rng: np.random.Generator, shift: float, rows: int) -> Sample:
    return rng.standard_normal(rows) + shift, rng.standard_normal(rows)


def draw_auroc(rng: np.random.Generator, truth: float, rows: int) -> Sample:
    return draw(rng, math.sqrt(2) * float(ndtri(truth)), rows)


def draw_aupr(rng: np.random.Generator, truth: float, rows: int) -> Sample:
    return draw(rng, shift_of_aupr(truth), rows)


@cache
def shift_of_aupr(truth: float) -> float:
    """Where the precision, averaged over the shares of unfamiliar rows that are caught, is the truth."""

    def area(shift: float) -> float:
        return float(quad(lambda caught: caught / (caught + ndtr(ndtri(caught) - shift)), 0, 1)[0])

    return float(brentq(lambda shift: area(shift) - truth, 0.0, 6.0))


def draw_fpr(rng: np.random.Generator, truth: float, rows: int) -> Sample:
    """The threshold that catches 95 % lies 1.64 below the mean of the unfamiliar rows."""
    return draw(rng, -float(ndtri(truth) + ndtri(0.05)), rows)


def decide_auroc(sample: Sample, seen: int, levels: Levels, *, final: bool) -> Decision:
    unfamiliar, familiar = sample
    return detection.decide_auroc(unfamiliar[:seen], familiar, ">=", 0.9, levels, final=final)


def decide_aupr(sample: Sample, seen: int, levels: Levels, *, final: bool) -> Decision:
    unfamiliar, familiar = sample
    return detection.decide_aupr(unfamiliar[:seen], familiar, ">=", 0.9, levels, prevalence=0.5, final=final)


def decide_fpr(sample: Sample, seen: int, levels: Levels, *, final: bool) -> Decision:
    unfamiliar, familiar = sample
    return detection.decide_fpr_at_tpr(unfamiliar[:seen], familiar, "<=", 0.3, levels, final=final)


CLAIM_TYPES = (
    ClaimType(
        name="ood_auroc",
        claim="ood_auroc >= 0.90",
        threshold=0.9,
        truths=(0.001, 0.999),
        rows=500,
        draw=draw_auroc,
        decide=decide_auroc,
        costs=(Cost(truth=0.95, rows=(103, 162), stops=(244, 380, 583), measured=False),),
    ),
    ClaimType(
        name="ood_aupr",
        claim="ood_aupr(prevalence=0.5) >= 0.90",
        threshold=0.9,
        truths=(0.5, 0.999),
        rows=500,
        draw=draw_aupr,
        decide=decide_aupr,
        costs=(Cost(truth=0.95, rows=(412, 519)),),
    ),
    ClaimType(
        name="fpr_id_at_tpr95",
        claim="fpr_id_at_tpr95 <= 0.30",
        threshold=0.3,
        truths=(0.001, 0.9),
        rows=500,
        draw=draw_fpr,
        decide=decide_fpr,
        costs=(Cost(truth=0.15, rows=(390, 563)),),
    ),
)
