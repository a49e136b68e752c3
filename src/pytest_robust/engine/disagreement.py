"""How unsure the model is of images on which people disagree: what section 7 draws of images with votes."""

from __future__ import annotations

import math

import numpy as np
import scipy

from pytest_robust import record
from pytest_robust.carriers import Evidence
from pytest_robust.statistics.calibration import bin_of, equal_mass_edges
from pytest_robust.statistics.fixed import PROCEDURES

BINS = 10


def disagreement(evidence: Evidence, confidence: float) -> list[record.Disagreement]:
    """Equal-mass bins by the entropy of the votes; images on which people disagree alike share one. Intervals are at
    this confidence, by the fixed-n betting test. Images that nobody voted on are left out."""
    seen = evidence["votes"].sum(axis=1) > 0
    votes, unit = evidence["votes"][seen], math.log(max(2, evidence.probabilities.shape[1]))
    people = np.clip(scipy.special.entr(votes / votes.sum(axis=1, keepdims=True)).sum(axis=1) / unit, 0.0, 1.0)
    model = np.clip(evidence.entropy[seen] / unit, 0.0, 1.0)
    if not len(people):
        return []
    place = bin_of(people, equal_mass_edges(people, BINS))
    interval = PROCEDURES["betting"].two_sided
    return [
        record.Disagreement(
            people=float(people[rows].mean()),
            model=float(model[rows].mean()),
            interval=interval(model[rows], 1.0 - confidence),
            count=int(rows.sum()),
        )
        for rows in (place == number for number in np.unique(place))
    ]
