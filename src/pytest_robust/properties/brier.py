"""Are all of the answer's probabilities near what turned out?"""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, mean_property


@mean_property(
    range=(0.0, 2.0),
    truths={"label", "order"},
    summary="Brier score: squared distance from the answer to the right class, over all classes.",
    operators=("<=", ">="),
)
def brier(evidence: Evidence) -> PerRow:
    """Mean of sum_k (p_k - 1[k is right])^2 (Brier 1950), from 0, sure and right, to 2, sure and wrong.

    A proper score: only the true probabilities make it least. Always answering 1/K scores 1 - 1/K. Counterexamples: the
    surest mistakes.
    Use it to ask for being right and for being honest about it at once, in one bounded number; `accuracy` and `ece`
    tell the two apart.
    Test: betting e-process, then the fixed-n betting test; exact.
    Misleads where classes are rare: it is a sum over all inputs, and hardly moves with them. Some libraries halve it
    for two classes.
    """
    answers = evidence.probabilities.astype(np.float64)
    answers[np.arange(len(answers)), evidence.labels] -= 1.0
    return np.asarray(np.clip(np.square(answers).sum(axis=1), 0.0, 2.0))
