"""The last words of a run in the terminal, made from the record alone. Silent where nothing was recorded."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_robust.pytest_support.words import claimed, count, harmless, more_rows, observed
from pytest_robust.record import Gate, Record, Verdict
from pytest_robust.risk.gate import decide, turns_red

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

INDENT = " " * 4


@dataclass(frozen=True, slots=True)
class Written:
    """A record, and where its files went."""

    suite: str
    """Node id of the suite file."""
    record: Record
    paths: dict[str, str]
    """`record` and `report`, those that could be written."""
    problem: str | None = None
    """Why the others could not."""


def summarise(terminal: TerminalReporter, written: Written, gate: Gate) -> None:
    """Print the summary of one suite."""
    record = written.record
    width = max(terminal.config.get_terminal_writer().fullwidth, 80)
    terminal.section(f"robust: {harmless(written.suite)}", bold=True)
    terminal.line(_identity(record))
    for heading, colour, lines in sections(record, verbose=terminal.config.get_verbosity() > 0, width=width):
        terminal.line(heading, **{colour: True, "bold": True})
        for line in lines:
            terminal.line(line)
    red = any(turns_red(verdict, gate) for verdict in record.verdicts)
    terminal.line(tally(record))
    terminal.line(judgement(record, gate), **{"red" if red else "green": True, "bold": True})
    for warning in record.run.warnings:
        terminal.line(f"warning: {harmless(warning)}", yellow=True)
    for kind in ("report", "record"):
        if kind in written.paths:
            terminal.line(f"{kind}  {written.paths[kind]}")
    if written.problem:
        terminal.line(f"ERROR: {written.problem}", red=True)


def sections(record: Record, *, verbose: bool, width: int) -> Iterator[tuple[str, str, list[str]]]:
    """Heading, colour and lines of each group that has any: what a person must act on first."""
    groups: list[tuple[str, str, Callable[[Verdict], bool], Callable[[Verdict], str]]] = [
        ("fails", "red", lambda it: it.outcome == "FAIL" and not it.xfail, lambda it: f"observed {observed(it)}"),
        (
            "known weaknesses that hold now",
            "red",
            lambda it: it.outcome == "PASS" and bool(it.xfail),
            lambda it: f"observed {observed(it)}  remove its xfail: {harmless(it.xfail or '')!r}",
        ),
        (
            "known weaknesses",
            "yellow",
            lambda it: it.outcome in ("FAIL", "INCONCLUSIVE") and bool(it.xfail),
            lambda it: f"{it.outcome}  observed {observed(it)}  {harmless(it.xfail or '')!r}",
        ),
        (
            "not proven",
            "yellow",
            lambda it: it.outcome == "INCONCLUSIVE" and not it.xfail,
            lambda it: f"observed {observed(it)}  {more_rows(it)}",
        ),
    ]
    for heading, colour, belongs, tell in groups:
        found = worst_first([verdict for verdict in record.verdicts if belongs(verdict)])
        if found:
            yield heading, colour, table(found, tell)
    for heading, colour, outcome in (("not run", "yellow", "NOT RUN"), ("errors", "red", "ERROR")):
        found = [verdict for verdict in record.verdicts if verdict.outcome == outcome]
        if found:
            yield heading, colour, list(by_reason(found, verbose=verbose, width=width))


def table(verdicts: Sequence[Verdict], tell: Callable[[Verdict], str]) -> list[str]:
    """One line a verdict: what, claim, finding, place."""
    ids = max(len(verdict.id) for verdict in verdicts)
    claims = max(len(claimed(verdict)) for verdict in verdicts)
    return [
        f"{INDENT}{verdict.id:{ids}}  {claimed(verdict):{claims}}  {tell(verdict)}  "
        f"{verdict.place.path}:{verdict.place.line}"
        for verdict in verdicts
    ]


def by_reason(verdicts: Sequence[Verdict], *, verbose: bool, width: int) -> Iterator[str]:
    """Each reason once, with the checks that it concerns; those that the user chose to leave out with `-v` only."""
    groups: dict[str, list[str]] = {}
    for verdict in verdicts:
        groups.setdefault(verdict.reason or "no reason given", []).append(verdict.id)
    for reason, ids in groups.items():
        first, *others = harmless(reason).splitlines()
        yield f"{INDENT}{count(len(ids), 'check')}: {first}"
        yield from (f"{INDENT}  {line}" for line in others)
        if reason.startswith("not selected") and not verbose:
            yield f"{INDENT}  (-v names them, and so does the report)"
        else:
            yield from textwrap.wrap(
                "  ".join(ids),
                width,
                initial_indent=INDENT * 2,
                subsequent_indent=INDENT * 2,
                break_long_words=False,
                break_on_hyphens=False,
            )


def worst_first(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """By the distance to the threshold, furthest on the wrong side first; those without an estimate lead."""

    def margin(verdict: Verdict) -> float:
        if verdict.estimate is None or verdict.threshold is None:
            return float("-inf")
        distance = verdict.estimate - verdict.threshold
        return distance if verdict.operator == ">=" else -distance

    return sorted(verdicts, key=margin)


def tally(record: Record) -> str:
    """How many of each; a known weakness counts as that alone."""
    known = sum(_known(verdict) for verdict in record.verdicts)
    counts = {
        outcome: sum(verdict.outcome == outcome for verdict in record.verdicts if not _known(verdict))
        for outcome in ("PASS", "FAIL", "INCONCLUSIVE", "NOT RUN", "ERROR")
    }
    parts = [f"{counts['PASS']} PASS", f"{counts['FAIL']} FAIL", f"{known} known"]
    return ", ".join(parts + [f"{counts[outcome]} {outcome}" for outcome in ("INCONCLUSIVE", "NOT RUN", "ERROR")])


def judgement(record: Record, gate: Gate) -> str:
    """What the gate says, and under the regression gate what a release would be told."""
    colour = "red" if any(turns_red(verdict, gate) for verdict in record.verdicts) else "green"
    if record.run.interrupted:
        colour = f"interrupted, {colour} so far"
    word = decide(record.verdicts)
    if gate == "release":
        return f"gate release: {colour}. {word}"
    proven = sum(verdict.outcome == "PASS" for verdict in record.verdicts)
    release = f"A release needs every claim proven, {proven} of {len(record.verdicts)} are: {word}"
    return f"gate regression: {colour}. {release} (--robust-gate release)"


def _known(verdict: Verdict) -> bool:
    return verdict.outcome in ("FAIL", "INCONCLUSIVE") and bool(verdict.xfail)


def _identity(record: Record) -> str:
    model = "no model was loaded"
    if record.model:
        model = f"{harmless(record.model.source)} ({record.model.adapter}, sha256 {record.model.sha256[:12]})"
    data = ", ".join(f"{harmless(data.name)}: {count(data.rows, 'row')}" for data in record.data)
    return f"{model} on {data}" if data else model
