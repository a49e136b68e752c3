"""How an error that is allowed to a whole run is shared by its claims."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def bonferroni_share(budget: float, claims: int) -> float:
    """The alpha of each of so many claims, so that P(any of them errs) <= `budget`, however they depend on each other.

    Raises ValueError for a budget that is no probability or a negative count.

    >>> bonferroni_share(0.01, 4)
    0.0025
    """
    if not 0.0 < budget < 1.0 or claims < 0:
        raise ValueError(f"cannot share the budget {budget!r} among {claims!r} claims")
    return budget / max(claims, 1)


def holm(p_values: Sequence[float], budget: float) -> list[bool]:
    """Which hypotheses are rejected so that P(any true one is) <= `budget`, however they depend on each other.

    Holm (1979): the i-th smallest of m p-values is held to budget / (m - i + 1), until one is above it. It rejects
    whatever equal shares reject. Raises ValueError for what is no p-value and for a budget that is no probability.

    >>> holm([0.02, 0.001, 0.03], 0.05)
    [True, True, True]
    >>> holm([0.02, 0.001, 0.06, 0.03], 0.05)
    [False, True, False, False]
    """
    if not all(0.0 <= p <= 1.0 for p in p_values):
        raise ValueError(f"a p-value lies between 0 and 1, unlike some of {list(p_values)}")
    rejected = [False] * len(p_values)
    for tried, place in enumerate(sorted(range(len(p_values)), key=lambda place: p_values[place])):
        if p_values[place] > bonferroni_share(budget, len(p_values) - tried):
            break
        rejected[place] = True
    return rejected


def e_bh(log_e_values: NDArray[np.float64], alpha: float) -> NDArray[np.bool_]:
    """Which of K hypotheses are rejected so that among them a share of at most `alpha` is expected to be true: (K,).

    Wang & Ramdas (2022): the k largest e-values are rejected, k being the largest number for which k e_(k) / K is at
    least 1/alpha. However they depend on each other; and if all hypotheses are true, P(any is rejected) <= alpha.
    Raises ValueError for NaN and for an alpha that is no probability.

    >>> e_bh(np.log([50.0, 5.0, 50.0, 1.0]), 0.05)
    array([ True, False,  True, False])
    """
    if not 0.0 < alpha < 1.0 or np.isnan(log_e_values).any():
        raise ValueError(f"cannot reject at alpha {alpha!r} by the log e-values {log_e_values}")
    ranked = np.sort(log_e_values)[::-1]
    places = np.arange(1, len(ranked) + 1)
    # An e-value of the rank that the bar is met at meets it itself, and so do all larger ones.
    met = ranked[ranked + np.log(places) >= math.log(max(len(ranked), 1) / alpha)]
    return np.asarray(log_e_values >= met.min(initial=math.inf)) if len(met) else np.zeros(len(ranked), np.bool_)
