"""Does more of a bad thing only make it worse?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Series
from pytest_robust.properties import PerRow, mean_property
from pytest_robust.properties._sequence import Slack, beyond, frames, largest_rise


def rises(series: Series) -> NDArray[np.float64]:
    """The largest rise of each row's probability of the right class, from any level to any harder one, (n,)."""
    right = [np.take_along_axis(cell.probabilities, cell.labels[:, None], axis=1)[:, 0] for cell in frames(series)]
    return largest_rise(np.stack(right).astype(np.float64))


def wrong_way(series: Series, *, slack: Slack) -> PerRow:
    """The largest rise of each row, where it is beyond slack; 0 for all others."""
    return beyond(slack, rises(series))


@mean_property(
    range=(0.0, 1.0),
    truths={"label", "order"},
    summary="Share of inputs whose right class never becomes more probable at a harder level of a generator.",
    fixed="clopper-pearson",
    scope="generator",
    fewest_levels=2,
    badness=wrong_way,
)
def monotone_in_severity(series: Series, *, slack: Slack = 0.05) -> PerRow:
    """The share of inputs for which p(right class) at no level exceeds that at a milder one by more than `slack`.

    From 0 to 1. Any milder level, not only the one before: so the answer does not depend on how finely the levels are
    chosen, and a probability that creeps up by less than the slack at each step is found out. A row has the same
    randomness at all levels. No published metric: a metamorphic relation (Chen, Cheung & Yiu 1998). Levels are those
    claimed of one generator, in the order of severity or epsilon. Where rows are drawn several times, the mean over
    draws.
    Use it where levels are the same picture with more of the same, which takes information away: noise, blur, fog, an
    occlusion.
    Test: betting e-process, then Clopper & Pearson (1934); exact.
    Misleads where harder is not harder: `elastic_transform`, `snow`, `glass_blur` and `saturate` as published are not
    monotone in strength, and brightness may help a dark picture. A constant model never violates it, nor does one that
    is wrong from the first level on.
    """
    return rises(series) <= slack
