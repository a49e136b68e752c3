"""The records of earlier runs that a run is compared with: read before anything runs, told first when it is over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_robust.engine.changes import compare
from pytest_robust.engine.naming import Names
from pytest_robust.engine.plan import Plan
from pytest_robust.errors import RecordError
from pytest_robust.pytest_support import settings
from pytest_robust.pytest_support.words import count, ends, harmless, signed
from pytest_robust.record import Change, Comparison, Record, files
from pytest_robust.record.rows import unpack

FIRST = "1.2"
"""The first schema whose records say of every cell with right classes which rows are right."""
MOST = 20
"""Cells told in the terminal of those that are worse; -v tells all."""
SHOWN = 5
"""Of those that are not proven to be, and of those that are better."""
INDENT = " " * 4


@dataclass(frozen=True, slots=True)
class Earlier:
    """The record of an earlier run, and where it lies."""

    path: Path
    record: Record


def read(config: pytest.Config) -> tuple[Earlier, ...]:
    """The baselines of a run. Raises UsageError where one cannot be read, or does not say which rows were right."""
    found = []
    for path in settings.baselines(config):
        try:
            found.append(Earlier(path, files.load(path)))
            check(found[-1])
        except RecordError as error:
            raise pytest.UsageError(f"--robust-baseline: {error}") from None
    return tuple(found)


def check(earlier: Earlier) -> None:
    """Raise RecordError for a record that cannot be compared with."""
    written = earlier.record.schema_version
    if files.version(written) < files.version(FIRST):
        raise RecordError(
            f"{earlier.path}: written in record schema {written}, which does not say which rows were right; "
            "run the suite with the earlier model again"
        )
    for cell in earlier.record.cells:
        if cell.right_rows is not None:
            unpack(cell.right_rows, cell.n)


def compared(baselines: Sequence[Earlier], suites: Mapping[str, tuple[Plan, Record]]) -> dict[str, Record]:
    """The records with what changed since their baselines: those of the same suite, or the only one of the only suite.

    A suite is the same where its path from the project's root is.
    """
    found = {}
    for name, (plan, record) in suites.items():
        warnings = list(record.run.warnings)
        fitting = [one for one in baselines if one.record.suite.path == record.suite.path]
        if not fitting and len(suites) == len(baselines) == 1:
            fitting = list(baselines)
        if not fitting:
            warnings.append(f"no baseline is one of {record.suite.path}, which is compared with nothing")
        comparison = compare(record, fitting[0].record, Names(plan, record, warnings)) if fitting else None
        run = record.run.model_copy(update={"warnings": warnings})
        found[name] = record.model_copy(update={"comparison": comparison, "run": run})
    return found


def heading(comparison: Comparison) -> str:
    """What it is compared with, and how many cells changed which way."""
    changes, earlier = comparison.changes, comparison.baseline
    model = f"{harmless(earlier.model) or 'a model'}, sha256 {earlier.model_sha256[:12]}, {earlier.started}"
    found = {trend: sum(one.trend == trend for one in changes) for trend in ("REGRESSED", "IMPROVED", "NOT PROVEN")}
    told = ", ".join(f"{many} {trend}" for trend, many in found.items())
    left = f"; {count(len(comparison.uncompared), 'cell')} not compared" if comparison.uncompared else ""
    return f"against the baseline ({model}): {told} of {count(len(changes), 'cell')}{left}"


def sections(comparison: Comparison, *, verbose: bool, width: int) -> Iterator[tuple[str, str, list[str]]]:
    """Heading, colour and lines of each group that has any: new failures first."""
    worse = [one for one in comparison.changes if one.trend == "REGRESSED"]
    perhaps = [one for one in comparison.changes if one.trend == "NOT PROVEN" and one.difference < 0]
    better = [one for one in comparison.changes if one.trend == "IMPROVED"][::-1]
    for title, colour, changes, most in (
        ("worse than the baseline", "red", worse, MOST),
        ("newly wrong, not proven to be worse", "yellow", perhaps, SHOWN),
        ("better than the baseline", "green", better, SHOWN),
    ):
        shown = changes if verbose else changes[:most]
        if shown:
            lines = list(_lines(shown, width))
            if len(shown) < len(changes):
                lines.append(f"{INDENT}and {count(len(changes) - len(shown), 'cell')} more (-v, or the report)")
            yield title, colour, lines


def _lines(changes: Sequence[Change], width: int) -> Iterator[str]:
    """Two lines a cell: how much it changed, and as many of the rows that are newly wrong as there is room for."""
    ids = max(len(harmless(one.id)) for one in changes)
    moved = [f"{signed(one.difference)} ({ends(one.interval)}), n {one.n:,}" for one in changes]
    room = max(map(len, moved))
    for one, told in zip(changes, moved, strict=True):
        counts = f"{one.newly_wrong:,} newly wrong, {one.newly_right:,} newly right"
        yield f"{INDENT}{harmless(one.id):{ids}}  {told:{room}}  {counts}"
        names = [f"{harmless(row.row)} ({harmless(row.label or 'no class')})" for row in one.failures]
        if names:
            yield INDENT * 2 + fitting(names, one.newly_wrong, width - 2 * len(INDENT))


def fitting(names: Sequence[str], many: int, width: int) -> str:
    """The first of so many names that fit into a width, one at least, and how many are left out.

    >>> fitting(["a", "b", "c"], 5, 17)
    'a, b and 3 more'
    """
    for shown in range(len(names), 0, -1):
        left = many - shown
        text = ", ".join(names[:shown]) + (f" and {left:,} more" if left else "")
        if len(text) <= width:
            break
    return text
