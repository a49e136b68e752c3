"""Does the model admit doubt where an input is ambiguous?"""

from __future__ import annotations

import math

import numpy as np

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, mean_property


@mean_property(
    range=(-1.0, 1.0),
    truths={"order", "parents"},
    summary="Rise of the answer's entropy from the clean input, or the two parents, to the ambiguous one, in ln K.",
    reference="same rows",
)
def entropy_rise(evidence: Evidence, reference: Evidence) -> PerRow:
    """Mean of D = (H(ambiguous) - H(clean)) / ln K, from -1 to 1; H is Shannon entropy in nats.

    H(clean) is that of the same row unperturbed, for a rung of a ladder, and (H(parent 1) + H(parent 2)) / 2 for what
    lies between two. ln K, K classes, is the entropy of the uniform answer. Compared with the rows that it is made of,
    so that a model that doubts everything gains nothing. Counterexamples: the inputs whose entropy rose least.
    Use it on blends, chimeras and ladders: where nobody can say what it is, the model should doubt more than it did.
    Test: betting e-process on (D + 1) / 2, then the fixed-n betting test; exact. Student's t needs a third of the rows,
    but rises are skewed: of a model that rarely doubts, it takes the rows without doubt for all, and errs hundreds of
    times as often as a suite of many claims allows.
    Misleads where doubt is spread over classes that are not there: claim `mass_on_parents` beside it. With many classes
    even perfect doubt between two is only ln 2 / ln K: 0.30 at K = 10, 0.10 at K = 1000.
    """
    origins = evidence["parent_ids"] if "parent_ids" in evidence else evidence.ids[:, None]
    before = sum(reference.aligned(ids).entropy for ids in origins.T) / origins.shape[1]
    classes = evidence.probabilities.shape[1]
    rise = (evidence.entropy - before) / math.log(max(classes, 2))
    return np.asarray(np.clip(rise, -1.0, 1.0))  # float32 probabilities may sum to a little more than one
