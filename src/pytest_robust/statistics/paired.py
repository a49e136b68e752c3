"""The difference of two rates seen on the same rows: an exact test of the discordant counts.

Values are 1 for a gain (only the first answer is right), 0 for a loss (only the second is) and 1/2 where both agree.
Against H0 "share of gains - share of losses <= d", with b gains and c losses in n rows,

    p = gamma + max_{s <= s_hi} P(gains - losses >= b - c | shares (s + d) / 2 and (s - d) / 2),

where s, the share of rows that differ, is a nuisance, and s_hi its Clopper-Pearson limit at gamma from b + c (Berger &
Boos, JASA 1994). Exact: at fixed s, a smaller difference makes a large b - c less likely, and s > s_hi has probability
gamma. It needs a few more rows than Tango's score interval, which is asymptotic, and far fewer than Clopper-Pearson
limits on both counts at alpha / 2 each.
"""

from __future__ import annotations

import math

import numpy as np
import scipy
from numpy.typing import NDArray

from pytest_robust.statistics.exact import binomial_limit

Floats = NDArray[np.float64]

NUISANCE = 0.1
"""The share of alpha, gamma / alpha, that is spent on the limit of the nuisance."""

GRID = 17
"""How many values of the nuisance are tried; the tail grows with it but for the grain of counts."""

CLOSE = 1e-9
"""How closely a limit is looked for."""

RARE = 1e-12
"""The probability that a sum may leave out on either side."""

FAR = 6.0
"""Standard errors below the estimate at which the search for a limit begins."""


def paired_limit(values: Floats, alpha: float) -> float:
    """The lower limit, scaled as the values are: (1 + difference) / 2. Raises ValueError for any other value."""
    gains, losses, n = discordant(values)

    def excess(difference: float, grid: int = GRID) -> float:
        return alpha - difference_p(gains, losses, n, difference, alpha, grid)

    if excess(-1.0) <= 0:
        return 0.0
    highest = (gains - losses) / n
    lowest = max(-1.0, highest - FAR * math.sqrt(gains + losses + 1) / n)
    lowest = lowest if excess(lowest, 1) > 0 else -1.0
    # The largest nuisance alone, which is quick, bounds the limit from above, and nearly always is the limit.
    above = highest
    if excess(highest, 1) < 0:
        above = float(scipy.optimize.brentq(excess, lowest, highest, args=(1,), xtol=CLOSE))
    step = CLOSE
    while excess(above - step) <= 0:
        step *= 8.0
    limit = above if step == CLOSE else float(scipy.optimize.brentq(excess, max(-1.0, above - step), above, xtol=CLOSE))
    return (1.0 + limit) / 2.0


def paired_p(values: Floats, mean: float, alpha: float) -> float:
    """The p-value against "the mean is at most `mean`", gamma taken from this alpha."""
    return difference_p(*discordant(values), 2.0 * mean - 1.0, alpha)


def discordant(values: Floats) -> tuple[int, int, int]:
    """How many values are 1, how many are 0, and how many there are; the others must be 1/2."""
    gains, losses = int(np.count_nonzero(values == 1.0)), int(np.count_nonzero(values == 0.0))
    if gains + losses + int(np.count_nonzero(values == 0.5)) != len(values):
        raise ValueError("the paired test is for values at the ends and in the middle of the range only")
    return gains, losses, len(values)


def difference_p(gains: int, losses: int, n: int, difference: float, alpha: float, grid: int = GRID) -> float:
    """The p-value against "share of gains - share of losses <= difference".

    The grid of the nuisance begins at its top.
    """
    gamma = NUISANCE * alpha
    most = 1.0 - float(binomial_limit(n - gains - losses, n, gamma))
    if most < -difference:
        return gamma
    shares = np.linspace(most, max(-difference, 0.0), grid)
    return min(1.0, gamma + float(_tails(gains - losses, n, shares, np.minimum(difference, shares)).max()))


def _tails(least: int, n: int, shares: Floats, differences: Floats) -> Floats:
    """P(gains - losses >= least) in n rows for each pair of a share that differs and a difference; exact to 1e-11.

    A limit asks dozens of times, and scipy's distributions check what they are given for longer than these sums take.
    """
    gain, loss = np.maximum(0.0, (shares + differences) / 2.0), np.maximum(0.0, (shares - differences) / 2.0)
    lost = _counts(n, float(loss.min()), float(loss.max()))
    needed, others = least + lost, n - lost
    rate = np.minimum(1.0, np.divide(gain, 1.0 - loss, out=np.zeros_like(gain), where=loss < 1.0))[:, None]
    gained = scipy.special.betainc(np.maximum(needed, 1), np.maximum(others - needed, 0) + 1, rate)
    gained = np.where(needed <= 0, 1.0, np.where(needed > others, 0.0, gained))
    return np.asarray(np.sum(_chances(lost, n, loss) * gained, axis=1))


def _counts(n: int, low: float, high: float) -> NDArray[np.int64]:
    """All counts of n but those of probability `RARE` on either side, at each rate from `low` to `high`.

    By Bernstein's inequality, P(count - n p >= t) <= exp(-t^2 / (2 n p (1 - p) + 2 t / 3)).
    """
    third = -math.log(RARE) / 3.0
    below, above = (third + math.sqrt(third**2 + 6.0 * third * n * rate * (1.0 - rate)) for rate in (low, high))
    return np.arange(max(0, math.floor(n * low - below)), min(n, math.ceil(n * high + above)) + 1)


def _chances(counts: NDArray[np.int64], n: int, rates: Floats) -> Floats:
    """P(so many of n) at each rate, (rates, counts), for counts that follow on each other and hold nearly all of it.

    By the ratios of neighbours: the logarithms of factorials are so large that digits would be lost.
    """
    rates = np.minimum(rates, 1.0 - np.finfo(np.float64).eps)[:, None]
    with np.errstate(divide="ignore"):  # at rate 0
        steps = np.log(rates / (1.0 - rates)) + np.log((n - counts[:-1]) / counts[1:])
    logs = np.hstack([np.zeros_like(rates), np.cumsum(steps, axis=1)])
    chances = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(chances / chances.sum(axis=1, keepdims=True))
