"""The same simulations, with the few models that CI has time for, catch gates that are in common use and unsound."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from claim_types import ClaimType, all_claim_types
from scipy.stats import ttest_1samp
from simulation import is_at_most, outcomes

from pytest_robust.statistics import Decision, Levels, exact

KINDS = {kind.name: kind for kind in all_claim_types()}
LEVELS = Levels(alpha_pass=0.05, alpha_fail=0.05)


def naive(values: np.ndarray, seen: int, levels: Levels, *, final: bool) -> Decision:
    """`assert accuracy >= 0.90`."""
    if not final:
        return Decision(None, seen)
    return Decision("PASS" if values[:seen].mean() >= 0.9 else "FAIL", seen)


def peeking(values: np.ndarray, seen: int, levels: Levels, *, final: bool) -> Decision:
    """Clopper & Pearson's test, sound once, run after every chunk."""
    if exact.share_limit(values[:seen], levels.alpha_pass) >= 0.9:
        return Decision("PASS", seen)
    if exact.share_limit(1 - values[:seen], levels.alpha_fail) > 0.1:
        return Decision("FAIL", seen)
    return Decision("INCONCLUSIVE" if final else None, seen)


def seldom(rng: np.random.Generator, truth: float, rows: int) -> np.ndarray:
    """Near 0, but 1 in a share of the rows."""
    return (rng.random(rows) < truth) + 0.001 * rng.standard_normal(rows)


def student(values: np.ndarray, seen: int, levels: Levels, *, final: bool) -> Decision:
    """Student's t, at the end."""
    if not final:
        return Decision(None, seen)
    for outcome, side, alpha in (("PASS", "greater", levels.alpha_pass), ("FAIL", "less", levels.alpha_fail)):
        if ttest_1samp(values, 0.03, alternative=side).pvalue <= alpha:
            return Decision(outcome, seen)
    return Decision("INCONCLUSIVE", seen)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (replace(KINDS["accuracy"], decide=naive), ["PASS", "FAIL"]),
        (replace(KINDS["accuracy"], decide=peeking, rows=6000), ["PASS", "FAIL"]),
        (replace(KINDS["entropy_rise, skewed"], draw=seldom, decide=student, threshold=0.03, rows=30), ["FAIL"]),
    ],
    ids=["naive", "peeking", "student"],
)
def test_an_unsound_gate_is_caught(kind: ClaimType, wrong: list[str]) -> None:
    count = 400
    found = outcomes(kind, kind.threshold, LEVELS, count)
    for outcome in wrong:
        assert not is_at_most(found.count(outcome), count, 0.05)
