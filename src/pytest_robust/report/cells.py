"""Cells of a record by series: one generator of one scenario over its levels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass

from pytest_robust.record import CellSummary, Record, Verdict
from pytest_robust.report.figures import curve
from pytest_robust.report.words import finite, harmless, span

LEVEL = re.compile(r"-(\d+(?:\.\d*)?e-\d+|[^-]*)$")

Series = tuple[str, str]
"""(scenario, name of the generator as its cells are labelled)."""

SOUGHT = frozenset({"attack", "search"})
"""Kinds of generators that look for what fools the model."""
CORRUPTING = frozenset({"clean", "corruption", "field", "pipeline"})
"""Kinds of generators that happen by themselves, and leave one right class."""


def series(part: CellSummary | Verdict) -> Series:
    """The series that a cell, or a verdict on it, belongs to: the label without its level.

    A generator used twice with other options has other labels, and so another series.
    """
    return part.scenario, part.cell if part.severity is None else LEVEL.sub("", part.cell)


def level_name(part: CellSummary) -> str:
    """The level as the suite writes it: `8/255`."""
    found = LEVEL.search(part.cell)
    return harmless(found[1]) if found and part.severity is not None else ""


def scale_name(cell: CellSummary) -> str:
    """What its levels count."""
    return "epsilon" if cell.kind == "attack" else "weight" if cell.truth == "parents" else "severity"


def claims_by_cell(record: Record) -> dict[str, list[Verdict]]:
    """The verdicts on claims with a bound by the id of their cell, in the order of the record."""
    found: dict[str, list[Verdict]] = {}
    for verdict in record.verdicts:
        if verdict.threshold is not None:
            found.setdefault(f"{verdict.scenario}::{verdict.cell}", []).append(verdict)
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """One cell with the claims on it that have a bound. Where it stands for several, it has no images of its own."""

    cell: CellSummary
    claims: tuple[Verdict, ...]


def asked(record: Record, wanted: Callable[[CellSummary], bool]) -> list[Asked]:
    """The cells that are wanted, in the order of the record, but for those of which there is nothing to tell."""
    claims = claims_by_cell(record)
    found = [Asked(cell, tuple(claims.get(cell.id, ()))) for cell in record.cells if wanted(cell)]
    return [one for one in found if one.cell.n or one.claims]


def by_series(cells: Iterable[CellSummary]) -> dict[Series, list[CellSummary]]:
    """The cells of each series by rising level, series in the order of the record."""
    found: dict[Series, list[CellSummary]] = {}
    for cell in cells:
        found.setdefault(series(cell), []).append(cell)
    return {name: sorted(some, key=lambda cell: cell.severity or 0.0) for name, some in found.items()}


def clean_cell(record: Record) -> CellSummary | None:
    """The first cell of unperturbed images with right classes."""
    return next((cell for cell in record.cells if cell.kind == "clean" and cell.truth == "label"), None)


@dataclass(frozen=True, slots=True)
class Curve:
    """What the figure of one series shows."""

    series: Series
    scale_name: str
    clean: float | None
    levels: list[curve.Level]


def curves(record: Record, kinds: Set[str]) -> list[Curve]:
    """Accuracy against level for each series of these kinds with two levels or more."""
    clean = clean_cell(record)
    bounds: dict[str, list[float]] = {}
    for verdict in record.verdicts:
        claimed = finite(verdict.threshold)
        if verdict.property == "accuracy" and verdict.operator == ">=" and claimed is not None:
            bounds.setdefault(f"{verdict.scenario}::{verdict.cell}", []).append(claimed)
    found = [
        Curve(
            name,
            scale_name(cells[0]),
            finite(clean.accuracy) if clean else None,
            [level for cell in cells if (level := drawable(cell, bounds.get(cell.id, [])))],
        )
        for name, cells in by_series(cell for cell in record.cells if cell.kind in kinds).items()
    ]
    return [one for one in found if len({level.value for level in one.levels}) > 1]


def drawable(cell: CellSummary, bounds: Iterable[float]) -> curve.Level | None:
    """The cell as a point of a curve, where it has a level and an accuracy."""
    value, accuracy = finite(cell.severity), finite(cell.accuracy)
    if value is None or accuracy is None:
        return None
    return curve.Level(value, level_name(cell), accuracy, span(cell.accuracy_interval), tuple(bounds))


@dataclass(frozen=True, slots=True)
class Attacked:
    """Cells in which somebody looked for what fools the model, by what is known of the search itself."""

    doubted: list[CellSummary]
    """Something was seen for which their accuracy may overstate robustness."""
    checked: int
    """How many were looked at for that, those included."""
    unchecked: int

    def doubts(self, verdict: Verdict) -> bool:
        """Whether the value that a verdict speaks of may overstate robustness."""
        cell = f"{verdict.scenario}::{verdict.cell}"
        return verdict.threshold is not None and any(doubted.id == cell for doubted in self.doubted)


def attacked(record: Record) -> Attacked:
    """The cells of attacks and searches. A record of schema 1.0 holds none that was checked."""
    cells = [cell for cell in record.cells if cell.kind in SOUGHT and cell.accuracy is not None]
    checked = sum(cell.right_rows is not None for cell in cells)
    return Attacked([cell for cell in cells if cell.cautions], checked, len(cells) - checked)


def gap(cell: CellSummary) -> float | None:
    """Mean distance between confidence and accuracy over the cell's bins: its plug-in ECE, which is biased upwards."""
    total = sum(b.count for b in cell.reliability)
    return sum(abs(b.accuracy - b.confidence) * b.count for b in cell.reliability) / total if total else None


def worst_calibrated(record: Record) -> CellSummary | None:
    """The cell of the largest gap, the clean one aside."""
    clean = clean_cell(record)
    candidates = [(found, cell) for cell in record.cells if cell is not clean and (found := gap(cell)) is not None]
    return max(candidates, key=lambda pair: pair[0])[1] if candidates else None
