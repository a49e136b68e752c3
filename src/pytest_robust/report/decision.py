"""The answer of section 2: release or not, why, and what next. The word itself is `risk.gate.decide`'s."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_robust.record import Outcome, Record, Verdict
from pytest_robust.report.checks import worst_first
from pytest_robust.report.words import count, roughly
from pytest_robust.risk.gate import Word, decide, turns_red

OUTCOMES: tuple[Outcome, ...] = ("FAIL", "INCONCLUSIVE", "PASS", "ERROR", "NOT RUN")
MEANING = {
    "GO": "Every claim of the suite is proven, at the stated error.",
    "NO-GO": "At least one claim of the suite is disproved, at the stated error.",
    "NOT PROVEN": "No claim is disproved, but not every claim is proven.",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What the banner says."""

    word: Word
    meaning: str
    counts: tuple[tuple[Outcome, int], ...]
    why: tuple[str, ...]
    next: tuple[str, ...]
    worst: tuple[Verdict, ...]
    red: tuple[tuple[str, int], ...]
    """How many checks turn the run red, by gate."""
    known: int
    """Failures that the suite's owner wrote down as known."""
    began_to_hold: tuple[Verdict, ...]
    """Known weaknesses that hold now."""


def answer(record: Record) -> Decision:
    """Read the verdicts of a record."""
    verdicts = record.verdicts
    counts = {outcome: sum(v.outcome == outcome for v in verdicts) for outcome in OUTCOMES}
    known = sum(v.outcome == "FAIL" and v.xfail is not None for v in verdicts)
    held = tuple(v for v in verdicts if v.outcome == "PASS" and v.xfail is not None)
    word = decide(verdicts)
    return Decision(
        word=word,
        meaning=MEANING[word] if verdicts else "The record holds no check at all, so nothing is proven.",
        counts=tuple(counts.items()),
        why=tuple(reasons(record, counts, known)),
        next=tuple(steps(verdicts, counts, known, held, interrupted=record.run.interrupted)),
        worst=tuple(worst_first(v for v in verdicts if v.outcome == "FAIL")[:3]),
        red=tuple((gate, sum(turns_red(v, gate) for v in verdicts)) for gate in ("regression", "release")),
        known=known,
        began_to_hold=held,
    )


def reasons(record: Record, counts: dict[Outcome, int], known: int) -> list[str]:
    """Why not simply GO, one line an obstacle."""
    found = []
    total = len(record.verdicts)
    if failed := counts["FAIL"]:
        new = failed - known
        share = (
            "all of them known weaknesses"
            if not new
            else "none of them known before"
            if not known
            else f"{count(known, 'known weakness', 'known weaknesses')} and {new:,} not known before"
        )
        found.append(f"{count(failed, 'claim')} of {total:,} disproved: {share}.")
    if open_ := counts["INCONCLUSIVE"]:
        found.append(f"{count(open_, 'claim')} neither proven nor disproved with the images given.")
    if errors := counts["ERROR"]:
        found.append(f"{count(errors, 'check')} ended in an error, which is no verdict on the model.")
    if missing := counts["NOT RUN"]:
        found.append(f"{count(missing, 'check')} did not run.")
    if record.run.interrupted:
        found.append("The run was interrupted before it was complete.")
    return found


def steps(
    verdicts: Sequence[Verdict], counts: dict[Outcome, int], known: int, held: Sequence[Verdict], *, interrupted: bool
) -> list[str]:
    """What to do about it, one line a remedy."""
    found = []
    if counts["FAIL"] > known:
        found.append("Mend the model for the new failures of section 3, or narrow what the release claims.")
    if known:
        found.append("Decide on the known weaknesses: mended, outside the operating conditions, or accepted by name.")
    needed = [v.rows_needed for v in verdicts if v.outcome == "INCONCLUSIVE" and v.rows_needed is not None]
    if needed:
        least, most = min(needed), max(needed)
        found.append(
            f"Add images for {count(len(needed), 'open claim')}: about {roughly(least)}"
            f"{f' to {roughly(most)}' if most > least else ''} more would settle one, at its present estimate."
            " Where that is too many, claim less."
        )
    if hopeless := counts["INCONCLUSIVE"] - len(needed):
        found.append(
            f"Look at {count(hopeless, 'open claim')} that no number of images would settle at the present estimate."
        )
    if counts["ERROR"]:
        found.append("Remove the cause of the errors of section 13 and run again.")
    if counts["NOT RUN"]:
        found.append(
            "Run the suite again: it resumes where it stopped."
            if interrupted
            else "Make the checks of section 13 run, or take them out of the suite."
        )
    if held:
        found.append(f"Take the xfail mark off {count(len(held), 'claim')} that now hold{'s' * (len(held) == 1)}.")
    if not found:
        found.append("Read section 13 for what was not measured, then sign below.")
    return found
