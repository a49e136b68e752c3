"""The e-processes of many slices of the rows, each on the rows of its own slice, followed together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pytest_robust.statistics.betting import log_e_path
from pytest_robust.statistics.decision import Levels
from pytest_robust.statistics.multiplicity import e_bh

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = list[NDArray[np.intp]]

AT_ONCE = 256
"""How many rows are looked at together for slices that e-BH rejects."""


@dataclass(frozen=True, slots=True)
class Followed:
    """Where the e-processes of S slices settled a claim about all of them, or where they stand at the last row."""

    n: int
    """How many rows of all slices they have seen."""
    settled: bool
    """Whether all slices are proven or some are named as bad."""
    good: Flags
    """Which slices are proven, (S,)."""
    bad: Flags
    """Which slices e-BH names, (S,)."""
    log_e: Floats | None
    """log of the e-values for the claim and against it, (S, 2); None where none were to be followed."""

    @property
    def log10_e_value(self) -> float | None:
        """log10 of the larger of two e-values: against "some slice is bad" and against "none is".

        The first is the least of the slices', that of a bad slice being no smaller; the second is their mean.
        """
        if self.log_e is None:
            return None
        none_bad = float(np.logaddexp.reduce(self.log_e[:, 1])) - math.log(len(self.log_e))
        return max(float(self.log_e[:, 0].min()), none_bad) / math.log(10)


def follow(unit: Floats, rows: Rows, mean: float, levels: Levels) -> Followed:
    """Follow values (n,) in [0, 1] of slices with these `rows`, claimed to have no mean below `mean`; n at least 1."""
    n, none = len(unit), np.zeros(len(rows), np.bool_)
    if not levels.early_stopping or not levels.sequential_share:
        return Followed(n, settled=False, good=none, bad=none, log_e=None)
    for_claim = [log_e_path(unit[own], mean) for own in rows]
    against_claim = [log_e_path(1.0 - unit[own], 1.0 - mean) for own in rows]
    bar, alpha = -math.log(levels.sequential(levels.alpha_pass)), levels.sequential(levels.alpha_fail)
    proven = np.array([own[path >= bar].min(initial=n) for own, path in zip(rows, for_claim, strict=True)])
    last = min(int(proven.max()), first_named(rows, against_claim, alpha, n))
    settled = last < n
    seen = min(last + 1, n)
    held = [int(np.searchsorted(own, seen)) for own in rows]
    paths = zip(held, for_claim, against_claim, strict=True)
    log_e = np.array([[0.0, 0.0] if not k else [one[k - 1], other[k - 1]] for k, one, other in paths])
    return Followed(seen, settled, good=proven < seen, bad=e_bh(log_e[:, 1], alpha), log_e=log_e)


def first_named(rows: Rows, log_e: list[Floats], alpha: float, n: int) -> int:
    """The first of n rows at which e-BH rejects any slice, by the paths of their e-values; n where there is none."""
    bar = math.log(len(rows) / alpha)
    total = np.zeros(n)
    for own, path in zip(rows, log_e, strict=True):
        total[own] = np.diff(np.exp(np.minimum(path - bar, 0.0)), prepend=math.exp(-bar))
    total = len(rows) * math.exp(-bar) + np.cumsum(total)
    # In units of e^bar and counted as 1 at most, e-values sum to at least k e_(k), and so to 1 where e-BH rejects.
    worth_it = np.flatnonzero(total >= 1.0 - 1e-6)
    places = np.log(np.arange(1, len(rows) + 1))[:, None]
    for at in np.split(worth_it, range(AT_ONCE, len(worth_it), AT_ONCE)):
        now = [
            np.append(0.0, path)[np.searchsorted(own, at, side="right")] for own, path in zip(rows, log_e, strict=True)
        ]
        rejects = (np.sort(now, axis=0)[::-1] + places >= bar).any(axis=0)
        if rejects.any():
            return int(at[rejects.argmax()])
    return n
