"""Can unfamiliar inputs be told from familiar ones by the model's confidence?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, judged_property
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.auroc import decide_auroc, placements


def score(evidence: Evidence) -> NDArray[np.float64]:
    """How unfamiliar each input looks: minus the highest softmax probability (Hendrycks & Gimpel 2017)."""
    return -evidence.confidence


def mistaken_for_familiar(evidence: Evidence, reference: Evidence | None) -> PerRow:
    """The share of familiar inputs that look less familiar than this one, ties half. Its mean is 1 - AUROC."""
    assert reference is not None
    return 1.0 - placements(score(evidence), score(reference)).unfamiliar


@judged_property(
    range=(0.0, 1.0),
    truths={"unfamiliar"},
    summary="Probability that an unfamiliar input gets less confidence than a familiar one (AUROC, OOD positive).",
    operators=(">=", "<="),
    reference="familiar",
    badness=mistaken_for_familiar,
)
def ood_auroc(
    evidence: Evidence,
    reference: Evidence | None,
    operator: Operator | None,
    threshold: float | None,
    levels: Levels,
    *,
    final: bool,
) -> Decision:
    """AUROC of minus the highest softmax probability; unfamiliar is the positive class, ties count half; 0 to 1.

    Test: betting e-process on disjoint random pairs of an unfamiliar and a familiar input, then DeLong et al. (1988) on
    the logit scale over all pairs (asymptotic; exact betting on the disjoint pairs where rows are few or the groups
    hardly overlap). Badness is the share of familiar inputs that look less familiar.
    Misleads where the two sources differ in something that no release will meet, such as size or background: any score
    separates those. 0.5 is chance; an AUROC says nothing of where a threshold would lie.
    """
    assert reference is not None
    assert operator is not None
    assert threshold is not None
    return decide_auroc(score(evidence), score(reference), operator, threshold, levels, final=final)
