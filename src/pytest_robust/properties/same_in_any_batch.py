"""Is a row's answer its own, whatever it is asked together with?"""

from __future__ import annotations

from typing import Annotated, get_args

import numpy as np
from pydantic import Field

from pytest_robust.carriers import Evidence, Truth
from pytest_robust.properties import PerRow, judged_property
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.exact import clopper_pearson

Tolerance = Annotated[float, Field(ge=0, lt=1)]

WAYS = ("in reverse order", "in smaller batches", "among other images")
"""In the order of the reference's draws."""


def differences(evidence: Evidence, reference: Evidence) -> PerRow:
    """The largest difference of a probability in each way and row, (ways, n); 1 where only one of two is a number."""
    asked = evidence.probabilities.astype(np.float64)
    found = []
    for again in reference.aligned(evidence.ids).draws():
        with np.errstate(invalid="ignore"):  # infinity less infinity
            apart = np.abs(again.probabilities - asked)
        apart[(again.probabilities == asked) | (np.isnan(again.probabilities) & np.isnan(asked))] = 0.0
        found.append(np.nan_to_num(apart, nan=1.0, posinf=1.0).max(axis=1))
    return np.stack(found)


def largest_difference(evidence: Evidence, reference: Evidence, *, tolerance: Tolerance) -> PerRow:
    """The largest difference of each row, where it is beyond tolerance; 0 for all others."""
    largest = differences(evidence, reference).max(axis=0)
    return np.where(largest > tolerance, largest, 0.0)


@judged_property(
    range=None,
    truths=get_args(Truth),
    summary="Every answer is the same in any order, in batches of any size and among any other images.",
    badness=largest_difference,
    reference="rebatched",
    labelled=False,
    accepts_malformed=True,
)
def same_in_any_batch(
    evidence: Evidence,
    reference: Evidence | None,
    operator: Operator | None,  # noqa: ARG001  (takes no threshold)
    threshold: float | None,  # noqa: ARG001
    levels: Levels,
    *,
    final: bool,
    tolerance: Tolerance = 1e-3,
) -> Decision:
    """No probability of a row differs by more than `tolerance` where the row is asked about in other company.

    Each row is asked again in a batch in reverse order, in batches a fifth as large, and in a batch twice as large
    whose other half are inverted pictures. Takes no threshold. FAIL at the first row that differs, named with the way
    and the difference; PASS when every row was tried.
    Use it once for each model as it is served. It finds mistakes of code, not of learning: batch normalisation left in
    training mode, padding that leaks, a queue that mixes answers up.
    Test: every row. A statement about the rows tested, with no error to allow for. The estimate is the share that
    agrees; its Clopper-Pearson interval is for other rows.
    Misleads where an adapter cuts batches of its own: then it is that which is tested, as it will be in use. Ways of
    summing differ by batch size on most processors, by about 1e-6; a model in half precision may need a tolerance of
    1e-2. That a row is answered alike says nothing of whether it is answered well.
    """
    assert reference is not None
    found = differences(evidence, reference)
    apart = found.max(axis=0) > tolerance
    n, reason = len(evidence), "holds for the rows tested; says nothing certain of others"
    if apart.any():
        row = int(apart.argmax())
        way = WAYS[int(found[:, row].argmax())]
        n, reason = row + 1, f"the answer to row {evidence.ids[row]} differs by {found[:, row].max():.3g} {way}"
    elif not final:
        return Decision(None, n)
    if not n:
        return Decision("INCONCLUSIVE", 0, reason="there are no rows to judge")
    alike = n - int(apart[:n].sum())
    return Decision(
        "FAIL" if alike < n else "PASS",
        n,
        estimate=alike / n,
        interval=clopper_pearson(alike, n, levels.interval_confidence),
        method="every row",
        reason=reason,
    )
