"""Can unfamiliar inputs be told from familiar ones?"""

from __future__ import annotations

from dataclasses import replace

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, judged_property
from pytest_robust.properties._scores import SCORERS, Score, columns_of, scores
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.auroc import decide_auroc, placements
from pytest_robust.statistics.outlook import AUROC, auroc_rows


def mistaken_for_familiar(evidence: Evidence, reference: Evidence | None, *, score: Score = "msp") -> PerRow:
    """The share of familiar inputs that look less familiar than this one, ties half. Its mean is 1 - AUROC."""
    assert reference is not None
    return 1.0 - placements(*scores(evidence, reference, score)).unfamiliar


def rows_needed(
    truth: float, threshold: float, operator: Operator, levels: Levels, familiar: int, *, score: Score = "msp"
) -> int | None:
    """The unfamiliar rows for a verdict; of the familiar ones, half are compared with where the others are a bank."""
    return auroc_rows(truth, threshold, operator, levels, familiar // 2 if SCORERS[score].banked else familiar)


@judged_property(
    range=(0.0, 1.0),
    truths={"unfamiliar"},
    summary="Probability that an unfamiliar input looks less familiar than a familiar one (AUROC, OOD positive).",
    operators=(">=", "<="),
    reference="familiar",
    badness=mistaken_for_familiar,
    columns_of=columns_of,
    scores=scores,
    outlook=replace(AUROC, rows=rows_needed),
)
def ood_auroc(
    evidence: Evidence,
    reference: Evidence | None,
    operator: Operator | None,
    threshold: float | None,
    levels: Levels,
    *,
    final: bool,
    score: Score = "msp",
) -> Decision:
    """P(an unfamiliar input scores higher than a familiar one), ties half: the area under the ROC curve, 0 to 1.

    `score` is `msp` (minus the highest probability), `max_logit`, `energy`, or, where the adapter gives features, `knn`
    or `mahalanobis`, which learn what is familiar from one half of the familiar rows and compare with the other.
    Badness is the share of familiar inputs that look less familiar.
    Use it where inputs will come that are of no class, and where the guard's threshold is not chosen yet (Hendrycks &
    Gimpel 2017).
    Test: betting e-process on disjoint random pairs of an unfamiliar and a familiar input, then DeLong et al. (1988) on
    the logit scale over all pairs; asymptotic (exact betting on the disjoint pairs where rows are few or the groups
    hardly overlap).
    Misleads where the two sources differ in something that no release will meet, such as size or background: any score
    separates those. 0.5 is chance; an AUROC says nothing of where a threshold would lie.
    """
    assert reference is not None
    assert operator is not None
    assert threshold is not None
    return decide_auroc(*scores(evidence, reference, score), operator, threshold, levels, final=final)
