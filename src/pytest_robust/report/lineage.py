"""Where model and data came from, in words: section 1, and the rows of section 11 that were trained on."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_robust.record import Outcome, Overlap, Record
from pytest_robust.report.words import count


@dataclass(frozen=True, slots=True)
class Shared:
    """What one data set shares with the training data."""

    overlap: Overlap
    outcome: Outcome
    """Whose shape and colour it has."""
    word: str
    words: str


def shared(record: Record) -> list[Shared]:
    """What each data set that was looked at shares with the training data, in the order of the checks."""
    return [] if record.lineage is None else [judged(overlap) for overlap in record.lineage.overlaps]


def judged(overlap: Overlap) -> Shared:
    """FAIL for rows that were trained on, INCONCLUSIVE for rows that look like it, PASS for none.

    >>> judged(Overlap(data="test", rows=900, training_rows=897, exact=2, near=1, within=10)).words
    'of “test”, 2 of 900 rows are training rows, pixel by pixel, and 1 more looks like a copy of one'
    """
    rows = f"{overlap.rows:,} {'row' if overlap.rows == 1 else 'rows'}"
    copies = "looks like a copy of one" if overlap.near == 1 else "look like copies of one"
    if overlap.exact:
        are = "is a training row" if overlap.exact == 1 else "are training rows"
        more = f", and {overlap.near:,} more {copies}" if overlap.near else ""
        words = f"{overlap.exact:,} of {rows} {are}, pixel by pixel{more}"
        return Shared(overlap, "FAIL", "SHARED", f"of “{overlap.data}”, {words}")
    if overlap.near:
        copies = copies.replace("of one", "of a training row")
        words = f"none of {rows} is a training row, but {overlap.near:,} {copies}"
        return Shared(overlap, "INCONCLUSIVE", "TO LOOK AT", f"of “{overlap.data}”, {words}: see section 11")
    among = count(overlap.training_rows, "training row")
    words = f"none of {rows} is among the {among}, or looks like a copy of one"
    return Shared(overlap, "PASS", "NONE", f"of “{overlap.data}”, {words}")
