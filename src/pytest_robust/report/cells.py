"""Cells of a record by series: one generator of one scenario over its levels."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pytest_robust.record import CellSummary, Record, Verdict
from pytest_robust.report.figures import curve
from pytest_robust.report.words import finite, span

LEVEL = re.compile(r"-(\d+(?:\.\d*)?e-\d+|[^-]*)$")

Series = tuple[str, str]
"""(scenario, name of the generator as its cells are labelled)."""

SCALES = {"attack": "epsilon", "ambiguity": "weight"}


def series(part: CellSummary | Verdict) -> Series:
    """The series that a cell, or a verdict on it, belongs to: the label without its level.

    A generator used twice with other options has other labels, and so another series.
    """
    return part.scenario, part.cell if part.severity is None else LEVEL.sub("", part.cell)


def level_name(part: CellSummary) -> str:
    """The level as the suite writes it: `8/255`."""
    found = LEVEL.search(part.cell)
    return found[1] if found and part.severity is not None else ""


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


def curves(record: Record) -> list[Curve]:
    """Accuracy against level for each series with two levels or more."""
    clean = clean_cell(record)
    bounds: dict[str, list[float]] = {}
    for verdict in record.verdicts:
        claimed = finite(verdict.threshold)
        if verdict.property == "accuracy" and verdict.operator == ">=" and claimed is not None:
            bounds.setdefault(f"{verdict.scenario}::{verdict.cell}", []).append(claimed)
    found = [
        Curve(
            name,
            SCALES.get(cells[0].kind, "severity"),
            finite(clean.accuracy) if clean else None,
            [level for cell in cells if (level := drawable(cell, bounds.get(cell.id, [])))],
        )
        for name, cells in by_series(record.cells).items()
    ]
    return [one for one in found if len({level.value for level in one.levels}) > 1]


def drawable(cell: CellSummary, bounds: Iterable[float]) -> curve.Level | None:
    """The cell as a point of a curve, where it has a level and an accuracy."""
    value, accuracy = finite(cell.severity), finite(cell.accuracy)
    if value is None or accuracy is None:
        return None
    return curve.Level(value, level_name(cell), accuracy, span(cell.accuracy_interval), tuple(bounds))


def gap(cell: CellSummary) -> float | None:
    """Mean distance between confidence and accuracy over the cell's bins: its plug-in ECE, which is biased upwards."""
    total = sum(b.count for b in cell.reliability)
    return sum(abs(b.accuracy - b.confidence) * b.count for b in cell.reliability) / total if total else None


def worst_calibrated(record: Record) -> CellSummary | None:
    """The cell of the largest gap, the clean one aside."""
    clean = clean_cell(record)
    candidates = [(found, cell) for cell in record.cells if cell is not clean and (found := gap(cell)) is not None]
    return max(candidates, key=lambda pair: pair[0])[1] if candidates else None
