"""The answer of section 2: release or not, why, and what next. The word itself is `risk.gate.decide`'s."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_robust.record import Change, Gate, Outcome, Record, Verdict, Waiver
from pytest_robust.report.checks import worst_first
from pytest_robust.report.reasons import Open, reasons, steps
from pytest_robust.report.words import count
from pytest_robust.risk.gate import Word, decide, red_checks
from pytest_robust.risk.requirements import Finding, missing
from pytest_robust.risk.tier import Tier, derivation, tier_of

OUTCOMES: tuple[Outcome, ...] = ("FAIL", "INCONCLUSIVE", "PASS", "ERROR", "NOT RUN")
MEANING = {
    "GO": "Every claim of the suite is proven, at the stated error.",
    "NO-GO": "At least one claim of the suite is disproved, at the stated error.",
    "NOT PROVEN": "No claim is disproved, but not every claim is proven.",
}


@dataclass(frozen=True, slots=True)
class GateState:
    """What turns a run red under one gate."""

    gate: Gate
    checks: int
    besides: tuple[str, ...]

    @property
    def red(self) -> bool:
        """Whether anything does."""
        return bool(self.checks or self.besides)


@dataclass(frozen=True, slots=True)
class Decision:
    """What the banner says."""

    word: Word
    meaning: str
    counts: tuple[tuple[Outcome, int], ...]
    why: tuple[str, ...]
    next: tuple[str, ...]
    worst: tuple[Verdict, ...]
    gates: tuple[GateState, ...]
    waived: dict[str, Waiver]
    """The checks that a waiver takes out of the red, by id."""
    expired: tuple[Waiver, ...]
    known: int
    """Failures that the suite's owner wrote down as known."""
    began_to_hold: tuple[Verdict, ...]
    """Known weaknesses that hold now."""
    regressed: tuple[Change, ...]
    """Cells that are proven to be worse than in the baseline."""
    tier: Tier | None
    """None where the suite does not state its risk."""
    derivation: str
    """How the tier came about."""
    findings: tuple[Finding, ...]
    """What the tier requires, and what there is of it."""


def answer(record: Record, signers: int = 0) -> Decision:
    """Read a record that so many people have signed."""
    verdicts, risk = record.verdicts, record.risk
    open_ = Open.of(record, signers)
    word = decide(record)
    return Decision(
        word=word,
        meaning=meaning(record, word, open_),
        counts=tuple((outcome, sum(v.outcome == outcome for v in verdicts)) for outcome in OUTCOMES),
        why=tuple(reasons(record, open_)),
        next=tuple(steps(record, open_)),
        worst=tuple(worst_first(open_.of_outcome("FAIL"))[:3]),
        gates=(
            GateState("regression", len(red_checks(record, "regression")), tuple(besides(open_))),
            GateState("release", len(open_.verdicts), (*besides(open_), *besides_for_release(record, open_))),
        ),
        waived=open_.waived,
        expired=tuple(open_.expired),
        known=sum(v.outcome == "FAIL" and v.xfail is not None for v in verdicts),
        began_to_hold=tuple(open_.held),
        regressed=tuple(open_.worse),
        tier=None if risk is None else tier_of(risk),
        derivation="" if risk is None else derivation(risk),
        findings=open_.findings,
    )


def besides(open_: Open) -> Iterator[str]:
    """What turns a run red besides its checks, under either gate."""
    if open_.worse:
        yield f"{count(len(open_.worse), 'cell')} worse than in the baseline"
    if open_.expired:
        yield f"{count(len(open_.expired), 'waiver')} expired"


def besides_for_release(record: Record, open_: Open) -> Iterator[str]:
    """What keeps a release from GO besides that."""
    if lacking := missing(open_.findings):
        yield f"{count(len(lacking), 'requirement')} of the tier missing"
    if open_.unsupported:
        yield f"{count(len(open_.unsupported), 'requirement')} without any check"
    if open_.shared:
        yield "training rows among the test rows"
    if open_.unread:
        yield "rows that cannot be read"
    if not any(verdict.outcome == "PASS" for verdict in record.verdicts):
        yield "nothing proven"


def meaning(record: Record, word: Word, open_: Open) -> str:
    """The word in a sentence."""
    if not record.verdicts:
        return "The record holds no check at all, so nothing is proven."
    if word == "GO" and open_.waived:
        return f"Every claim of the suite is proven or waived: {count(len(open_.waived), 'check')} waived, section 14."
    if word == "NO-GO" and not open_.of_outcome("FAIL"):
        return "No claim is disproved, but something is proven to be worse than in the baseline."
    if word == "NOT PROVEN" and not open_.verdicts:
        return "No claim is left open, but the release needs more than its claims."
    return MEANING[word]
