"""Does it matter which of two things stands on which side?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, judged_property
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.decision import too_close
from pytest_robust.statistics.near_zero import decide_near_zero

BEFORE = (0, 1)
"""The values of column `side` for left and top; 2 and 3 are right and bottom."""


def lead(evidence: Evidence, parents: NDArray[np.int64]) -> NDArray[np.float64]:
    """By how much the first of two classes is more probable than the second, (n,)."""
    given = np.take_along_axis(evidence.probabilities.astype(np.float64), parents, axis=1)
    return np.asarray(given[:, 0] - given[:, 1])


def leanings(evidence: Evidence, reference: Evidence | None) -> NDArray[np.float64]:
    """How much likelier what stands left or above is than what stands right or below, whatever it is, (n,), -1 to 1."""
    assert reference is not None
    swapped = lead(reference.aligned(evidence.ids), evidence["parents"])
    turned = np.where(np.isin(evidence["side"], BEFORE), 1.0, -1.0)
    # float32 probabilities may sum to a little more than one
    return np.asarray(np.clip(turned * (lead(evidence, evidence["parents"]) - swapped) / 2, -1.0, 1.0))


def one_sidedness(evidence: Evidence, reference: Evidence | None) -> PerRow:
    """How far each row leans to the side that rows lean to in the mean; 0 for those that lean to the other."""
    leaning = leanings(evidence, reference)
    return np.maximum(leaning if leaning.mean() >= 0 else -leaning, 0.0)


@judged_property(
    range=(0.0, 1.0),
    truths={"parents"},
    summary="Whether what stands on one side of a picture counts as much as what stands on the other: 1 if so.",
    operators=(">=",),
    columns={"side"},
    reference="swapped",
    badness=one_sidedness,
)
def swap_symmetry(
    evidence: Evidence,
    reference: Evidence | None,
    operator: Operator | None,  # noqa: ARG001  (one operator is allowed)
    threshold: float | None,
    levels: Levels,
    *,
    final: bool,
) -> Decision:
    """1 - |mean of L|, from 0 to 1: L is how much likelier what stands left or above is than what stands opposite.

    A row is a chimera of A, left or above with its share, and B. It is shown a second time with its parents in each
    other's place, each with the share that it had, and L = ((p(A) - p(B)) - (p'(A) - p'(B))) / 2, from -1 to 1. What A
    and B are, and which is the larger, is in both pictures alike and cancels: a model that looks to the left only has L
    near 1, and one without a liking for a side has a mean of 0, at every weight and whichever side a row's seed drew.
    The mean is what is claimed, not each row: the two pictures show other halves of A, and one may tell more than the
    other. A metamorphic relation (Chen, Cheung & Yiu 1998) of what is expected.
    Use it on chimeras, where sides should not matter: a liking for one is a habit of the training pictures.
    Test: `swap_symmetry >= 0.9` is the claim |mean of L| <= 0.1: betting e-process, then the fixed-n betting test, for
    either side of zero, see `statistics.near_zero`; exact.
    Misleads where sides differ in what they show: a road is below and a sky above, and a digit may have its telling
    part on one side. Likings for the left and for the top can be told apart by no claim, and opposite ones cancel. A
    constant model scores 1.
    """
    assert threshold is not None
    found = decide_near_zero(leanings(evidence, reference), 1.0 - threshold, levels, final=final)
    if found.estimate is None or found.interval is None:
        return found
    symmetry, (low, high) = 1.0 - found.estimate, found.interval
    reason = too_close(symmetry, threshold) if found.reason else None
    return replace(found, estimate=symmetry, interval=(1.0 - high, 1.0 - low), reason=reason)
