"""Are the inputs of one class recognised?"""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, mean_property
from pytest_robust.properties._classes import ClassOption
from pytest_robust.properties.accuracy import wrong_confidence


def missed_confidence(evidence: Evidence, *, class_: ClassOption) -> PerRow:
    """The confidence of wrong answers to inputs of the class; 0 for all others."""
    return np.where(evidence.labels == class_.number(evidence), wrong_confidence(evidence), 0.0)


@mean_property(
    range=(0.0, 1.0),
    truths={"label"},
    summary="Share of the inputs of one class that are answered right: `recall(class=cat)`.",
    fixed="clopper-pearson",
    badness=missed_confidence,
    partly=True,
)
def recall(evidence: Evidence, *, class_: ClassOption) -> PerRow:
    """Of the rows whose label is `class`, the share answered right: mean of 1(argmax p = label), from 0 to 1.

    `class` is a name, or a number counted from 0 (where the name holds blanks or signs); a name that looks like a
    number is a name. Also called the true positive rate, or sensitivity, of the class.
    Use it for a class that must not be missed: a pedestrian, a tumour.
    Test: as for `accuracy`, on these rows alone, betting e-process and then Clopper & Pearson (1934); exact, as rows of
    a class are a sample of their own. n counts these rows; what is still needed counts rows of all classes, at the
    share that the class has so far.
    Misleads where the model says the class of everything: its recall is 1. Claim `accuracy`, or the recall of its
    neighbours, beside it. A rare class has few rows, and its claims stay INCONCLUSIVE for long.
    """
    others = evidence.labels != class_.number(evidence)
    return np.ma.array(evidence.correct, mask=others)
