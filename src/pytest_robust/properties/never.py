"""Is a confusion made that must never be?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Evidence
from pytest_robust.properties import PerRow, judged_property
from pytest_robust.properties._confusions import Confusions, ConfusionsOption
from pytest_robust.properties._costs import names
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.exact import clopper_pearson

CONFIDENCE = 0.95
"""Of the highest rate that rows without a confusion leave possible."""


def confused(evidence: Evidence, never: Confusions) -> NDArray[np.bool_]:
    """Which rows make which confusion, (confusions, n)."""
    matrices = never.matrices(names(evidence))
    return np.asarray(matrices[:, evidence.labels, evidence.predicted], dtype=np.bool_)


def forbidden_confidence(evidence: Evidence, _: Evidence | None, *, never: ConfusionsOption) -> PerRow:
    """The confidence of forbidden answers, the highest over the draws of a row; 0 for all other answers."""
    drawn = [np.where(confused(draw, never).any(axis=0), draw.confidence, 0.0) for draw in evidence.draws()]
    return np.asarray(np.max(drawn, axis=0), dtype=np.float64)


@judged_property(
    range=None,
    truths={"label"},
    summary="No input is confused in a way that the suite forbids: `mistakes: {never: [stop_sign -> go]}`.",
    badness=forbidden_confidence,
)
def never(
    evidence: Evidence,
    _: Evidence | None,
    operator: Operator | None,  # noqa: ARG001  (takes no threshold)
    threshold: float | None,  # noqa: ARG001
    levels: Levels,
    *,
    final: bool,
    never: ConfusionsOption,
) -> Decision:
    """No row of the right class is answered with the class that it must never be taken for. Takes no threshold.

    FAIL at the first row that is confused so, in any draw of it; PASS when every row was tried, and each confusion
    could have happened: without a row of its right class nothing was tried, and the verdict is INCONCLUSIVE. n are the
    rows that could be confused, those of a right class named.
    Use it for confusions that no rate excuses: one seen is one too many.
    Test: every row. A statement about the rows tested, with no error to allow for. None found in n leaves, at 95 %, a
    rate of up to 1 - 0.05^(1/n) among such rows (Clopper & Pearson 1934). The estimate is the share of them that is not
    confused; its Clopper-Pearson interval is for other rows.
    Misleads where few rows are of the right class: 0 of 20 leaves a rate of 0.14.
    """
    broken = np.logical_or.reduce([confused(draw, never) for draw in evidence.draws()])  # (confusions, n)
    asked = np.logical_or.reduce(never.matrices(names(evidence)), axis=2)[:, evidence.labels]  # likewise
    rows, wrong = len(evidence), np.logical_or.reduce(broken)
    if wrong.any():
        rows = int(wrong.argmax()) + 1
    elif not final:
        return Decision(None, rows)
    asked, wrong = asked[:, :rows], wrong[:rows]
    n = int(np.logical_or.reduce(asked).sum())
    if not n:
        return Decision("INCONCLUSIVE", 0, rows=rows, reason=f"none of {rows:,} rows could be confused so")
    sound = n - int(wrong.sum())
    untried = [
        one.text for one, some in zip(never.confusions, np.logical_or.reduce(asked, axis=1), strict=True) if not some
    ]
    if sound < n:
        which = never.confusions[int(broken[:, rows - 1].argmax())].text
        reason = f"row {evidence.ids[rows - 1]} is confused as it must never be: {which}"
    elif untried:
        reason = f"no row of the right class was there to try {', '.join(f'`{text}`' for text in untried)}"
    else:
        most = 1.0 - (1.0 - CONFIDENCE) ** (1.0 / n)
        reason = (
            f"none of the {n:,} rows that could be confused so was, of {rows:,} looked at; at 95 % that leaves a rate "
            f"of up to {most:.2g} among such rows"
        )
    return Decision(
        "FAIL" if sound < n else "INCONCLUSIVE" if untried else "PASS",
        n,
        estimate=sound / n,
        interval=clopper_pearson(sound, n, levels.interval_confidence),
        method="every row",
        reason=reason,
        rows=rows,
    )
