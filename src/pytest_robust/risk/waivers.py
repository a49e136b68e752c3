"""Waivers: whose word takes which verdicts out of the red, and for how long.

A waiver holds to the end of its last day, UTC. Until then FAIL, INCONCLUSIVE and NOT RUN of its checks turn no run red
and stand in the way of no release; an ERROR is no verdict, and cannot be waived. After that day the waiver itself is
red, whether or not its checks pass, until its owner removes or renews it: no risk is accepted for ever by forgetting.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from pytest_robust.record import Outcome, Record, Verdict, Waiver

EXCUSED: frozenset[Outcome] = frozenset({"FAIL", "INCONCLUSIVE", "NOT RUN"})
"""Outcomes that a waiver takes out of the red."""


def day_of(started: str) -> date | None:
    """The day, UTC, of a time as a record writes it; None for what is no time.

    >>> day_of("2026-12-31T23:30:00-02:00"), day_of("yesterday")
    (datetime.date(2027, 1, 1), None)
    """
    try:
        found = datetime.fromisoformat(started)
    except ValueError:
        return None
    return found.astimezone(UTC).date() if found.tzinfo else found.date()


def days_left(waiver: Waiver, day: date | None) -> int | None:
    """How many days it still holds after this one; below 0 once it is expired. None where that cannot be told."""
    last = day_of(waiver.expires)
    return None if last is None or day is None else (last - day).days


def holds(waiver: Waiver, day: date | None) -> bool:
    """Whether it holds on this day. A waiver of which that cannot be told does not."""
    left = days_left(waiver, day)
    return left is not None and left >= 0


def covering(waivers: Iterable[Waiver], day: date | None) -> dict[str, Waiver]:
    """The waiver that covers each check on this day, by the check's id: of several, the one that holds longest."""
    found: dict[str, Waiver] = {}
    for waiver in waivers:
        if holds(waiver, day):
            for check in waiver.checks:
                if check not in found or waiver.expires > found[check].expires:
                    found[check] = waiver
    return found


def excuses(waiver: Waiver | None, verdict: Verdict) -> bool:
    """Whether a waiver that covers a check takes this verdict out of the red."""
    return waiver is not None and verdict.outcome in EXCUSED


def waived(record: Record) -> dict[str, Waiver]:
    """The verdicts of a record that a waiver takes out of the red, by id, with that waiver."""
    cover = covering(record.waivers, day_of(record.run.started))
    return {one.id: cover[one.id] for one in record.verdicts if excuses(cover.get(one.id), one)}


def expired(record: Record) -> list[Waiver]:
    """The waivers that no longer held on the day of the run. Each fails it, under either gate."""
    day = day_of(record.run.started)
    return [waiver for waiver in record.waivers if not holds(waiver, day)]
