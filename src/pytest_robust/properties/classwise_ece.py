"""Does each class's probability mean what it says?"""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Evidence
from pytest_robust.properties import judged_property
from pytest_robust.properties.ece import overconfidence as badness
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.classwise import decide_classwise_ece


@judged_property(
    range=(0.0, 1.0),
    truths={"label", "order"},
    summary="Calibration error of each class's probability, over 15 bins of equal width; the mean over classes.",
    operators=("<=",),
    badness=badness,
)
def classwise_ece(
    evidence: Evidence,
    _: Evidence | None,
    operator: Operator | None,  # noqa: ARG001  (one operator is allowed)
    threshold: float | None,
    levels: Levels,
    *,
    final: bool,
) -> Decision:
    """(1/K) sum over classes k and bins of share of rows x |share of class k - mean p_k|, from 0 to 1.

    Kull et al. (2019), over 15 bins of equal width.
    Use it where a decision weighs the probability of one class, most probable or not (is there a tumour, at 0.2?):
    `ece` looks at the most probable class alone.
    Test: two e-processes, as for `ece`, over all classes at once, see `statistics.classwise`; exact.
    Misleads by its size: with K classes most p_k are near 0 and nearly right, so that it is about 2/K of what `ece`
    would say; choose a threshold for your K.
    """
    assert threshold is not None
    answers = np.clip(evidence.probabilities.astype(np.float64), 0.0, 1.0)
    return decide_classwise_ece(answers, evidence.labels, threshold, levels, final=final)
