"""Does the model doubt where people disagree?"""

from __future__ import annotations

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, mean_property
from pytest_robust.properties._divergence import jensen_shannon


@mean_property(
    range=(0.0, 1.0),
    truths={"votes"},
    summary="Jensen-Shannon divergence, in bits, between the model's answer and the shares of people's votes.",
    operators=("<=",),
)
def divergence_from_votes(evidence: Evidence) -> PerRow:
    """Mean of JS(p, v / n) in bits, from 0 to 1: p the model's answer, v the votes of n people, JS = (KL(p || m) + KL(q
    || m)) / 2, q = v / n, m = (p + q) / 2 (Lin 1991).

    Biased upwards by the number of votes: v / n is a sample of what all people would say, and JS is convex, so its mean
    is never below that of the true shares. For a model that answers the true shares it is about (k - 1) / (8 n ln 2)
    over k classes that people see in the picture, a little more where votes are few: .0037 for two classes and .036 for
    ten, at 50 votes.
    Use it with `votes`, where several people have said what they see in each picture (CIFAR-10H, Peterson et al. 2019):
    doubt is right where they disagree.
    Test: betting e-process, then the fixed-n betting test; exact for the votes that there are. A PASS errs on the safe
    side; a FAIL close to the threshold may be the votes' doing.
    Misleads where the people saw the pictures under other conditions than the model does.
    """
    return jensen_shannon(evidence.probabilities, evidence["votes"])
