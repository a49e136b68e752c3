"""How many rows a test needs: the least n at which it settles a claim with the power asked for.

As in `exact`, everything speaks of proving a mean to be above `mean` when it truly is `truth`, both in [0, 1].
None means that no number of rows will do, or more than `MOST`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import scipy
from numpy.typing import NDArray

from pytest_robust.statistics.exact import BOLDEST
from pytest_robust.statistics.paired import NUISANCE

Floats = NDArray[np.float64]

MOST = 10**9

MIXING = 4.0
"""The mixture over stakes of an e-process earns about a quarter of what the best stake does."""


def binomial_power(n: int, mean: float, truth: float, alpha: float) -> float:
    """P(Clopper & Pearson's limit of n rows reaches `mean`), exact."""
    # Off by one where alpha is met to the last digits.
    fewest = math.ceil(float(scipy.special.bdtrik(1.0 - alpha, n, mean)))
    while scipy.special.bdtrc(fewest, n, mean) > alpha:
        fewest += 1
    while fewest > 0 and scipy.special.bdtrc(fewest - 1, n, mean) <= alpha:
        fewest -= 1
    return float(scipy.special.bdtrc(fewest, n, truth))


def binomial_rows(mean: float, truth: float, alpha: float, power: float = 0.8) -> int | None:
    """Rows for Clopper & Pearson's limit: exact power is reached at this n, and not at n - 1.

    Power is a saw-tooth in n: near this n, a few smaller ones reach it too and a few larger ones miss it.

    >>> binomial_rows(0.90, 0.95, alpha=0.05)
    191
    """
    if truth <= mean:
        return None
    return _least(lambda n: binomial_power(n, mean, truth, alpha) >= power)


def paired_rows(mean: float, gains: float, losses: float, alpha: float, power: float = 0.8) -> int | None:
    """Rows for the paired test at these true shares of 1 and of 0, approximately: the difference taken as normal."""
    truth, bound, share = gains - losses, 2.0 * mean - 1.0, gains + losses
    if truth <= bound:
        return None
    quantiles = -scipy.special.ndtri([NUISANCE * alpha, alpha - NUISANCE * alpha, 1.0 - power])

    def enough(n: int) -> bool:
        unsure = quantiles[0] * math.sqrt(share * (1.0 - share) / n) + quantiles[0] ** 2 / (2 * n)
        most = max(share + unsure, abs(bound))
        room = quantiles[1] * math.sqrt(most - bound**2) + quantiles[2] * math.sqrt(share - truth**2)
        return bool((truth - bound) * math.sqrt(n) >= room)

    return _least(enough)


def _least(enough: Callable[[int], bool]) -> int | None:
    """The n at which `enough` turns true, by doubling and halving."""
    highest = 1
    while not enough(highest):
        highest *= 2
        if highest > MOST:
            return None
    lowest = highest // 2
    while highest - lowest > 1:
        middle = (lowest + highest) // 2
        lowest, highest = (lowest, middle) if enough(middle) else (middle, highest)
    return highest


def betting_rows(gap: float, sd: float, mean: float, alpha: float, power: float = 0.8) -> int | None:
    """Rows for the fixed-n betting test, approximately: log-wealth is nearly normal at the tuned stake,

    which asks for (sqrt(2 ln(1/alpha)) + z) sd / gap squared, and no row multiplies the wealth by more than the boldest
    stake allows.
    """
    if gap <= 0:
        return None
    needed = math.log(1.0 / alpha)
    normal = ((math.sqrt(2.0 * needed) + float(scipy.special.ndtri(power))) * sd / gap) ** 2
    bold = needed / math.log1p(BOLDEST * gap / mean) if mean > 0 else 1.0
    return _rounded(normal + bold)


def auroc_rows(
    bound: float,
    truth: float,
    spread: tuple[float, float],
    alpha: float,
    power: float = 0.8,
    *,
    familiar: int | None = None,
) -> int | None:
    """Unfamiliar rows for DeLong's test on the logit scale to prove an AUROC above `bound`.

    `spread` are the variances of the placements of unfamiliar and of familiar rows, see `auroc.Placements`;
    `familiar` is how many familiar rows there are, as many as unfamiliar ones where None.
    """
    if not 0.0 < bound < truth < 1.0:
        return None
    logit = math.log(truth / (1.0 - truth)) - math.log(bound / (1.0 - bound))
    z = -float(scipy.special.ndtri(alpha)) + float(scipy.special.ndtri(power))
    allowed = (logit / z * truth * (1.0 - truth)) ** 2
    if familiar is None:
        return _rounded(sum(spread) / allowed)
    left = allowed - spread[1] / familiar
    return _rounded(spread[0] / left) if left > 0 else None


def _rounded(rows: float) -> int | None:
    return max(1, math.ceil(rows)) if rows <= MOST else None
