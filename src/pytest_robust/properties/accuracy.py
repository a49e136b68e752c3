"""Does the model still answer right?"""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, mean_property


def wrong_confidence(evidence: Evidence) -> PerRow:
    """The confidence of wrong answers, 0 for right ones: the surest mistakes come first."""
    return np.where(evidence.correct, 0.0, evidence.confidence)


@mean_property(
    range=(0.0, 1.0),
    truths={"label"},
    summary="Share of inputs whose most probable class is the right one.",
    fixed="clopper-pearson",
    badness=wrong_confidence,
)
def accuracy(evidence: Evidence) -> PerRow:
    """The share of inputs answered right: mean of 1(argmax p = label), from 0 to 1.

    Use it for every input that has one right class: it is the first thing that a release promises. `by class`, or by a
    column of metadata, it is asked of every slice.
    Test: betting e-process, then Clopper & Pearson (1934); exact.
    Misleads where classes are unbalanced (always answering the common one scores its share), and where a corruption
    leaves nothing to see: then no model can be right, and a low figure says nothing of the model.
    """
    return evidence.correct
