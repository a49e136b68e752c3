"""Is a model right more or less often than another was, on the same rows in the same order?

A gain is a row that is right only now, a loss one that was right only before; "not worse" means that gains are at least
as likely as losses. Two tests share each error, as in `means`:

- The sign test of the rows that differ (McNemar's test, exact), for a number of rows that was fixed beforehand. Of d
  such rows, given d, at least so many are losses with at most the probability that d fair coins give, if not worse.
- The betting e-process on values 1 for a gain, 0 for a loss and 1/2 for all others against "their mean is at least
  1/2", which holds wherever one stops.

How many rows a run looks at depends on what it sees, where it may stop early: then the e-process alone may speak. With
p1 and p2 the p-values of sign test and e-process (1 over the most that it reached), valid whichever may speak,

    p = min(p1 / (1 - share), p2 / share),    P(p <= alpha) <= (1 - share) * alpha + share * alpha.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pytest_robust.statistics.betting import confidence_sequence, log_e_path
from pytest_robust.statistics.decision import Levels
from pytest_robust.statistics.exact import binomial_p
from pytest_robust.statistics.paired import discordant, paired_limit

Floats = NDArray[np.float64]

EVEN = 0.5
"""The mean of the values, and the share of losses among the rows that differ, where nothing changed."""


@dataclass(frozen=True, slots=True)
class Change:
    """What n rows say."""

    n: int
    losses: int
    gains: int
    interval: tuple[float, float]
    """Of the share of gains minus the share of losses."""
    p_worse: float
    """Against "not worse"."""
    p_better: float
    """Against "not better"."""
    method: str

    @property
    def difference(self) -> float:
        """Share of gains minus share of losses."""
        return (self.gains - self.losses) / self.n


def change(before: NDArray[np.bool_], now: NDArray[np.bool_], levels: Levels, *, fixed: bool) -> Change:
    """Compare `before` (n,) with `now` (n,): whether each row is right. n is at least 1.

    `fixed` says that n was fixed beforehand; where it was not, `levels` must leave the e-process a share. They say how
    errors are shared, and the confidence of the interval: that of the exact paired test where n was fixed, else a
    confidence sequence.

    >>> before, now = np.ones(300, bool), np.arange(300) >= 30
    >>> found = change(before, now, Levels(), fixed=True)
    >>> found.losses, found.gains, found.p_worse < 1e-8, found.p_better
    (30, 0, True, 1.0)
    """
    values = (1.0 + now.astype(np.float64) - before.astype(np.float64)) / 2.0
    gains, losses, n = discordant(values)
    sequential, exact = levels.sequential(1.0), levels.fixed(1.0)

    def p_value(against: Floats, many: int) -> float:
        by_signs = binomial_p(many, gains + losses, EVEN) / exact if fixed else 1.0
        by_bets = math.exp(-float(log_e_path(against, EVEN).max())) / sequential if sequential else 1.0
        return min(1.0, by_signs, by_bets)

    room = 1.0 - levels.interval_confidence
    if fixed:
        interval = _limit(gains, losses, n, exact * room / 2), -_limit(losses, gains, n, exact * room / 2)
    else:
        low, high = confidence_sequence(values, sequential * room)
        interval = 2.0 * low - 1.0, 2.0 * high - 1.0
    return Change(
        n=n,
        losses=losses,
        gains=gains,
        interval=interval,
        p_worse=p_value(1.0 - values, losses),
        p_better=p_value(values, gains),
        method="sign test of the rows that differ (McNemar, exact)" if fixed else "betting e-process",
    )


@cache
def _limit(gains: int, losses: int, n: int, alpha: float) -> float:
    """The lower limit of the difference. Kept: many cells of a suite have the same counts, and each takes a while."""
    values = np.repeat([1.0, 0.0, EVEN], [gains, losses, n - gains - losses])
    return 2.0 * paired_limit(values, alpha) - 1.0
