"""Section 4: from each hazard by way of its requirements to the claims that give evidence, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from pytest_robust.record import Outcome, Place, Record, Verdict
from pytest_robust.report.checks import worst_first
from pytest_robust.risk.waivers import waived

WORST: tuple[Outcome, ...] = ("FAIL", "ERROR", "NOT RUN", "INCONCLUSIVE", "PASS")
"""Outcomes, worst first."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One claim in all the cells in which a requirement rests on it."""

    claim: str
    verdicts: tuple[Verdict, ...]
    """Worst first."""
    waived: int
    outcome: Outcome
    """The worst that is not waived; of all where all are."""

    @property
    def passed(self) -> int:
        """How many are proven."""
        return sum(verdict.outcome == "PASS" for verdict in self.verdicts)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the matrix. Hazard and requirement are told once, with how many rows they go on for."""

    hazard: str
    harm: str
    requirement: str
    place: Place | None
    claimed: Claimed | None
    """None where no check gives evidence."""
    hazard_rows: int = 0
    requirement_rows: int = 0


@dataclass(frozen=True, slots=True)
class Matrix:
    """The rows by hazard, and what was left out of them."""

    groups: list[list[Row]]
    left_out: int
    stated: bool
    """Whether the suite states hazards; if not, its scenarios stand for them."""
    empty: int
    """Requirements without any check."""


def matrix(record: Record, most: int) -> Matrix:
    """The matrix of at most so many rows."""
    excused = set(waived(record))
    rows = list(_of_hazards(record, excused) if record.hazards else _of_scenarios(record, excused))
    groups = [_spanned(group) for group in _runs(rows[:most])]
    empty = sum(row.claimed is None for row in rows)
    return Matrix(groups, max(len(rows) - most, 0), bool(record.hazards), empty)


def _of_hazards(record: Record, excused: set[str]) -> Iterator[Row]:
    by_id = {verdict.id: verdict for verdict in record.verdicts}
    for hazard in record.hazards:
        if not hazard.requirements:
            yield Row(hazard.name, hazard.harm, "no requirement is stated", hazard.place, None)
        for one in hazard.requirements:
            found = [by_id[check] for check in one.checks if check in by_id]
            for claimed in _claims(found, excused):
                yield Row(hazard.name, hazard.harm, one.text, one.place, claimed)
            if not found:
                yield Row(hazard.name, hazard.harm, one.text, one.place, None)


def _of_scenarios(record: Record, excused: set[str]) -> Iterator[Row]:
    risks: dict[str, dict[str, None]] = {}
    for cell in record.cells:
        if cell.risk is not None:
            risks.setdefault(cell.scenario, {})[cell.risk] = None
    by_scenario: dict[str, list[Verdict]] = {}
    for verdict in record.verdicts:
        by_scenario.setdefault(verdict.scenario, []).append(verdict)
    for scenario, found in by_scenario.items():
        told = " ".join(risks.get(scenario, ())) or "what its generators stand for was not recorded"
        for claimed in _claims(found, excused):
            yield Row(scenario, record.suite.scenarios.get(scenario, ""), told, None, claimed)


def _claims(verdicts: Iterable[Verdict], excused: set[str]) -> list[Claimed]:
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault(" ".join(verdict.claim.split()), []).append(verdict)
    found = []
    for claim, group in groups.items():
        counted = [one for one in group if one.id not in excused] or group
        outcome = next(outcome for outcome in WORST if any(one.outcome == outcome for one in counted))
        shown = sorted(worst_first(group), key=lambda one: WORST.index(one.outcome))
        found.append(Claimed(claim, tuple(shown), sum(one.id in excused for one in group), outcome))
    return found


def _runs(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """The rows of each hazard, which stand together."""
    for _, group in groupby(rows, key=lambda row: row.hazard):
        yield list(group)


def _spanned(rows: list[Row]) -> list[Row]:
    """The rows of one hazard; the first says how many there are, and so does the first of each requirement."""
    found: list[Row] = []
    start = 0
    for place, row in enumerate(rows):
        first = not place or (row.requirement, row.place) != (rows[place - 1].requirement, rows[place - 1].place)
        found.append(replace(row, hazard_rows=len(rows) if not place else 0, requirement_rows=1 if first else 0))
        if first:
            start = place
        else:
            found[start] = replace(found[start], requirement_rows=found[start].requirement_rows + 1)
    return found
