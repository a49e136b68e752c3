"""Inputs that have no right answer: section 7, unfamiliar ones and ambiguous ones, each with what was claimed of it."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass

from pytest_robust.record import CellSummary, Record, Verdict
from pytest_robust.report.cells import Asked, Series, asked, by_series, level_name, scale_name
from pytest_robust.report.figures.doubt import Rung
from pytest_robust.report.words import finite, span

UNFAMILIAR = frozenset({"unfamiliar"})
AMBIGUOUS = frozenset({"order", "parents", "posterior", "votes"})
"""What is known of an input that may be one thing or another."""

MEANS = {
    (">=", "PASS"): "Graceful: at least {:g} % are proven not to be answered at random.",
    (">=", "FAIL"): "Guessing: it is disproved that {:g} % are answered otherwise than at random.",
    ("<=", "PASS"): "Guessing: at most {:g} % are proven to be answered otherwise than at random.",
    ("<=", "FAIL"): "Graceful: more than {:g} % are proven not to be answered at random.",
}
"""What a verdict on `not_random` says, by what was claimed."""


def of_truths(record: Record, truths: Set[str]) -> list[Asked]:
    """The cells of inputs of which this is known, in the order of the record."""
    return asked(record, lambda cell: cell.truth in truths)


def guessing(claims: Iterable[Verdict]) -> str:
    """Whether the model guesses or fails gracefully, by the verdict on `not_random`; empty where nobody asked."""
    for verdict in claims:
        threshold = finite(verdict.threshold)
        if verdict.property == "not_random" and threshold is not None:
            told = MEANS.get((verdict.operator or "", verdict.outcome))
            return told.format(100 * threshold) if told else f"{verdict.outcome}: neither is proven."
    return ""


@dataclass(frozen=True, slots=True)
class Ladder:
    """What the figure of an ambiguous series shows."""

    series: Series
    scale_name: str
    rungs: tuple[Rung, ...]


def ladders(record: Record) -> list[Ladder]:
    """Entropy against level for each ambiguous series with two levels or more, with the mass on its two classes."""
    mass = {f"{v.scenario}::{v.cell}": v for v in record.verdicts if v.property == "mass_on_parents"}
    found = []
    for name, cells in by_series(cell for cell in record.cells if cell.truth in AMBIGUOUS).items():
        rungs = tuple(rung for cell in cells if (rung := rung_of(cell, mass.get(cell.id))))
        if len({rung.value for rung in rungs}) > 1:
            found.append(Ladder(name, scale_name(cells[0]), rungs))
    return found


def rung_of(cell: CellSummary, mass: Verdict | None) -> Rung | None:
    """The cell as a point of a curve, where it has a level and an entropy."""
    value, entropy = finite(cell.severity), finite(cell.mean_entropy)
    if value is None or entropy is None:
        return None
    held = (None, None) if mass is None else (finite(mass.estimate), span(mass.interval))
    return Rung(value, level_name(cell), entropy, *held)
