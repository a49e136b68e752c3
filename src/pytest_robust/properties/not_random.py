"""Where an input is ambiguous, does the model doubt, or does it guess?"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, mean_property
from pytest_robust.properties._divergence import jensen_shannon

Divergence = Annotated[float, Field(gt=0, lt=1)]


def unsteadiness(evidence: Evidence, reference: Evidence) -> NDArray[np.float64]:
    """The mean divergence of a row's answers to tiny re-draws of it from the one to itself, (n,), in bits, 0 to 1."""
    again = reference.aligned(evidence.ids).draws()
    return np.asarray(np.mean([jensen_shannon(evidence.probabilities, draw.probabilities) for draw in again], axis=0))


def off_both(evidence: Evidence) -> NDArray[np.bool_]:
    """Whether the most probable class is neither parent's, (n,)."""
    return np.asarray((evidence.predicted[:, None] != evidence["parents"]).all(axis=1))


def guessed_divergence(evidence: Evidence, reference: Evidence, *, divergence: Divergence) -> PerRow:
    """The divergence of rows that are answered at random; 0 for all others."""
    found = unsteadiness(evidence, reference)
    return np.where((found > divergence) & off_both(evidence), found, 0.0)


@mean_property(
    range=(0.0, 1.0),
    truths={"parents"},
    summary="Share of ambiguous inputs that are not answered at random: neither unsteadily nor off both parents.",
    operators=(">=", "<="),
    fixed="clopper-pearson",
    reference="redrawn",
    badness=guessed_divergence,
)
def not_random(evidence: Evidence, reference: Evidence, *, divergence: Divergence = 0.1) -> PerRow:
    """The share of inputs between two classes that are not answered at random: mean of 1 - U * O, from 0 to 1.

    A row is answered at random where both halves hold:

    - U: the answer is unsteady. Shown the same picture four times with a noise of two levels that nobody sees, the
      model changes its mind: the mean Jensen-Shannon divergence (Lin 1991), in bits, from its answer without is above
      `divergence`.
    - O: the answer is off. The most probable class is neither of the two that are there.

    Guessing fails both. A model that fails gracefully is steady, or wavers between the two classes that are there, and
    passes; so does one that is steadily wrong, which is another fault: claim `mass_on_parents` against it. 0.1 bits is
    what takes (.5, .5) to (.84, .16); on the digits model nine blends in ten lie below .01. Of K classes, a pure
    guesser hits one of the two by chance in 2 / K of cases, and so scores 2 / K, not 0.
    Use it on blends and chimeras, to tell a model that doubts from one that guesses: an entropy shows either alike.
    Test: betting e-process, then Clopper & Pearson (1934); exact for these noises, which the suite's seed fixes.
    Misleads where there are two classes: none is off both. A model that answers everything alike is steady.
    """
    return ~((unsteadiness(evidence, reference) > divergence) & off_both(evidence))
