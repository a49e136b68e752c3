"""What a record means for a run and for a release. Two gates read the same verdicts."""

from __future__ import annotations

from typing import Literal

from pytest_robust.record import Change, Gate, Hazard, Record, Requirement, Verdict, Waiver
from pytest_robust.risk.lineage import shared, unread
from pytest_robust.risk.requirements import evaluate, missing
from pytest_robust.risk.waivers import excuses, expired, waived

Word = Literal["GO", "NO-GO", "NOT PROVEN"]


def turns_red(verdict: Verdict, gate: Gate, waiver: Waiver | None = None) -> bool:
    """Whether this verdict alone fails the run. `waiver` is the one that covers its check on the day of the run.

    `regression`, for a pull request: FAIL and ERROR are red; a weakness that its owner wrote down (`xfail`) is red when
    it begins to hold, so that the suite is kept true. `release`, for a sign-off: only PASS is green. What is waived is
    green under both.
    """
    if excuses(waiver, verdict):
        return False
    if gate == "release":
        return verdict.outcome != "PASS"
    if verdict.outcome == "ERROR":
        return True
    return verdict.outcome == ("FAIL" if verdict.xfail is None else "PASS")


def red_checks(record: Record, gate: Gate) -> list[Verdict]:
    """The verdicts that fail the run."""
    excused = waived(record)
    return [verdict for verdict in record.verdicts if turns_red(verdict, gate, excused.get(verdict.id))]


def regressed(record: Record) -> list[Change]:
    """The cells that are proven to be worse than in the baseline. Each fails the run, under either gate."""
    return [] if record.comparison is None else [one for one in record.comparison.changes if one.trend == "REGRESSED"]


def unsupported(record: Record) -> list[tuple[Hazard, Requirement | None]]:
    """Requirements without any check, and hazards without a requirement: nothing was proven of them."""
    found: list[tuple[Hazard, Requirement | None]] = []
    for hazard in record.hazards:
        found += [(hazard, one) for one in hazard.requirements if not one.checks]
        found += [] if hazard.requirements else [(hazard, None)]
    return found


def is_red(record: Record, gate: Gate) -> bool:
    """Whether anything in a record fails the run. The release gate is green exactly where the word is GO."""
    if gate == "release":
        return decide(record) != "GO"
    return bool(regressed(record) or expired(record) or red_checks(record, gate))


def decide(record: Record) -> Word:
    """The word for a release.

    NO-GO when any claim is disproved and not waived, or anything is proven to be worse than in the baseline. GO when
    every claim is proven or waived, at least one of them proven, and nothing else is in the way: an expired waiver, a
    requirement without a check, one of the tier's that is missing, a test row that is a training row, or one that could
    not be read. Else NOT PROVEN.

    A known weakness is still a weakness; a check that ended in ERROR or did not run proves nothing.
    """
    open_ = {verdict.outcome for verdict in red_checks(record, "release")}
    if "FAIL" in open_ or regressed(record):
        return "NO-GO"
    proven = any(verdict.outcome == "PASS" for verdict in record.verdicts)
    lacking = expired(record) or unsupported(record) or missing(evaluate(record)) or shared(record) or unread(record)
    return "GO" if proven and not open_ and not lacking else "NOT PROVEN"
