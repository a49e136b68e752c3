"""The counterexamples of section 9: which are shown, which of their pictures fit, and how little fools the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_robust.errors import RecordError
from pytest_robust.record import CellSummary, Counterexample, Record, Smallest, Verdict
from pytest_robust.record.rows import unpack
from pytest_robust.report.budget import Limits, weigh
from pytest_robust.report.cells import Series, by_series, level_name, scale_name, series
from pytest_robust.report.checks import grouped
from pytest_robust.report.words import part_of

Known = Mapping[Series, Sequence[CellSummary]]
"""The cells of each series by rising level."""

OPEN = frozenset({"FAIL", "INCONCLUSIVE", "ERROR"})


@dataclass(frozen=True, slots=True)
class Example:
    """One counterexample as it is shown."""

    row: Counterexample
    fits: bool
    """Whether there is room for its pictures."""
    said: str
    """The least that is known to fool the model on this row, in words; empty where nothing is known."""
    smallest: Smallest | None
    """The input at that level, where it was looked for and is another than the check's own."""
    kept: str | None
    """Its id, where it was kept."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A check with its counterexamples."""

    verdict: Verdict
    examples: tuple[Example, ...]

    @property
    def left_out(self) -> int:
        """Of how many the pictures did not fit."""
        return sum(not example.fits for example in self.examples)


def contradicted(record: Record) -> list[Verdict]:
    """The verdicts that are not proven to hold and have counterexamples, failed ones first, worst first."""
    told = (verdict for group in grouped(record.verdicts) for verdict in group.verdicts)
    return [verdict for verdict in told if verdict.outcome in OPEN and verdict.counterexamples]


def examples(record: Record, verdicts: Sequence[Verdict], limits: Limits) -> list[Shown]:
    """These verdicts as they are shown, as many as fit; pictures are spent on the first."""
    known = by_series(record.cells)
    kept = {(one.check, one.row): one.id for one in record.run.kept}
    return [
        Shown(verdict, tuple(shown(verdict, row, known, kept, limits) for row in verdict.counterexamples))
        for verdict in verdicts[: limits.entries]
    ]


def shown(
    verdict: Verdict, row: Counterexample, known: Known, kept: Mapping[tuple[str, str], str], limits: Limits
) -> Example:
    """One counterexample, with the smallest input only where that is another one. `kept` are ids, by check and row."""
    smaller = row.smallest is not None and not (is_own(row.smallest, verdict) and row.smallest.region is None)
    return Example(
        row,
        fits=limits.admits(weigh(row)),
        said=least(verdict, row, known),
        smallest=row.smallest if smaller else None,
        kept=kept.get((verdict.id, row.row)),
    )


def least(verdict: Verdict, row: Counterexample, known: Known) -> str:
    """The least that is known to fool the model on a row, in words; empty where nothing is known.

    Where the smallest input was looked for, what was found; else the lowest level at which the suite saw it wrong.
    """
    seen = verdict if row.cell is None else verdict.model_copy(update={"cell": row.cell, "severity": 0.0})
    levels = known.get(series(seen), [])
    scale = scale_name(levels[0]) if levels else "level"
    if row.smallest is not None:
        region = row.smallest.region
        if is_own(row.smallest, verdict):
            told = f"fails at no lower {scale} looked at"
            return told if region is None else f"{told}, but still with {part_of(region)} changed"
        told = f"still fails {lowered(row.smallest, scale)}"
        return told if region is None else f"{told}, with {part_of(region)} changed"
    if row.level is not None:
        return f"smallest {scale} found to fool it: {row.level}"
    tried = [cell for cell in levels if answered(cell, row.position) is not None]
    wrong = next((cell for cell in tried if not answered(cell, row.position)), None)
    if wrong is None or len(tried) < 2:
        return ""
    lower = ", ".join(level_name(cell) for cell in tried[: tried.index(wrong)])
    told = f"wrong at {scale} {level_name(wrong)}"
    return f"first {told}; right at {lower}" if lower else f"{told}, the lowest asked"


def is_own(found: Smallest, verdict: Verdict) -> bool:
    """Whether the smallest input is at the level of the check."""
    return verdict.cell.endswith(f"-{found.level}")


def lowered(found: Smallest, scale: str) -> str:
    """Where an input still fails: at a level, or with the steps of a chain that are left."""
    return f"at {scale} {found.level}" if found.level[:1].isdigit() else f"with {found.level} alone"


def answered(cell: CellSummary, position: int | None) -> bool | None:
    """Whether a row was right in a cell; None where that is not known."""
    if position is None or cell.right_rows is None or cell.severity is None:
        return None
    try:
        right = unpack(cell.right_rows, cell.n)
    except RecordError:
        return None
    return bool(right[position]) if 0 <= position < cell.n else None
