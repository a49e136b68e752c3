"""How much accuracy does the perturbation cost?"""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, mean_property


def lost_confidence(evidence: Evidence, reference: Evidence) -> PerRow:
    """The confidence of answers that were right on the clean input and are wrong now; 0 for all others."""
    lost = reference.aligned(evidence.ids).correct & ~evidence.correct
    return np.where(lost, evidence.confidence, 0.0)


@mean_property(
    range=(-1.0, 1.0),
    truths={"label"},
    summary="Accuracy on the clean inputs minus accuracy on the same inputs perturbed.",
    fixed="discordant",
    operators=("<=", ">="),
    reference="same rows",
    badness=lost_confidence,
)
def accuracy_drop(evidence: Evidence, reference: Evidence) -> PerRow:
    """Clean accuracy minus perturbed accuracy on the same inputs: mean of X = right before - right now, from -1 to 1.

    Pairing removes what makes single inputs easy or hard: only inputs whose answer changed speak.
    Use it where a change should cost little, however right the model is without: weather, another camera, a mistake in
    the pipeline.
    Test: betting e-process on (X + 1) / 2, then an unconditional test of the counts of lost and gained answers (Berger
    & Boos 1994); exact.
    Misleads where the clean model is poor (it has little to lose), and where losses and gains cancel: a drop of 0 can
    hide many changed answers.
    """
    before = reference.aligned(evidence.ids).correct
    return before.astype(np.float64) - evidence.correct.astype(np.float64)
