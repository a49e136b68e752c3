"""How many familiar inputs are turned away where nearly all unfamiliar ones are caught?"""

from __future__ import annotations

from pytest_robust.carriers import Evidence
from pytest_robust.properties import judged_property
from pytest_robust.properties._scores import Score, columns_of, scores
from pytest_robust.properties.ood_auroc import mistaken_for_familiar
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.detection import decide_fpr_at_tpr


@judged_property(
    range=(0.0, 1.0),
    truths={"unfamiliar"},
    summary="Share of familiar inputs taken for unfamiliar where 95 % of the unfamiliar ones are caught (FPR95).",
    operators=("<=", ">="),
    reference="familiar",
    badness=mistaken_for_familiar,
    columns_of=columns_of,
    scores=scores,
)
def fpr_id_at_tpr95(
    evidence: Evidence,
    reference: Evidence | None,
    operator: Operator | None,
    threshold: float | None,
    levels: Levels,
    *,
    final: bool,
    score: Score = "msp",
) -> Decision:
    """P(a familiar input scores at least t), t the highest threshold that 95 % of unfamiliar inputs reach; 0 to 1.

    Unfamiliar is the positive class; papers that swap the classes (as Liang et al. 2018) report another number under
    the same name, hence ours says whose rate it is. `score` is as in `ood_auroc`.
    Use it where nearly all that is unfamiliar must be caught: it is what the guard costs in false alarms.
    Test: an order statistic, then a binomial count, see `statistics.fpr`; exact, though the threshold is itself
    estimated. Made after 100 rows, 200, 400 and so on, and at the end.
    Misleads where unfamiliar inputs in the field are nearer to familiar ones than those of the test: the threshold that
    catches 95 % of noise catches few of a neighbouring class. Test near and far ones apart.
    """
    assert reference is not None
    assert operator is not None
    assert threshold is not None
    return decide_fpr_at_tpr(*scores(evidence, reference, score), operator, threshold, levels, final=final)
