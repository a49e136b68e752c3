"""Are the inputs that look unfamiliar unfamiliar ones?"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pytest_robust.carriers import Evidence
from pytest_robust.properties import judged_property
from pytest_robust.properties._scores import Score, columns_of, scores
from pytest_robust.properties.ood_auroc import mistaken_for_familiar
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.detection import decide_aupr


@judged_property(
    range=(0.0, 1.0),
    truths={"unfamiliar"},
    summary="Average precision of telling unfamiliar inputs from familiar ones (AUPR, OOD positive).",
    operators=(">=", "<="),
    reference="familiar",
    badness=mistaken_for_familiar,
    columns_of=columns_of,
    scores=scores,
)
def ood_aupr(
    evidence: Evidence,
    reference: Evidence | None,
    operator: Operator | None,
    threshold: float | None,
    levels: Levels,
    *,
    final: bool,
    score: Score = "msp",
    prevalence: Annotated[float, Field(gt=0, lt=1)] | None = None,
) -> Decision:
    """The mean, over unfamiliar inputs, of the share of unfamiliar ones among all that score at least as high; 0 to 1.

    Average precision, by steps and never by trapezoids, which are too kind (Davis & Goadrich 2006); unfamiliar is the
    positive class. `score` is as in `ood_auroc`. It depends on how common unfamiliar inputs are: `prevalence` says so,
    and is their share among the rows at hand where absent; a score that knows nothing has that value.
    Use it where somebody looks at what a guard turns away, and few of it should be false alarms.
    Test: asymptotic, on the side of caution, and not estimable where rows are too few for it; see `statistics.aupr`.
    Misleads where the prevalence of the test is not that of the field: in production unfamiliar inputs are rare, and
    precision is lower.
    """
    assert reference is not None
    assert operator is not None
    assert threshold is not None
    unfamiliar, familiar = scores(evidence, reference, score)
    return decide_aupr(unfamiliar, familiar, operator, threshold, levels, prevalence=prevalence, final=final)
