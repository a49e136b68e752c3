"""Is it more robust than its clean accuracy would let one expect?"""

from __future__ import annotations

from typing import Annotated

import numpy as np
import scipy
from pydantic import Field

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, judged_property
from pytest_robust.properties.accuracy_drop import lost_confidence
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.curve import decide_above_curve


def worst_loss(evidence: Evidence, reference: Evidence | None) -> PerRow:
    """The confidence of answers that were right on the clean input and are wrong now; 0 for all others."""
    assert reference is not None
    return lost_confidence(evidence, reference)


@judged_property(
    range=(-1.0, 1.0),
    truths={"label"},
    summary="Accuracy under the change, less what other models of the same clean accuracy have: a baseline's fit.",
    operators=(">=", "<="),
    reference="same rows",
    badness=worst_loss,
)
def effective_robustness(
    evidence: Evidence,
    reference: Evidence | None,
    operator: Operator | None,
    threshold: float | None,
    levels: Levels,
    *,
    final: bool,
    slope: Annotated[float, Field(gt=0, allow_inf_nan=False)],
    intercept: Annotated[float, Field(allow_inf_nan=False)],
) -> Decision:
    """The accuracy under the change minus b(clean accuracy of the same rows), from -1 to 1: Taori et al. (2020).

    b is what ordinary models of that clean accuracy have under the change: logit b(x) = slope * logit(x) + intercept,
    logit x = ln(x / (1 - x)), the line through models that were not made for robustness, fitted on these two tests.
    `effective_robustness(slope=0.9, intercept=-1.2) >= 0.02` says that this one lies above the line by 0.02. b(0) is 0
    and b(1) is 1.
    Use it to tell a model that is robust from one that is merely good, where other models were measured on the same two
    tests.
    Test: Clopper & Pearson's (1934) limit of each of the two accuracies at half of alpha, and b of that of the clean
    one, see `statistics.curve`; exact, and conservative, as it makes nothing of the rows being the same. Made after 100
    rows, 200, 400 and so on, and at the end.
    Misleads where the line is another test's, or is drawn out beyond the models that it was fitted to: it has an error
    of its own, which this does not know. Near a clean accuracy of 1 b is steep, and a row more or less moves it much.
    """
    assert reference is not None
    assert operator is not None
    assert threshold is not None

    def ordinary(clean: float) -> float:
        return float(scipy.special.expit(slope * scipy.special.logit(clean) + intercept))

    before = reference.aligned(evidence.ids).correct
    with np.errstate(divide="ignore"):
        return decide_above_curve(evidence.correct, before, ordinary, operator, threshold, levels, final=final)
