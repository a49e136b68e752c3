"""The last words of a run in the terminal, made from the record alone. Silent where nothing was recorded."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_robust.pytest_support import baselines, profile
from pytest_robust.pytest_support.release import expired_waivers, lacking, waived_by
from pytest_robust.pytest_support.words import claimed, count, harmless, more_rows, observed
from pytest_robust.record import Comparison, Gate, Record, Verdict
from pytest_robust.report.formats import FORMATS
from pytest_robust.risk.gate import decide, is_red, regressed
from pytest_robust.risk.waivers import waived

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

INDENT = " " * 4
FEW_LOOKS = 10
"""So many models judged on the same rows are not worth a line."""


@dataclass(frozen=True, slots=True)
class Written:
    """A record, and where its files went."""

    suite: str
    """Node id of the suite file."""
    record: Record
    paths: dict[str, str]
    """`record`, `report` and the formats asked for besides, those that could be written."""
    problem: str | None = None
    """Why the others could not."""


def summarise(terminal: TerminalReporter, written: Written, gate: Gate) -> None:
    """Print the summary of one suite."""
    record = written.record
    width = max(terminal.config.get_terminal_writer().fullwidth, 80)
    terminal.section(f"robust: {harmless(written.suite)}", bold=True)
    terminal.line(_identity(record))
    if record.comparison is not None:
        _tell_changes(terminal, record.comparison, width)
    for heading, colour, lines in sections(record, verbose=terminal.config.get_verbosity() > 0, width=width):
        terminal.line(heading, **{colour: True, "bold": True})
        for line in lines:
            terminal.line(line)
    red = is_red(record, gate)
    terminal.line(tally(record))
    terminal.line(judgement(record, gate), **{"red" if red else "green": True, "bold": True})
    for line in lacking(record):
        terminal.line(line, yellow=True)
    for line in doubts(record):
        terminal.line(line, yellow=True)
    for line in looks(record):
        terminal.line(line, yellow=True)
    for warning in record.run.warnings:
        terminal.line(f"warning: {harmless(warning)}", yellow=True)
    for kind in ("report", "record", *FORMATS):
        if kind in written.paths:
            terminal.line(f"{kind}  {written.paths[kind]}")
    if written.problem:
        terminal.line(f"ERROR: {written.problem}", red=True)
    if record.run.profile is not None:
        terminal.line("where the time went", bold=True)
        for line in profile.told(record.run.profile):
            terminal.line(line)


def _tell_changes(terminal: TerminalReporter, comparison: Comparison, width: int) -> None:
    verbose = terminal.config.get_verbosity() > 0
    terminal.line(baselines.heading(comparison), bold=True)
    for heading, colour, lines in baselines.sections(comparison, verbose=verbose, width=width):
        terminal.line(heading, **{colour: True, "bold": True})
        for line in lines:
            terminal.line(line)


def sections(record: Record, *, verbose: bool, width: int) -> Iterator[tuple[str, str, list[str]]]:
    """Heading, colour and lines of each group that has any: what a person must act on first."""
    if lapsed := expired_waivers(record):
        yield "expired waivers", "red", [f"{INDENT}{line}" for line in lapsed]
    excused = waived(record)
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
    unexcused = [verdict for verdict in record.verdicts if verdict.id not in excused]
    for heading, colour, belongs, tell in groups:
        found = worst_first([verdict for verdict in unexcused if belongs(verdict)])
        if found:
            yield heading, colour, table(found, tell)
    if excused:
        found = worst_first([verdict for verdict in record.verdicts if verdict.id in excused])
        yield "waived", "yellow", table(found, lambda it: f"{it.outcome}  {waived_by(excused[it.id])}")
    for heading, colour, outcome in (("not run", "yellow", "NOT RUN"), ("errors", "red", "ERROR")):
        found = [verdict for verdict in unexcused if verdict.outcome == outcome]
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


def doubts(record: Record) -> Iterator[str]:
    """One line where an attack may have failed for a reason of its own."""
    found = [cell for cell in record.cells if cell.cautions]
    if found:
        said = harmless(found[0].cautions[0]).splitlines()[0]
        more = f"; and in {count(len(found) - 1, 'cell')} more, see the report" if len(found) > 1 else ""
        yield f"caution: the number may overstate robustness in {harmless(found[0].id)}: {said}{more}"


def looks(record: Record) -> Iterator[str]:
    """One line for each data set on which many models have been judged."""
    for name, many in record.run.looks.items():
        if many > FEW_LOOKS:
            yield (
                f"data {harmless(name)}: {many:,} models judged on these rows, this one included: verdicts on a model "
                "that was chosen by such verdicts are optimistic (robust ledger)"
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
    """How many of each; what is waived, and a known weakness that is not, counts as that alone."""
    excused = waived(record)
    left = [verdict for verdict in record.verdicts if verdict.id not in excused]
    weak = sum(known(verdict) for verdict in left)
    counts = {
        outcome: sum(verdict.outcome == outcome for verdict in left if not known(verdict))
        for outcome in ("PASS", "FAIL", "INCONCLUSIVE", "NOT RUN", "ERROR")
    }
    parts = [f"{counts['PASS']} PASS", f"{counts['FAIL']} FAIL", f"{weak} known"]
    parts += [f"{len(excused)} waived"] if excused else []
    return ", ".join(parts + [f"{counts[outcome]} {outcome}" for outcome in ("INCONCLUSIVE", "NOT RUN", "ERROR")])


def judgement(record: Record, gate: Gate) -> str:
    """What the gate says, and under the regression gate what a release would be told."""
    colour = "red" if is_red(record, gate) else "green"
    if record.run.interrupted:
        colour = f"interrupted, {colour} so far"
    worse = regressed(record)
    word, excused, lapsed = decide(record), len(waived(record)), len(expired_waivers(record))
    if worse:
        colour += f", {count(len(worse), 'cell')} worse than in the baseline"
    if lapsed:
        colour += f", {count(lapsed, 'waiver')} expired"
    if gate == "release":
        return f"gate release: {colour}. {word}{f', {excused} waived' if excused else ''}"
    proven = sum(verdict.outcome == "PASS" for verdict in record.verdicts)
    accepted = f" and {excused} waived" if excused else ""
    release = f"A release needs every claim proven, {proven} of {len(record.verdicts)} are{accepted}: {word}"
    return f"gate regression: {colour}. {release} (--robust-gate release)"


def known(verdict: Verdict) -> bool:
    """Whether it is of a known weakness that is still one."""
    return verdict.outcome in ("FAIL", "INCONCLUSIVE") and bool(verdict.xfail)


def _identity(record: Record) -> str:
    model = "no model was loaded"
    if record.model:
        model = f"{harmless(record.model.source)} ({record.model.adapter}, sha256 {record.model.sha256[:12]})"
    data = ", ".join(f"{harmless(data.name)}: {count(data.rows, 'row')}" for data in record.data)
    return f"{model} on {data}" if data else model
