"""Why a release is not simply GO, and what would change that: one line an obstacle, one line a remedy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_robust.record import Change, DataSet, Hazard, Outcome, Overlap, Record, Requirement, Verdict, Waiver
from pytest_robust.report.words import count, roughly
from pytest_robust.risk.gate import red_checks, regressed, unsupported
from pytest_robust.risk.lineage import shared, unread
from pytest_robust.risk.requirements import Finding, evaluate, missing, to_sign
from pytest_robust.risk.tier import tier_of
from pytest_robust.risk.waivers import expired, waived

FEW = 3
"""Remedies of missing requirements that are named here; the table of section 2 has all."""


@dataclass(frozen=True, slots=True)
class Open:
    """What stands between a record and GO, and what a waiver takes out of the way."""

    verdicts: list[Verdict]
    """Neither proven nor waived."""
    waived: dict[str, Waiver]
    expired: list[Waiver]
    worse: list[Change]
    shared: list[Overlap]
    """Data sets with rows that the model was trained on."""
    unread: list[DataSet]
    """Data sets with rows that could not be read."""
    unsupported: list[tuple[Hazard, Requirement | None]]
    held: list[Verdict]
    """Known weaknesses that hold now."""
    findings: tuple[Finding, ...]
    signers: int
    """How many have signed."""

    @classmethod
    def of(cls, record: Record, signers: int) -> Open:
        """What there is in a record."""
        return cls(
            verdicts=red_checks(record, "release"),
            waived=waived(record),
            expired=expired(record),
            worse=regressed(record),
            shared=shared(record),
            unread=unread(record),
            unsupported=unsupported(record),
            held=[v for v in record.verdicts if v.outcome == "PASS" and v.xfail is not None],
            findings=evaluate(record, signers),
            signers=signers,
        )

    def of_outcome(self, outcome: Outcome) -> list[Verdict]:
        """The open checks that ended so."""
        return [verdict for verdict in self.verdicts if verdict.outcome == outcome]


def reasons(record: Record, open_: Open) -> Iterator[str]:
    """Why not simply GO."""
    if failed := open_.of_outcome("FAIL"):
        known = sum(verdict.xfail is not None for verdict in failed)
        share = (
            "all of them known weaknesses"
            if known == len(failed)
            else "none of them known before"
            if not known
            else f"{count(known, 'known weakness', 'known weaknesses')} and {len(failed) - known:,} not known before"
        )
        yield f"{count(len(failed), 'claim')} of {len(record.verdicts):,} disproved: {share}."
    if open_.worse:
        yield f"{count(len(open_.worse), 'cell')} proven to be worse than in the baseline: see section 10."
    if lapsed := open_.expired:
        names = ", ".join(dict.fromkeys(waiver.owner for waiver in lapsed))
        yield f"{count(len(lapsed), 'waiver')} of {names} expired: red until removed or renewed, section 14."
    for overlap in open_.shared:
        rows = f"{overlap.exact:,} of {overlap.rows:,} rows of {overlap.data} are training rows"
        yield f"{rows}: what the model answers to them says nothing of new ones."
    for data in open_.unread:
        rows = f"{data.unreadable:,} of {data.rows + data.unreadable:,} rows of {data.name}"
        yield f"{rows} could not be read: every verdict speaks of the others alone, see section 11."
    if unsettled := open_.of_outcome("INCONCLUSIVE"):
        yield f"{count(len(unsettled), 'claim')} neither proven nor disproved with the images given."
    if errors := open_.of_outcome("ERROR"):
        yield f"{count(len(errors), 'check')} ended in an error, which is no verdict on the model."
    if left := open_.of_outcome("NOT RUN"):
        yield f"{count(len(left), 'check')} did not run."
    if lacking := missing(open_.findings):
        assert record.risk is not None
        names = ", ".join(one.requirement.name for one in lacking)
        needs = count(len(open_.findings), "requirement")
        yield f"Tier {tier_of(record.risk).number} misses {len(lacking)} of {needs}: {names}."
    if open_.unsupported:
        yield f"{count(len(open_.unsupported), 'requirement')} of section 4 without any check."
    if record.run.interrupted:
        yield "The run was interrupted before it was complete."


def steps(record: Record, open_: Open) -> list[str]:
    """What to do about it, one line a remedy; to sign where nothing else is left."""
    found = [*_for_claims(record, open_), *_for_release(open_)]
    if not found and not open_.signers:
        found.append("Read section 13 for what was not measured, then sign below.")
    if record.risk is not None and to_sign(open_.findings):
        needed = "two signatures" if tier_of(record.risk).signers == 2 else "a signature"
        found.append(f"Have this record signed: the tier needs {needed}, see section 2.")
    return found or ["Act on the decision that is signed in section 2."]


def _for_claims(record: Record, open_: Open) -> Iterator[str]:
    failed = open_.of_outcome("FAIL")
    known = sum(verdict.xfail is not None for verdict in failed)
    if len(failed) > known:
        yield "Mend the model for the new failures of section 3, or narrow what the release claims."
    if open_.worse:
        yield "Mend what got worse since the baseline, or accept it: make this run the next baseline."
    if known:
        yield "Decide on the known weaknesses: mended, outside the operating conditions, or waived by name."
    unsettled = open_.of_outcome("INCONCLUSIVE")
    needed = [verdict.rows_needed for verdict in unsettled if verdict.rows_needed is not None]
    if needed:
        least, most = min(needed), max(needed)
        yield (
            f"Add images for {count(len(needed), 'open claim')}: about {roughly(least)}"
            f"{f' to {roughly(most)}' if most > least else ''} more would settle one, at its present estimate."
            " Where that is too many, claim less."
        )
    if hopeless := len(unsettled) - len(needed):
        yield f"Look at {count(hopeless, 'open claim')} that no number of images would settle at the present estimate."
    if open_.of_outcome("ERROR"):
        yield "Remove the cause of the errors of section 13 and run again."
    if open_.of_outcome("NOT RUN"):
        yield (
            "Run the suite again: it resumes where it stopped."
            if record.run.interrupted
            else "Make the checks of section 13 run, or take them out of the suite."
        )
    if open_.held:
        yield f"Take the xfail mark off {count(len(open_.held), 'claim')} that now hold{'s' * (len(open_.held) == 1)}."


def _for_release(open_: Open) -> Iterator[str]:
    if open_.expired:
        yield f"Remove or renew {count(len(open_.expired), 'expired waiver')} of section 14."
    if open_.shared:
        yield "Take the training rows out of the test data and run again."
    if open_.unread:
        yield "Mend the rows of section 11 that cannot be read, or take them out of the data, and run again."
    lacking = missing(open_.findings)
    for one in lacking[:FEW]:
        yield f"For the tier’s {one.requirement.name}: {one.found.remedy}."
    if len(lacking) > FEW:
        yield f"See section 2 for {count(len(lacking) - FEW, 'requirement')} more of the tier."
    if open_.unsupported:
        yield f"Give evidence for {count(len(open_.unsupported), 'requirement')} of section 4."
