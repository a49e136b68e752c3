"""Is an input answered right whatever is done to it?"""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Series
from pytest_robust.properties import PerRow, mean_property
from pytest_robust.properties.accuracy import wrong_confidence


def worst_confidence(series: Series) -> PerRow:
    """The highest confidence of a row's wrong answers, 0 where none is wrong."""
    return np.asarray(np.max([wrong_confidence(cell) for cell in series], axis=0))


@mean_property(
    range=(0.0, 1.0),
    truths={"label"},
    summary="Share of inputs answered right in every cell of the scenario: under the worst of its attacks.",
    fixed="clopper-pearson",
    scope="scenario",
    badness=worst_confidence,
)
def robust_accuracy(series: Series) -> PerRow:
    """The share of inputs that are right in all cells of the scenario: mean of min over cells of 1(argmax p = label).

    From 0 to 1. The accuracy that an attacker leaves who tries all that the scenario holds and keeps, for each input,
    what fools: the ensemble of Croce & Hein (2020), or of Tramer & Boneh (2019) across kinds of perturbation. With `at
    epsilon <= 8/255` over the cells there. A scenario with `clean` in it asks for the clean answer too. Where rows are
    drawn several times, the mean over draws.
    Use it where an attacker may choose among several ways, or where one input may meet any of several conditions.
    Test: betting e-process, then Clopper & Pearson (1934); exact: a row is one value, however many cells it falls in.
    Misleads as an attack does: it is an upper bound of what a stronger one would leave. It falls with every cell that
    is added, so figures of two scenarios compare only where the cells are the same.
    """
    return np.asarray(np.all([cell.correct for cell in series], axis=0))
