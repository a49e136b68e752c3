"""Unfamiliar input, the positive class, told from familiar input by a score that is higher for it.

Metrics of two samples of scores, and claims about them: the area under the ROC curve in `auroc`, that under the
precision-recall curve in `aupr`, and the false alarms at a rate of detection in `fpr`, each with its test.
"""

from pytest_robust.statistics.aupr import aupr, decide_aupr
from pytest_robust.statistics.auroc import decide_auroc
from pytest_robust.statistics.fpr import decide_fpr_at_tpr, fpr_at_tpr, threshold_at_tpr

__all__ = ["aupr", "decide_aupr", "decide_auroc", "decide_fpr_at_tpr", "fpr_at_tpr", "threshold_at_tpr"]
