"""The chances of each verdict on a rate, without simulation, and those of the gate that most projects have.

For values that are 0 or 1 the e-process depends on how many rows there are and how many of them are right, not on their
order: a walk over these counts that ends where it crosses 1/alpha. Its chances follow row by row from the binomial
step, exactly but for rounding. Written from the definitions, apart from the plug-in's own code but for the stakes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom

from pytest_robust.statistics import Levels
from pytest_robust.statistics.betting import FRACTIONS

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Chances:
    """The chance of each verdict at each true rate, (rates,)."""

    passed: Floats
    failed: Floats

    @property
    def not_proven(self) -> Floats:
        return 1.0 - self.passed - self.failed


def verdicts(rows: int, threshold: float, truths: Floats, levels: Levels) -> Chances:
    """Of the claim `rate >= threshold`, judged on `rows` rows at most, by e-process and Clopper & Pearson's test."""
    passed, failed = np.zeros(len(truths)), np.zeros(len(truths))
    alive = np.zeros((len(truths), rows + 1))  # the chance of so many right and no verdict yet
    alive[:, 0] = 1.0
    right = np.arange(rows + 1)
    for seen in range(1, rows + 1):
        alive[:, 1:] = alive[:, 1:] * (1 - truths)[:, None] + alive[:, :-1] * truths[:, None]
        alive[:, 0] *= 1 - truths
        held = right[: seen + 1]
        for_claim = wealth(held, seen - held, threshold) >= 1 / levels.sequential(levels.alpha_pass)
        against = wealth(seen - held, held, 1 - threshold) >= 1 / levels.sequential(levels.alpha_fail)
        passed += alive[:, : seen + 1] @ for_claim
        failed += alive[:, : seen + 1] @ (against & ~for_claim)
        alive[:, : seen + 1] *= ~(for_claim | against)
    lower = np.r_[0.0, beta.ppf(levels.fixed(levels.alpha_pass), right[1:], rows - right[1:] + 1)]
    upper = np.r_[beta.isf(levels.fixed(levels.alpha_fail), right[:-1] + 1, rows - right[:-1]), 1.0]
    passes, fails = lower >= threshold, upper < threshold
    return Chances(passed + alive @ passes, failed + alive @ fails)


def wealth(ones: NDArray[np.int_], zeros: NDArray[np.int_], mean: float) -> Floats:
    """The e-value against "the rate is at most `mean`" of so many ones and zeros."""
    stakes = FRACTIONS[:, None]
    log_wealth = ones * np.log1p(stakes * (1 / mean - 1)) + zeros * np.log1p(-stakes)
    return np.asarray(np.mean(np.exp(np.minimum(log_wealth, 700.0)), axis=0))


def naive_green(rows: int, threshold: float, truths: Floats, *, tries: int = 1) -> Floats:
    """The chance that `share of right >= threshold` holds on `rows` rows, or does so once in several fresh tries."""
    least = np.ceil(threshold * rows - 1e-9)
    return np.asarray(1.0 - (1.0 - binom.sf(least - 1, rows, truths)) ** tries)
