"""The `robust` command. No logic of its own; each command imports what it needs and nothing else."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from pytest_robust.errors import RobustError

USAGE_ERROR = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did what it says, 2 with one line on stderr when it could not."""
    given = parser().parse_args(arguments)
    try:
        given.command(given)
        sys.stdout.flush()
    except RobustError as error:
        print(f"robust: {error}", file=sys.stderr)
        return USAGE_ERROR
    except BrokenPipeError:  # `robust generators | head`: the reader has what it wanted
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="robust",
        description="What surrounds a run. The run itself is pytest's: pytest --robust suites/vision.yaml",
    )
    made.add_argument("--version", action=Version, nargs=0, help="print the version")
    commands = made.add_subparsers(required=True, metavar="COMMAND")

    report = commands.add_parser("report", help="render the record of a run as an HTML risk report")
    report.add_argument("record", type=Path, metavar="RECORD.json")
    report.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="beside the record, ending in .html, if absent"
    )
    report.set_defaults(command=write_report)

    schema = commands.add_parser("schema", help="print the JSON Schema of suite files, for an editor")
    schema.set_defaults(command=print_schema)

    generators = commands.add_parser("generators", help="list the generators of hard inputs that are installed")
    generators.set_defaults(command=list_generators)

    properties = commands.add_parser("properties", help="list the properties that a suite can claim")
    properties.set_defaults(command=list_properties)
    return made


class Version(argparse.Action):
    """Looks the version up only when asked for it."""

    def __call__(self, *_: object) -> None:
        """Print it and stop."""
        from importlib.metadata import version

        print(f"robust (pytest-robust) {version('pytest-robust')}")
        raise SystemExit(0)


def write_report(given: argparse.Namespace) -> None:
    """`robust report`."""
    from pytest_robust.errors import RecordError
    from pytest_robust.record import files
    from pytest_robust.report.html import render

    loaded = files.load(given.record)
    target = given.output or given.record.with_suffix(".html")
    if target.is_dir():
        raise RecordError(f"{target}: is a directory; name a file in it with -o")
    if target.resolve() == given.record.resolve():
        raise RecordError(f"{target}: this is the record itself; name another file with -o")
    page = render(loaded)
    try:
        files.write_atomically(target, page.encode())
    except OSError as error:
        raise RecordError(f"{target}: cannot write the report: {error.strerror}; name another file with -o") from error
    print(target)


def print_schema(_: argparse.Namespace) -> None:
    """`robust schema`."""
    from pytest_robust.suite.schema import json_schema

    print(json.dumps(json_schema(), indent=2))


def list_generators(_: argparse.Namespace) -> None:
    """`robust generators`."""
    from pytest_robust.generators import registry

    rows = (
        (
            one.name,
            one.kind,
            f"{one.scale} {one.bounds[0]:g} to {one.bounds[1]:g}" if one.scale else "-",
            one.truth,
            ", ".join(sorted(one.needs)) or "-",
            one.risk,
        )
        for one in registry.all()
    )
    print_table(("name", "kind", "scale", "truth", "needs", "risk"), rows)


def list_properties(_: argparse.Namespace) -> None:
    """`robust properties`."""
    from pytest_robust.properties import registry

    rows = (
        (
            one.name,
            " ".join(one.operators) or "-",
            f"{one.range[0]:g} to {one.range[1]:g}" if one.range else "every row",
            ", ".join(sorted(one.truths)),
            ", ".join(sorted({*one.columns, *([one.reference] if one.reference else [])})) or "-",
            one.summary,
        )
        for one in registry.all()
    )
    print_table(("name", "claims", "range", "truth", "needs", "summary"), rows)


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as their longest entry; the last one, a sentence, is left as it is."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head) - 1)]
    for line in lines:
        print("  ".join([*(entry.ljust(width) for entry, width in zip(line, widths, strict=False)), line[-1]]))
