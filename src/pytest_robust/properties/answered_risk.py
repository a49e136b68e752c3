"""How often is the model wrong where it does answer?"""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, mean_property


def sure_mistakes(evidence: Evidence) -> PerRow:
    """The confidence of answers that are given and wrong; 0 for all others."""
    return np.where(evidence.correct | evidence["abstained"], 0.0, evidence.confidence)


@mean_property(
    range=(0.0, 1.0),
    truths={"label", "order"},
    summary="Share answered wrong, of the inputs that the model gives an answer to.",
    fixed="clopper-pearson",
    operators=("<=", ">="),
    columns=("abstained",),
    badness=sure_mistakes,
    partly=True,
)
def answered_risk(evidence: Evidence) -> PerRow:
    """P(wrong | the model gives an answer), from 0 to 1: the selective risk at the model's own threshold.

    For what *any* threshold on the confidence would give, see `risk_at_coverage` and `aurc` (El-Yaniv & Wiener 2010).
    Counterexamples: the surest mistakes among those answered.
    Use it for the model as deployed, with its own abstention: it is what a user meets.
    Test: betting e-process, then Clopper & Pearson (1934), on the answered inputs alone; exact, as they are a random
    sample of all that would be answered.
    Misleads where next to nothing is answered: claim `abstention_rate` beside it.
    """
    return np.ma.masked_array(~evidence.correct, mask=evidence["abstained"])
