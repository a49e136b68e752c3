"""Does a change that must not matter leave the answer as it is?"""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, mean_property


def new_confidence(evidence: Evidence, reference: Evidence) -> PerRow:
    """The confidence of answers that differ from the one to the clean input; 0 for all others."""
    return np.where(same_answer.function(evidence, reference), 0.0, evidence.confidence)


@mean_property(
    range=(0.0, 1.0),
    truths={"label"},
    summary="Share of inputs whose most probable class is the same as before the change.",
    fixed="clopper-pearson",
    reference="same rows",
    labelled=False,
    badness=new_confidence,
)
def same_answer(evidence: Evidence, reference: Evidence) -> PerRow:
    """The share of inputs answered as the same input unperturbed: mean of 1(argmax p = argmax p clean), from 0 to 1.

    Right or wrong does not matter, so it needs no labels. A metamorphic relation (Chen, Cheung & Yiu 1998); for shifts
    by a pixel, the measure of Azulay & Weiss (2019) and Zhang (2019, consistency).
    Use it for a change that must not matter: `recompressed`, `nudged`, a mild corruption.
    Test: betting e-process, then Clopper & Pearson (1934); exact.
    Misleads where the answer is always the same: a constant model scores 1. Claim `accuracy` beside it. An answer that
    barely wins changes with any change: that the model was not sure is not seen here.
    """
    return np.asarray(evidence.predicted == reference.aligned(evidence.ids).predicted)
