"""Is the right class among the first few?"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from pytest_robust.carriers import Evidence
from pytest_robust.errors import OptionError
from pytest_robust.properties import PerRow, mean_property


def lacking_probability(evidence: Evidence, *, k: int) -> PerRow:
    """What the right class lacks of all probability, where it is not surely among the first k; 0 for all others."""
    given = np.take_along_axis(evidence.probabilities, evidence.labels[:, None], axis=1)[:, 0]
    return np.where(top_k_accuracy.function(evidence, k=k) < 1.0, 1.0 - np.minimum(given, 1.0), 0.0)


@mean_property(
    range=(0.0, 1.0),
    truths={"label"},
    summary="Share of inputs whose right class is among the k most probable ones: `top_k_accuracy(k=5)`.",
    badness=lacking_probability,
)
def top_k_accuracy(evidence: Evidence, *, k: Annotated[int, Field(ge=1)] = 5) -> PerRow:
    """The share of inputs whose right class is among the k of highest probability, from 0 to 1.

    Classes of equal probability at the k-th place share the places that are left: of a classes above the right one and
    e equal to it, itself included, a row counts (k - a) / e, between 0 and 1: the chance that a fair draw among equals
    takes it. So the order in which classes are numbered does not matter, and a model that answers every class alike
    scores k / K. (`accuracy` takes the first of equals, as a deployed argmax does.) Raises OptionError for a k that is
    not below the number of classes: it would always hold.
    Use it where a person, or a later stage, chooses from the first few answers, or where classes are so many and so
    close that the first alone is too much to ask (the top-5 of ImageNet, Russakovsky et al. 2015).
    Test: betting e-process, then the fixed-n betting test; exact, and ready for shares of a row.
    Misleads where classes are few: with K classes chance alone scores k / K. The answer in use is mostly the first one.
    """
    classes = evidence.probabilities.shape[1]
    if k >= classes:
        raise OptionError(
            f"top_k_accuracy: with k={k} and {classes} classes every answer is right; "
            + (f"write k={classes - 1} or less" if classes > 1 else "a model of one class cannot be asked this")
        )
    right = np.take_along_axis(evidence.probabilities, evidence.labels[:, None], axis=1)
    above = (evidence.probabilities > right).sum(axis=1)
    equal = (evidence.probabilities == right).sum(axis=1)
    return np.asarray(np.clip((k - above) / equal, 0.0, 1.0))
