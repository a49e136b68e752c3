"""One-sided tests and limits for a sample of fixed size, run once.

Values lie in [0, 1]. Every limit is a lower one and every p-value speaks against "the mean is at most m"; for the
other direction pass `1 - values` and `1 - mean`. A limit at level alpha exceeds the true mean with probability at
most alpha, at every n.
"""

from __future__ import annotations

import math
from bisect import bisect_left

import numpy as np
import scipy
from numpy.typing import NDArray

from pytest_robust.statistics.betting import largest_rejected

Floats = NDArray[np.float64]

BOLDEST = 0.75
"""The largest fraction of one's wealth that the fixed-n betting test puts on one row."""


def binomial_limit(successes: Floats | float, n: Floats | float, alpha: float) -> Floats:
    """Clopper & Pearson's lower limit of a rate: BetaInv(alpha; k, n - k + 1), and 0 for k = 0. Takes arrays.

    >>> float(binomial_limit(10, 10, 0.05).round(4))
    0.7411
    """
    k = np.asarray(successes, dtype=np.float64)
    return np.where(k > 0, scipy.special.betaincinv(np.maximum(k, 1.0), n - k + 1.0, alpha), 0.0)


def binomial_p(successes: float, n: float, rate: float) -> float:
    """P(at least so many successes) of n at this rate."""
    return float(scipy.special.betainc(successes, n - successes + 1.0, rate)) if successes > 0 else 1.0


def binomial_quantile(probability: float, n: int, rate: float) -> int:
    """The fewest successes of n at this rate that so much of the distribution lies at or below.

    As `scipy.stats.binom.ppf`, whose module alone takes 0.2 s to import.

    >>> binomial_quantile(0.975, 10, 0.5)
    8
    """
    # scipy.special.bdtrik, the inverse, is NaN at a rate of 0, and n in some versions.
    return bisect_left(range(n), probability, key=lambda k: float(scipy.special.bdtr(k, n, rate)))


def clopper_pearson(successes: int, n: int, confidence: float) -> tuple[float, float]:
    """The two-sided exact interval of a rate.

    >>> tuple(round(end, 4) for end in clopper_pearson(0, 10, 0.95))
    (0.0, 0.3085)
    """
    alpha = (1.0 - confidence) / 2.0
    return float(binomial_limit(successes, n, alpha)), 1.0 - float(binomial_limit(n - successes, n, alpha))


def share_limit(values: Floats, alpha: float) -> float:
    """Clopper & Pearson's lower limit for values that are 0 or 1."""
    return float(binomial_limit(_successes(values), len(values), alpha))


def share_p(values: Floats, mean: float) -> float:
    """The exact binomial p-value for values that are 0 or 1."""
    return binomial_p(_successes(values), len(values), mean)


def _successes(values: Floats) -> float:
    ones = float(np.count_nonzero(values == 1.0))
    if ones + np.count_nonzero(values == 0.0) != len(values):
        raise ValueError("the Clopper-Pearson test is for values at the two ends of the range only")
    return ones


def betting_limit(values: Floats, alpha: float) -> float:
    """Lower limit by betting with stakes tuned to n: exact for any values in [0, 1].

    The stake on row i is sqrt(2 ln(1/alpha) / (n v_i)), v_i the variance of the rows before it (Waudby-Smith & Ramdas
    2024, section 4), at most `BOLDEST` of the wealth. Rejects m where the wealth ever reached 1/alpha.
    """
    stakes = _stakes(values, alpha)

    def excess(mean: float) -> float:
        return _best_log_wealth(values, stakes, mean) + math.log(alpha)

    return largest_rejected(excess, float(np.mean(values)))


def betting_p(values: Floats, mean: float, alpha: float) -> float:
    """1 / the most that the stakes tuned to `alpha` ever made: a valid p-value.

    It is 1 where the rows' own mean is not above `mean`, though their first ones may have been: a verdict that its own
    estimate contradicts would convince nobody.
    """
    if mean <= 0:
        return 0.0 if np.any(values > 0) else 1.0
    if float(np.mean(values)) <= mean:
        return 1.0
    return min(1.0, math.exp(-_best_log_wealth(values, _stakes(values, alpha), mean)))


def _stakes(values: Floats, alpha: float) -> Floats:
    """The stake of each row, from the rows before it; they start from mean 1/2 and variance 1/4."""
    n = len(values)
    seen = np.arange(1, n + 1)
    mean = (0.5 + np.cumsum(values)) / (seen + 1)
    variance = (0.25 + np.cumsum((values - mean) ** 2)) / (seen + 1)
    before = np.concatenate([[0.25], variance[:-1]])
    return np.asarray(np.sqrt(2.0 * math.log(1.0 / alpha) / (n * before)))


def _best_log_wealth(values: Floats, stakes: Floats, mean: float) -> float:
    bets = np.minimum(stakes, BOLDEST / mean)
    return float(np.cumsum(np.log1p(bets * (values - mean))).max(initial=0.0))
