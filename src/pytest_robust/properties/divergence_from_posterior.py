"""Does the model believe what it should, where that is known exactly?"""

from __future__ import annotations

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, mean_property
from pytest_robust.properties._divergence import jensen_shannon


@mean_property(
    range=(0.0, 1.0),
    truths={"posterior"},
    summary="Jensen-Shannon divergence, in bits, between the model's answer and the known probability of every class.",
    operators=("<=",),
)
def divergence_from_posterior(evidence: Evidence) -> PerRow:
    """Mean of JS(p, q) in bits, from 0 to 1: p the model's answer, q the posterior, JS = (KL(p || m) + KL(q || m)) / 2,
    m = (p + q) / 2 (Lin 1991).

    Use it with `templates` and `full_occlusion`, of which the best answer is known exactly, whatever it is.
    Test: betting e-process, then the fixed-n betting test; exact.
    Misleads where the posterior is another one than the model could know: that of an observer who knows the templates
    and the noise. 0 is what such an observer scores, not what a model in the field must. A model that always answers
    the prior scores well where the noise is strong: compare the levels.
    """
    return jensen_shannon(evidence.probabilities, evidence["posterior"])
