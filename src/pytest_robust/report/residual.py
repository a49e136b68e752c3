"""Section 14: what a release would accept. Waivers first, then what no waiver covers."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_robust.record import Record, Verdict, Waiver
from pytest_robust.risk.gate import red_checks
from pytest_robust.risk.waivers import day_of, days_left, holds, waived


@dataclass(frozen=True, slots=True)
class Waived:
    """A waiver on the day of the run."""

    waiver: Waiver
    holds: bool
    days_left: int | None
    """None where that cannot be told."""
    excused: list[Verdict]
    """The verdicts that it takes out of the red."""


@dataclass(frozen=True, slots=True)
class Residual:
    """What is accepted, and what is left open without anybody's word."""

    waivers: list[Waived]
    """Expired ones first."""
    known: list[Verdict]
    """Known weaknesses that no waiver covers."""
    unproven: list[Verdict]
    """Claims that are not proven, for other reasons than that they are known not to hold."""


def residual(record: Record) -> Residual:
    """What is left of the risk in a record."""
    day, excused = day_of(record.run.started), waived(record)
    covered: dict[int, list[Verdict]] = {}
    for verdict in record.verdicts:
        if verdict.id in excused:
            covered.setdefault(id(excused[verdict.id]), []).append(verdict)
    waivers = [
        Waived(waiver, holds(waiver, day), days_left(waiver, day), covered.get(id(waiver), []))
        for waiver in record.waivers
    ]
    known, unproven = [], []
    for verdict in red_checks(record, "release"):
        if verdict.xfail and verdict.outcome in ("FAIL", "INCONCLUSIVE"):
            known.append(verdict)
        elif verdict.outcome != "FAIL":  # new failures are told of in section 3
            unproven.append(verdict)
    return Residual(sorted(waivers, key=lambda one: one.holds), known, unproven)
