"""How often does the model give no answer?"""

from __future__ import annotations

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, mean_property


@mean_property(
    range=(0.0, 1.0),
    truths={"label", "order", "parents", "posterior", "votes", "unfamiliar"},
    summary="Share of inputs that the model gives no answer to.",
    fixed="clopper-pearson",
    operators=("<=", ">="),
    columns=("abstained",),
)
def abstention_rate(evidence: Evidence) -> PerRow:
    """The share of inputs on which the model, as deployed, holds back; from 0 to 1.

    It is the model's own abstention that is asked about (the reject option of Chow 1970): a confidence threshold under
    `model: {abstain_below: 0.7}`, or what a `callable` says itself.
    Use it where the model may say that it does not know: claim `<=` on clean input, where a model that abstains is of
    no use, and `>=` on unfamiliar input, where it should.
    Test: betting e-process, then Clopper & Pearson (1934); exact.
    Misleads alone: a model may abstain often, and on the wrong inputs; claim `answered_risk` beside it.
    """
    return evidence["abstained"]
