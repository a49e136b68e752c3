"""Are the model's answers probabilities at all?"""

from __future__ import annotations

from typing import get_args

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Evidence, Truth, malformed
from pytest_robust.properties import PerRow, judged_property
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.exact import clopper_pearson


def faults(evidence: Evidence) -> dict[str, NDArray[np.bool_]]:
    """What is wrong with each row's answer: (n,) for each kind of fault, the gravest first, one a row at most.

    Above 1 is told by the sum: a probability that rounds to 1.0000001 is sound.
    """
    broken = malformed(evidence.probabilities)
    finite = np.asarray(np.isfinite(evidence.probabilities).all(axis=1))
    negative = finite & (evidence.probabilities < 0).any(axis=1)
    unsummed = broken & finite & ~negative
    return {"is not finite": ~finite, "is negative for some class": negative, "does not sum to one": unsummed}


def gravity(evidence: Evidence, _: Evidence | None) -> PerRow:
    """3 for an answer that is not finite, 2 for a negative one, 1 for a wrong sum, 0 for a sound one."""
    kinds = list(faults(evidence).values())
    return np.select(kinds, [3.0, 2.0, 1.0], 0.0)


@judged_property(
    range=None,
    truths=get_args(Truth),
    summary="Every answer is finite, nowhere negative, and sums to one.",
    badness=gravity,
    accepts_malformed=True,
)
def finite_outputs(
    evidence: Evidence,
    _: Evidence | None,
    operator: Operator | None,  # noqa: ARG001  (takes no threshold)
    threshold: float | None,  # noqa: ARG001
    levels: Levels,
    *,
    final: bool,
) -> Decision:
    """Every answer is K finite numbers from 0 up that sum to one, within 1e-3. Takes no threshold.

    FAIL at the first row that breaks this, PASS when every row was tried.
    Use it in every cell (`require: [finite_outputs]` at the top of a suite): of rows that break it little else can be
    asked.
    Test: every row. A statement about the rows tested, with no error to allow for. The estimate is the share that
    conforms; its Clopper-Pearson interval is for other rows.
    Misleads where sound numbers are taken for sound beliefs: a constant answer conforms.
    """
    found = faults(evidence)
    broken = np.logical_or.reduce(list(found.values()))
    n, reason = len(evidence), "holds for the rows tested; says nothing certain of others"
    if broken.any():
        row = int(broken.argmax())
        kind = next(kind for kind, rows in found.items() if rows[row])
        n, reason = row + 1, f"the answer to row {evidence.ids[row]} {kind}"
    elif not final:
        return Decision(None, n)
    if not n:
        return Decision("INCONCLUSIVE", 0, reason="there are no rows to judge")
    sound = n - int(broken[:n].sum())
    return Decision(
        "FAIL" if sound < n else "PASS",
        n,
        estimate=sound / n,
        interval=clopper_pearson(sound, n, levels.interval_confidence),
        method="every row",
        reason=reason,
    )
