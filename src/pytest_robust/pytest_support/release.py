"""What a release needs besides its claims, as the terminal says it: waivers, and the requirements of the tier."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_robust.pytest_support.words import count, harmless
from pytest_robust.record import Record, Waiver
from pytest_robust.risk.gate import unsupported
from pytest_robust.risk.lineage import shared, unread
from pytest_robust.risk.requirements import evaluate, missing, to_sign
from pytest_robust.risk.tier import tier_of
from pytest_robust.risk.waivers import expired


def waived_by(waiver: Waiver) -> str:
    """Whose word it is, until when and why."""
    return f"waived by {harmless(waiver.owner)} until {harmless(waiver.expires)}: {harmless(waiver.reason)}"


def expired_waivers(record: Record) -> list[str]:
    """A line for each waiver that no longer holds: whose, since when, where."""
    return [
        f"{harmless(waiver.owner)}: expired after {harmless(waiver.expires)}, {count(len(waiver.checks), 'check')}; "
        f"remove or renew it  {waiver.place.path}:{waiver.place.line}:{waiver.place.column}"
        for waiver in expired(record)
    ]


def lacking(record: Record) -> Iterator[str]:
    """What keeps a release from GO though every claim may hold, a line each."""
    for overlap in shared(record):
        yield f"data {harmless(overlap.data)}: {count(overlap.exact, 'row')} of {overlap.rows:,} are training rows"
    for data in unread(record):
        total = data.rows + data.unreadable
        yield f"data {harmless(data.name)}: {count(data.unreadable, 'row')} of {total:,} cannot be read"
    if some := unsupported(record):
        names = ", ".join(dict.fromkeys(harmless(hazard.name) for hazard, _ in some))
        yield f"hazards: {count(len(some), 'requirement')} without any check ({names})"
    if record.risk is not None:
        yield _tier(record)


def _tier(record: Record) -> str:
    assert record.risk is not None
    tier, findings = tier_of(record.risk), evaluate(record)
    grades = f"severity {record.risk.severity}, autonomy {record.risk.autonomy}"
    lacks = missing(findings)
    many = count(len(findings), "requirement")
    said = f"{len(lacks)} of {many} missing ({', '.join(one.requirement.name for one in lacks)})"
    if not lacks:
        said = f"none of {many} missing"
    signatures = f"; to be signed by {max(tier.signers, 1)}" if to_sign(findings) else ""
    return f"tier {tier.number} ({grades}): {said}{signatures}"
