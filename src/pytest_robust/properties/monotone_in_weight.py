"""Does more of one parent make it more probable?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Series
from pytest_robust.properties import PerRow, mean_property
from pytest_robust.properties._sequence import Slack, beyond, frames, largest_rise


def falls(series: Series) -> NDArray[np.float64]:
    """The largest fall of each row's probability of the first parent, from any weight to any higher one, (n,)."""
    given = [np.take_along_axis(cell.probabilities, cell["parents"][:, :1], axis=1)[:, 0] for cell in frames(series)]
    return largest_rise(-np.stack(given).astype(np.float64))


def wrong_way(series: Series, *, slack: Slack) -> PerRow:
    """The largest fall of each row, where it is beyond slack; 0 for all others."""
    return beyond(slack, falls(series))


@mean_property(
    range=(0.0, 1.0),
    truths={"parents"},
    summary="Share of inputs whose first parent never becomes less probable as its weight grows.",
    fixed="clopper-pearson",
    scope="generator",
    fewest_levels=2,
    badness=wrong_way,
)
def monotone_in_weight(series: Series, *, slack: Slack = 0.05) -> PerRow:
    """The share of inputs for which p(first parent) at no weight lies below that at a lower one by more than `slack`.

    From 0 to 1. Any lower weight, not only the one before: so the answer does not depend on how finely the weights are
    chosen. The pairs, and the side of a chimera, are the same at all weights. No published metric: a metamorphic
    relation (Chen, Cheung & Yiu 1998). Weights are those claimed of one generator. Where rows are drawn several times,
    the mean over draws.
    Use it for a blend at several weights, of which p = weight may not be asked: people do not see it so, but more of a
    thing is not less of it.
    Test: betting e-process, then Clopper & Pearson (1934); exact.
    Misleads where the probability does not move: a constant model never violates it. Claim `mass_on_parents` and
    `entropy_rise` beside it. A chimera may cut the telling part of a thing in half at one weight and show it at the
    next.
    """
    return falls(series) <= slack
