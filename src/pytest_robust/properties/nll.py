"""How surprised is the model by what turned out?"""

from __future__ import annotations

import math

import numpy as np

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, mean_property

FLOOR = 1e-7
"""The least probability that is told from 0: about the precision of float32."""


@mean_property(
    range=(0.0, -math.log(FLOOR)),
    truths={"label", "order"},
    summary="Negative log-likelihood: minus the log of the right class's probability, in nats.",
    operators=("<=", ">="),
)
def nll(evidence: Evidence) -> PerRow:
    """Mean of -ln p(right class), from 0 to 16.1 nats: probabilities below 1e-7 count as 1e-7, and are so bounded.

    A proper score (Good 1952), also called log loss and cross-entropy. Always answering 1/K scores ln K.
    Counterexamples: the surest mistakes.
    Use it where sure mistakes must weigh most: an answer that gives the right class 0.001 costs 6.9, one that gives it
    0.1 costs 2.3.
    Test: betting e-process, then the fixed-n betting test; exact, for the score with this floor. Since one sure mistake
    may cost 16 where a common row costs 0.1, it needs more rows than `brier` does.
    Misleads where a few sure mistakes make up all of it: look at them, and claim `brier` beside it.
    """
    right = evidence.probabilities[np.arange(len(evidence)), evidence.labels].astype(np.float64)
    return np.asarray(-np.log(np.clip(right, FLOOR, 1.0)))
