"""The betting e-process for the mean of a bounded quantity (Waudby-Smith & Ramdas, JRSS-B 2024).

Against H0 "the mean of Y in [0, 1] is at most m", bet a fraction f of one's wealth on every row:

    E_n = 1/J * sum_j prod_{i<=n} (1 + f_j * (Y_i / m - 1)),    0 < f_j < 1,

which is the mixture of prod(1 + lambda_j (Y_i - m)) over lambda_j = f_j / m. Under H0 it is a non-negative
supermartingale that starts at 1, so P(E_n >= 1/alpha at any n) <= alpha (Ville), looked at as often as one likes.

Everything here speaks of "above". For H0 "the mean is at least m", pass `1 - values` and `1 - mean`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import scipy
from numpy.typing import NDArray

from pytest_robust.statistics.decision import Settled

Floats = NDArray[np.float64]

FRACTIONS: Floats = np.array([2.0**-k for k in range(8, 0, -1)] + [0.75, 0.9375])
"""The fractions f_j of the wealth that are bet. The best one for 0/1 values of mean mu is (mu - m) / (1 - m): halving
steps lose little against it, and the two bold ones serve rare events."""

TINY = 1e-12
"""The least mean that a confidence limit is looked for at."""


def log_factors(values: Floats, mean: float) -> Floats:
    """What each row multiplies each bettor's wealth by: log(1 + f_j (values / mean - 1)), shape (J, n).

    With mean 0 the first value above 0 disproves H0 outright, and is worth infinity.
    """
    if mean <= 0:
        return np.broadcast_to(np.where(values > 0, np.inf, 0.0), (len(FRACTIONS), len(values)))
    return np.asarray(np.log1p(FRACTIONS[:, None] * (values / mean - 1.0)))


def mix(log_wealth: Floats) -> Floats:
    """log of the mean wealth of the J bettors: (J, ...) to (...)."""
    return np.asarray(np.logaddexp.reduce(log_wealth, axis=0) - math.log(len(FRACTIONS)))


def log_e_path(values: Floats, mean: float) -> Floats:
    """log E_1, ..., log E_n against "the mean of `values` is at most `mean`"; values (n,) in [0, 1].

    Entry k depends on the first k + 1 values alone, and but for rounding not on their order.

    >>> path = log_e_path(np.ones(60), 0.9)
    >>> int(np.argmax(path >= np.log(1 / 0.05))) + 1  # rows until 60 right answers prove more than 90 %
    49
    """
    return mix(np.cumsum(log_factors(values, mean), axis=1))


def lower_limit(values: Floats, alpha: float) -> float:
    """The largest m that E_n rejects: the lower end of a confidence sequence at the last row.

    P(the limit ever exceeds the mean, over all n) <= alpha, so it may be read at a row chosen by looking.
    E_n falls as m grows, so the limit is the root of log E_n(m) = log(1/alpha).
    """
    distinct, counts = np.unique(values, return_counts=True)

    def excess(mean: float) -> float:
        return float(mix(log_factors(distinct, mean) @ counts.astype(np.float64))) + math.log(alpha)

    return largest_rejected(excess, float(np.mean(values)))


def confidence_sequence(values: Floats, alpha: float) -> tuple[float, float]:
    """A two-sided interval at the last row that misses the mean, at any row ever, with probability at most alpha.

    >>> tuple(round(end, 3) for end in confidence_sequence(np.tile([0.0, 1.0], 100), 0.05))
    (0.381, 0.619)
    """
    return lower_limit(values, alpha / 2), 1.0 - lower_limit(1.0 - values, alpha / 2)


def largest_rejected(excess: Callable[[float], float], highest: float) -> float:
    """The mean in [0, `highest`] at which the falling function `excess` goes below 0; 0 where it is never above."""
    if highest <= TINY or excess(TINY) <= 0:
        return 0.0
    if excess(highest) >= 0:
        return highest
    return float(scipy.optimize.brentq(excess, TINY, highest, xtol=1e-12))


def first_crossing(
    for_claim: Floats, against_claim: Floats, alpha_pass: float, alpha_fail: float
) -> tuple[int, Settled] | None:
    """How many rows the first of two e-processes (n,) needed to reach 1 / its alpha, and what that settles."""
    passes, fails = for_claim >= _log_bar(alpha_pass), against_claim >= _log_bar(alpha_fail)
    crossed = passes | fails
    if not crossed.any():
        return None
    row = int(crossed.argmax())
    return row + 1, "PASS" if passes[row] else "FAIL"


def _log_bar(alpha: float) -> float:
    return -math.log(alpha) if alpha > 0 else math.inf


def log10_e(for_claim: Floats, against_claim: Floats) -> float:
    """log10 of the larger of two e-values at the last row."""
    return max(float(for_claim[-1]), float(against_claim[-1])) / math.log(10)
