"""Does the model spread its belief over the two classes that an input lies between?"""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, mean_property


@mean_property(
    range=(0.0, 1.0),
    truths={"parents"},
    summary="Probability that the model gives to the two classes that the input lies between, together.",
)
def mass_on_parents(evidence: Evidence) -> PerRow:
    """Mean of p(class of parent 1) + p(class of parent 2), from 0 to 1; parents of one class count once.

    Use it on what lies between A and B: the answer should be A, B or doubt between them, never p = weight, for people
    do not see blends so.
    Test: betting e-process, then the fixed-n betting test; exact.
    Misleads where the model is sure of one parent: that has full mass too. Claim `entropy_rise` beside it.
    """
    parents = evidence["parents"]
    given = np.take_along_axis(evidence.probabilities.astype(np.float64), parents, axis=1)
    mass = given[:, 0] + np.where(parents[:, 0] == parents[:, 1], 0.0, given[:, 1])
    return np.minimum(mass, 1.0)  # float32 probabilities may sum to a little more than one
