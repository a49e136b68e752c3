"""The mean of a kernel over all small groups of rows: an exact test by comparison with a binomial count.

U is the mean, over all orders of the rows, of what m disjoint groups of them show, each a number in [0, 1], and theta
is its expectation. (The sizes of groups may be drawn, each by itself, and U be the mean over that too.) The groups are
independent: hence U is below their mean in convex order (Hoeffding 1963, section 5), which in turn is below B/m, with B
binomial (m, theta), even where the groups have unlike expectations whose mean theta is (Hoeffding 1956). So for every
t < u, E being the expectation and (x)+ what x has above 0,

    P(U >= u) <= E(U - t)+ / (u - t) <= E(B/m - t)+ / (u - t),

and the least of these bounds (Bentkus 2004) is a p-value against "theta is at most so much". Against a test of m random
groups alone it pays 2.06 standard errors of B/m instead of 1.64 at alpha = 0.05, and wins what U scatters less. It
depends on U alone: not on an order of the rows, nor on chance.
"""

from __future__ import annotations

import math

import numpy as np
import scipy

from pytest_robust.statistics.betting import largest_rejected


def groups_p(observed: float, groups: int, mean: float) -> float:
    """The p-value against "theta is at most `mean`", when U is `observed` and the mean over so many disjoint groups.

    >>> round(groups_p(1.0, 10, 0.8), 6) == round(0.8**10, 6)
    True
    """
    if groups < 1 or observed <= mean or mean >= 1.0:
        return 1.0
    if mean <= 0.0:
        return 0.0
    reach = observed * groups
    # The bound has no minimum between two whole numbers, and two standard errors below the mean none below 0.9.
    first = max(0, math.floor(mean * groups - math.sqrt(groups)))
    t = np.arange(first, math.ceil(reach), dtype=np.float64)
    at_least_t = np.where(t > 0, scipy.special.betainc(np.maximum(t, 1.0), groups - t, mean), 1.0)
    excess = groups * mean * at_least_t - t * scipy.special.betainc(t + 1.0, groups - t, mean)
    return min(1.0, max(0.0, float(np.min(excess / (reach - t)))))


def groups_limit(observed: float, groups: int, alpha: float) -> float:
    """The lower limit of theta: exceeds it with probability at most alpha."""
    return largest_rejected(lambda mean: alpha - groups_p(observed, groups, mean), observed)
