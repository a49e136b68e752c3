"""How an error that is allowed to a whole run is shared by its claims."""

from __future__ import annotations


def bonferroni_share(budget: float, claims: int) -> float:
    """The alpha of each of so many claims, so that P(any of them errs) <= `budget`, however they depend on each other.

    Raises ValueError for a budget that is no probability or a negative count.

    >>> bonferroni_share(0.01, 4)
    0.0025
    """
    if not 0.0 < budget < 1.0 or claims < 0:
        raise ValueError(f"cannot share the budget {budget!r} among {claims!r} claims")
    return budget / max(claims, 1)
