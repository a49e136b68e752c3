"""Inputs that were made to fool the model: section 8, who attacks, with what, and what stands."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pytest_robust.record import CellSummary, Record
from pytest_robust.report.cells import SOUGHT, Asked, Series, asked, by_series, clean_cell, level_name, scale_name
from pytest_robust.report.figures.epsilon import Attack, Struck
from pytest_robust.report.words import finite, harmless, span

UNRECORDED = "not recorded"
NORMS = {
    "linf": "L∞, the most that any value changes",
    "l2": "L2, the Euclidean length of the change",
    "l1": "L1, the sum of all changes",
}
"""What epsilon measures, in pixel units between 0 and 1."""


@dataclass(frozen=True, slots=True)
class Threat:
    """One attack of a scenario: what it stands for, what it knows, what it may change, and how hard it tries."""

    series: Series
    risk: str
    access: str
    limit: str
    levels: str
    effort: str


def sought(record: Record) -> list[CellSummary]:
    """The cells of inputs that were looked for to fool the model, those aside that stand for several cells."""
    return [cell for cell in record.cells if cell.kind in SOUGHT and cell.n]


def threats(record: Record) -> list[Threat]:
    """Every attack and search of the record."""
    return [
        Threat(
            series=name,
            risk=cells[0].risk or "",
            access=access(cells[0]),
            limit=limit(cells[0]),
            levels=", ".join(filter(None, map(level_name, cells))),
            effort=effort(cells[0]),
        )
        for name, cells in by_series(sought(record)).items()
    ]


def access(cell: CellSummary) -> str:
    """What the attacker is given of the model."""
    if not cell.needs:
        return UNRECORDED
    if "gradients" in cell.needs:
        return "white box: follows its gradients" + (", and asks it" if "queries" in cell.needs else "")
    return "black box: asks it, and sees its answers" if "queries" in cell.needs else "none of it"


def limit(cell: CellSummary) -> str:
    """What bounds the change."""
    if not cell.options:
        return UNRECORDED
    norm = cell.options.get("norm")
    return NORMS.get(norm, norm) if norm else "by its own options"


def effort(cell: CellSummary) -> str:
    """How hard it tries: its options, as the suite would write them, those left out that are not set."""
    told = (f"{name}: {value}" for name, value in cell.options.items() if name != "norm" and value != "null")
    return ", ".join(told) if cell.options else UNRECORDED


def stood(record: Record) -> list[Asked]:
    """Every cell under attack, in the order of the record."""
    return asked(record, lambda cell: cell.kind in SOUGHT)


@dataclass(frozen=True, slots=True)
class Reach:
    """What one figure shows: all attacks on one data set by one norm."""

    name: str
    scale_name: str
    attacks: tuple[Attack, ...]
    clean: float | None
    chance: float | None
    grey: bool
    """Whether the suite writes its epsilons in grey values, `8/255`."""


def reaches(record: Record) -> list[Reach]:
    """Accuracy against epsilon, a figure for each data set and norm, as far as there is anything to draw a line of."""
    groups: dict[tuple[str | None, str | None], list[CellSummary]] = {}
    for cell in sought(record):
        if scale_name(cell) == "epsilon" and finite(cell.severity) is not None and finite(cell.accuracy) is not None:
            groups.setdefault((cell.data, cell.options.get("norm")), []).append(cell)
    clean, classes = clean_cell(record), record.model.classes if record.model else ()
    found = []
    for (data, norm), cells in groups.items():
        attacks = sorted((attack(*one) for one in by_series(cells).items()), key=lambda one: not one.steps)
        if any(one.steps for one in attacks) or len({one.epsilon for a in attacks for one in a.struck}) > 1:
            unit = NORMS.get(norm or "", "").partition(",")[0]
            found.append(
                Reach(
                    name=", ".join(filter(None, (f"attacks on “{data}”" if data else "attacks", unit))),
                    scale_name=f"epsilon ({unit}, pixels between 0 and 1)" if unit else "epsilon",
                    attacks=tuple(attacks),
                    clean=finite(clean.accuracy) if clean and clean.data == data else None,
                    chance=1 / len(classes) if classes else None,
                    grey=all(level_name(cell).endswith("/255") for cell in cells),
                )
            )
    return found


def attack(name: Series, cells: list[CellSummary]) -> Attack:
    """One series as the figure draws it: the curve over all epsilons is that of its cell with the most rows."""
    largest = max(cells, key=lambda cell: (len(cell.accuracy_by_epsilon) > 0, cell.n))
    struck = tuple(
        Struck(cell.severity, cell.accuracy, span(cell.accuracy_interval))
        for cell in cells
        if cell.severity is not None and cell.accuracy is not None
    )
    steps = tuple(step for step in largest.accuracy_by_epsilon if all(map(math.isfinite, step)))
    return Attack(harmless("::".join(name)), struck, steps)
