"""The heat map of section 5: observed accuracy by generator and severity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_robust.record import CellSummary, Outcome, Record, Verdict
from pytest_robust.report.cells import CORRUPTING, Series, series
from pytest_robust.report.words import finite

STEPS = 10
Field = tuple[Series, float | None]
ORDER: tuple[Outcome, ...] = ("FAIL", "ERROR", "INCONCLUSIVE", "NOT RUN", "PASS")


@dataclass(frozen=True, slots=True)
class Tile:
    """One field of the map. `cell` is None where there is no evidence; `shade` 0 (all wrong) to 10 (all right)."""

    cell: CellSummary | None
    shade: int | None
    outcome: Outcome | None
    """The worst verdict of the claims on accuracy there; None where nothing was claimed of it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One generator of one scenario."""

    scenario: str
    generator: str
    tiles: tuple[Tile | None, ...]
    """One a column; None where the suite asks nothing."""


@dataclass(frozen=True, slots=True)
class HeatMap:
    """`columns` are severities in rising order, first None where a row has no severity."""

    columns: tuple[float | None, ...]
    rows: tuple[Row, ...]


def heat_map(record: Record) -> HeatMap | None:
    """The map of all cells with a right class that are no attack; None where there are none."""
    cells = [cell for cell in record.cells if cell.kind in CORRUPTING and cell.truth == "label"]
    if not cells:
        return None
    names = dict.fromkeys(series(cell) for cell in cells)
    found: dict[Field, CellSummary] = {(series(cell), cell.severity): cell for cell in cells}
    asked: dict[Field, list[Verdict]] = {}
    for verdict in record.verdicts:
        if series(verdict) in names:
            asked.setdefault((series(verdict), verdict.severity), []).append(verdict)
    levels = {level for _, level in (*found, *asked)}
    columns: list[float | None] = [*([None] if None in levels else []), *sorted(v for v in levels if v is not None)]
    rows = [
        Row(
            *name,
            tuple(
                tile(found.get((name, level)), asked.get((name, level), []))
                if (name, level) in found or (name, level) in asked
                else None
                for level in columns
            ),
        )
        for name in names
    ]
    return HeatMap(tuple(columns), tuple(rows))


def tile(cell: CellSummary | None, verdicts: Sequence[Verdict]) -> Tile:
    """One field, with the worst of what was claimed of accuracy there."""
    claimed = {v.outcome for v in verdicts if v.property == "accuracy"} or (
        {v.outcome for v in verdicts} if cell is None else set()
    )
    worst = next((outcome for outcome in ORDER if outcome in claimed), None)
    accuracy = finite(cell.accuracy) if cell else None
    shade = None if accuracy is None else min(max(int(accuracy * STEPS), 0), STEPS)
    return Tile(cell, shade, worst)
