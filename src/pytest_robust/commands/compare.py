"""`robust compare`: two records beside each other, check by check, with no model, no data and no suite at hand."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from pytest_robust.engine.changes import compare
from pytest_robust.record import Comparison, Record, files
from pytest_robust.report import markdown
from pytest_robust.report.changes import Changed, changed, got_worse
from pytest_robust.report.words import count, ends, harmless, signed

HEAD = ("check", "verdict", "observed", "change of its cell, row by row")
INDENT = " " * 4
MOST_ROWS = 200
"""Of a table in Markdown, which is to fit into a comment."""


def compared(before: Path, now: Path) -> tuple[Record, Record, Comparison]:
    """Both records and what changed from one to the other. Raises RecordError."""
    old, new = files.load(before), files.load(now)
    return old, new, compare(new, old)


def lines(old: Record, new: Record, found: Comparison) -> Iterator[str]:
    """For a terminal."""
    for when, record in (("before", old), ("now", new)):
        yield f"{when:6}  {_identity(record)}"
    groups = changed(found)
    rows = {group: [_row(one) for one in some] for group, some in groups.items() if group != "same" and some}
    widths = [max(len(row[column]) for some in [[HEAD], *rows.values()] for row in some) for column in range(3)]
    for group, some in rows.items():
        yield group
        for row in (HEAD, *some):
            told = [entry.ljust(width) for entry, width in zip(row, widths, strict=False)]
            yield f"{INDENT}{'  '.join([*told, row[3]])}".rstrip()
    for reason, cells in _uncompared(found):
        yield f"not compared, {harmless(reason)}: {', '.join(map(harmless, cells))}"
    yield from _counts(found)


def as_markdown(old: Record, new: Record, found: Comparison) -> Iterator[str]:
    """For a comment on a pull request."""
    yield f"## {'❌ worse' if got_worse(found) else '✅ nothing proven to be worse'}: {markdown.code(new.suite.name)}"
    yield ""
    for when, record in (("before", old), ("now", new)):
        yield f"- {when}: {markdown.code(_identity(record))}"
    for group, some in changed(found).items():
        if group != "same":
            rows = [[markdown.code(one.check.id), *_row(one)[1:]] for one in some]
            yield from markdown.listed(group.capitalize(), HEAD, rows, MOST_ROWS)
    yield ""
    for reason, cells in _uncompared(found):
        yield f"- not compared, {markdown.code(reason)}: {count(len(cells), 'cell')}"
    yield ""
    yield from _counts(found)


def _identity(record: Record) -> str:
    model = "no model was loaded"
    if record.model is not None:
        model = f"{harmless(record.model.source)}, sha256 {record.model.sha256[:12]}"
    return f"{model}, run of {harmless(record.run.started)}, record {record.digest[:12]}"


def _row(one: Changed) -> tuple[str, str, str, str]:
    check, cell = one.check, one.cell
    verdict = check.now or "" if check.before == check.now else f"{check.before or 'none'} → {check.now or 'none'}"
    if check.claim_before is not None:
        verdict += " (another claim)"
    moved = "" if cell is None else f"{cell.trend}  {signed(cell.difference)} ({ends(cell.interval)}), n {cell.n:,}"
    return harmless(check.id), verdict, one.estimates, moved


def _uncompared(found: Comparison) -> Iterator[tuple[str, list[str]]]:
    for reason, cells in groupby(sorted(found.uncompared, key=lambda one: one.reason), key=lambda one: one.reason):
        yield reason, [one.id for one in cells]


def _counts(found: Comparison) -> Iterator[str]:
    """How many of each."""
    told = ", ".join(f"{len(some):,} {group}" for group, some in changed(found).items() if some)
    yield f"{count(len(found.checks), 'check')}: {told or 'none'}"
    trends = ", ".join(f"{_many(found, trend):,} {trend}" for trend in ("REGRESSED", "IMPROVED", "NOT PROVEN"))
    yield f"{count(len(found.changes), 'cell')} compared row by row: {trends}; {len(found.uncompared):,} not compared"


def _many(found: Comparison, trend: str) -> int:
    return sum(one.trend == trend for one in found.changes)
