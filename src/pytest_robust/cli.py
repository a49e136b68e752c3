"""The `robust` command. No logic of its own; each command imports what it needs and nothing else."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from shutil import get_terminal_size

from pytest_robust.errors import RobustError, SuiteError

FOUND_BAD, USAGE_ERROR = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did what it says, 2 with a line on stderr for each reason when it could not.

    1 where it was to find something out, and what it found is bad.
    """
    given = parser().parse_args(arguments)
    bad: bool | None = None
    try:
        bad = given.command(given)
        sys.stdout.flush()
    except SuiteError as error:  # as pytest tells it: one mistake a line, that an editor can jump to
        print(error, file=sys.stderr)
        return USAGE_ERROR
    except RobustError as error:
        print(f"robust: {error}", file=sys.stderr)
        return USAGE_ERROR
    except BrokenPipeError:  # `robust generators | head`: the reader has what it wanted
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FOUND_BAD if bad else 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="robust",
        description="What surrounds a run. The run itself is pytest's: pytest --robust suites/vision.yaml",
    )
    made.add_argument("--version", action=Version, nargs=0, help="print the version")
    commands = made.add_subparsers(required=True, metavar="COMMAND")

    report = commands.add_parser("report", help="render the record of a run as a risk report")
    report.add_argument("record", type=Path, metavar="RECORD.json")
    report.add_argument("-o", "--output", type=Path, metavar="FILE", help="beside the record if absent; - to print it")
    report.add_argument(
        "--format", metavar="NAME", help="html, markdown, sarif or cyclonedx; what the ending of FILE tells if absent"
    )
    report.set_defaults(command=write_report)

    schema = commands.add_parser("schema", help="print the JSON Schema of suite files, for an editor")
    schema.add_argument("--record", action="store_true", help="that of records, for programs that read them")
    schema.set_defaults(command=print_schema)

    plan = commands.add_parser("plan", help="say what a suite can prove with its data, before anything runs")
    plan.add_argument("suite", type=Path, metavar="SUITE.yaml")
    plan.add_argument(
        "--truth", type=float, nargs="+", default=[], metavar="VALUE", help="true values to plan for, such as 0.95"
    )
    plan.add_argument("--json", action="store_true", help="as JSON")
    plan.set_defaults(command=print_plan)

    add_sign_off(commands)

    compare = commands.add_parser("compare", help="say what changed from one record to another, check by check")
    compare.add_argument("old", type=Path, metavar="OLD.json")
    compare.add_argument("new", type=Path, metavar="NEW.json")
    compare.add_argument("--markdown", action="store_true", help="for a comment on a pull request")
    compare.set_defaults(command=compare_records)

    replay = commands.add_parser(
        "replay",
        help="ask the model about a kept counterexample again",
        description="Show a kept counterexample and ask the model about it, which runs the code that its suite names; "
        "1 where it still fails, 0 where it passes now, 2 where it cannot be asked. Without ID, list what is kept.",
    )
    replay.add_argument("id", nargs="?", metavar="ID", help="or its first characters")
    replay.add_argument("--suite", type=Path, metavar="SUITE.yaml", help="where the suite is, if it was moved")
    replay.add_argument("--prune", action="store_true", help="drop those whose check or suite is gone")
    replay.set_defaults(command=replay_example)

    ledger = commands.add_parser("ledger", help="list the models that have been judged on the same rows")
    ledger.add_argument("suite", type=Path, nargs="?", metavar="SUITE.yaml", help="the data of this suite alone")
    ledger.add_argument("--cache", type=Path, metavar="PATH", help="where evidence is kept; as pytest says if absent")
    ledger.set_defaults(command=print_ledger)

    cache = commands.add_parser("cache", help="say how much evidence is kept, and make room")
    cache.add_argument("what", choices=("info", "prune", "clear"))
    cache.add_argument("--cache", type=Path, metavar="PATH", help="where evidence is kept; as pytest says if absent")
    cache.add_argument("--size", metavar="SIZE", help="prune down to this, such as `2 GB`; robust_cache_size if absent")
    cache.set_defaults(command=keep_cache)

    manifest = commands.add_parser("manifest", help="write what a suite needs to recognise training rows")
    manifest.add_argument("suite", type=Path, metavar="SUITE.yaml")
    manifest.add_argument("--data", required=True, metavar="NAME", help="the training data, as the suite names them")
    manifest.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="such as training.json")
    manifest.set_defaults(command=write_manifest)

    tiers = commands.add_parser("tiers", help="print what each tier of risk requires, as tables for documentation")
    tiers.set_defaults(command=print_tiers)

    generators = commands.add_parser("generators", help="list the generators of hard inputs that are installed")
    generators.add_argument("--markdown", action="store_true", help="as tables for documentation, grouped by kind")
    generators.set_defaults(command=list_generators)

    gallery = commands.add_parser("gallery", help="show every generator at each of its levels on a picture of yours")
    gallery.add_argument("image", type=Path, metavar="IMAGE")
    gallery.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="beside the picture, ending in .html, if absent"
    )
    gallery.add_argument(
        "--size", type=int, metavar="PIXELS", help="of the longer side; at most, and if absent at most, 224"
    )
    gallery.add_argument(
        "--suite", type=Path, metavar="SUITE", help="lends its model for attacks, its data for partners"
    )
    gallery.add_argument("--partner", type=Path, metavar="IMAGE", help="the other half of ambiguous inputs")
    gallery.add_argument("--only", nargs="+", metavar="NAME", help="these generators alone")
    gallery.set_defaults(command=write_gallery)

    properties = commands.add_parser("properties", help="list the properties that a suite can claim")
    properties.add_argument("--markdown", action="store_true", help="as documentation, with a page for each")
    properties.set_defaults(command=list_properties)
    return made


def add_sign_off(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The commands with which a record is signed."""
    keygen = commands.add_parser("keygen", help="make a pair of keys to sign records with")
    keygen.add_argument("name", type=Path, metavar="NAME", help="of the two files, NAME.key and NAME.pub")
    keygen.add_argument("--password", action="store_true", help="ask for a password that the key is locked with")
    keygen.set_defaults(command=make_keys)

    sign = commands.add_parser("sign", help="sign a decision about a record")
    sign.add_argument("record", type=Path, metavar="RECORD.json")
    sign.add_argument("--role", required=True, help="in which you sign, such as safety")
    sign.add_argument("--name", required=True, help="yours")
    sign.add_argument("--key", type=Path, required=True, metavar="FILE", help="your private key; see robust keygen")
    sign.add_argument("--decision", choices=("release", "hold"), help="release if absent, where the record says GO")
    sign.set_defaults(command=sign_record)
    for command in (keygen, sign):
        command.add_argument("--password-file", type=Path, metavar="FILE", help="holds the password in its first line")

    verify = commands.add_parser(
        "verify",
        help="say whether anything changed since a record was made and signed",
        description="Say whether record, report, suite, weights, model and data are what was tested, and who signed. "
        "Where all the rest is as it was, model and data are loaded, which runs the code that the suite names; "
        "--only record looks at the record and its signatures alone, as in an archive.",
    )
    verify.add_argument("path", type=Path, metavar="RECORD.json|REPORT.html")
    verify.add_argument(
        "--trust", type=Path, nargs="+", default=[], metavar="PUB", help="public keys, or folders of them"
    )
    verify.add_argument("--signed", type=int, default=0, metavar="N", help="so many must have signed for a release")
    verify.add_argument("--root", type=Path, metavar="DIR", help="of the project; as pytest finds it if absent")
    verify.add_argument("--record", type=Path, metavar="FILE", help="of a report, if it does not lie beside it")
    verify.add_argument("--only", choices=("record",), help="neither suite, model nor data")
    verify.add_argument("--model-signature", type=Path, metavar="FILE", help="of the weights, by model-signing")
    verify.add_argument("--model-key", type=Path, metavar="FILE", help="the public key that it was made for")
    verify.set_defaults(command=verify_record)


class Version(argparse.Action):
    """Looks the version up only when asked for it."""

    def __call__(self, *_: object) -> None:
        """Print it and stop."""
        from importlib.metadata import version

        print(f"robust (pytest-robust) {version('pytest-robust')}")
        raise SystemExit(0)


def write_report(given: argparse.Namespace) -> None:
    """`robust report`."""
    from pytest_robust.record import files
    from pytest_robust.report import formats

    loaded = files.load(given.record)
    asked = formats.named(given.format) if given.format else None
    if given.output == Path("-"):
        print((asked or formats.FORMATS["html"]).render(loaded, given.record), end="")
        return
    target = given.output or given.record.with_suffix(asked.ending if asked else ".html")

    def make() -> str:
        return (asked or formats.told_by(target)).render(loaded, given.record)

    write_page(make, target, source=given.record, called="record")


def write_page(make: Callable[[], str], target: Path, *, source: Path, called: str) -> None:
    """Write a page, or another file, and print where. Raises RobustError."""
    from pytest_robust.record.files import why, write_atomically

    if target.is_dir():
        raise RobustError(f"{target}: is a directory; name a file in it with -o")
    if target.resolve() == source.resolve():
        raise RobustError(f"{target}: this is the {called} itself; name another file with -o")
    page = make()
    try:
        write_atomically(target, page.encode())
    except OSError as error:
        mend = why(error, target.parent, "name another file with -o")
        raise RobustError(f"{target}: cannot be written: {mend}") from error
    print(target)


def print_schema(given: argparse.Namespace) -> None:
    """`robust schema`."""
    if given.record:
        from pytest_robust.record.files import json_schema
    else:
        from pytest_robust.suite.schema import json_schema

    print(json.dumps(json_schema(), indent=2))


def print_plan(given: argparse.Namespace) -> None:
    """`robust plan`."""
    from pytest_robust.commands import plan

    told = plan.planned(given.suite, given.truth)
    print(plan.as_json(told) if given.json else "\n".join(plan.lines(told, columns())))


def make_keys(given: argparse.Namespace) -> None:
    """`robust keygen`."""
    from pytest_robust.commands import keygen

    print("\n".join(keygen.lines(given.name, password=given.password, password_file=given.password_file)))


def sign_record(given: argparse.Namespace) -> None:
    """`robust sign`."""
    from pytest_robust.commands import sign

    who = {"role": given.role, "name": given.name, "key": given.key, "password_file": given.password_file}
    print("\n".join(sign.lines(given.record, decided=given.decision, **who)))


def verify_record(given: argparse.Namespace) -> bool:
    """`robust verify`: whether anything is wrong."""
    from pytest_robust.commands import verify

    if (given.model_signature is None) != (given.model_key is None):
        raise RobustError("--model-signature and --model-key go together: a signature is verified by a key")
    found = verify.looked_at(
        given.path,
        beside=given.record,
        root=given.root,
        trust=given.trust,
        signed=given.signed,
        alone=given.only == "record",
        model=given.model_signature and (given.model_signature, given.model_key),
    )
    return not verify.told(found, lambda line: print(line, flush=True))


def print_tiers(_: argparse.Namespace) -> None:
    """`robust tiers`."""
    from pytest_robust.commands import tiers

    print("\n".join(tiers.lines()))


def compare_records(given: argparse.Namespace) -> bool:
    """`robust compare`: whether anything became worse."""
    from pytest_robust.commands import compare
    from pytest_robust.report.changes import got_worse

    old, new, found = compare.compared(given.old, given.new)
    print("\n".join((compare.as_markdown if given.markdown else compare.lines)(old, new, found)))
    return got_worse(found)


def replay_example(given: argparse.Namespace) -> bool:
    """`robust replay`: whether it still fails."""
    from pytest_robust.commands import replay

    if given.prune and (given.id or given.suite):
        raise RobustError("--prune goes with neither ID nor --suite: it looks at all that is kept")
    if given.id is None:
        for line in replay.pruned() if given.prune else replay.listed():
            print(line)
        return False
    return replay.replayed(given.id, given.suite, lambda line: print(line, flush=True))


def print_ledger(given: argparse.Namespace) -> None:
    """`robust ledger`."""
    from pytest_robust.commands import ledger

    print("\n".join(ledger.lines(given.suite, given.cache)))


def keep_cache(given: argparse.Namespace) -> None:
    """`robust cache`."""
    from pytest_robust.commands import cache
    from pytest_robust.engine.room import parse_size

    try:
        size = None if given.size is None else parse_size(given.size)
    except ValueError as error:
        raise RobustError(f"--size: {error}") from None
    if size is not None and given.what != "prune":
        raise RobustError(f"--size is for `robust cache prune`, not for `{given.what}`")
    if given.what == "info":
        print("\n".join(cache.info(given.cache)))
    else:
        print(cache.prune(given.cache, size) if given.what == "prune" else cache.clear(given.cache))


def write_manifest(given: argparse.Namespace) -> None:
    """`robust manifest`."""
    from pytest_robust.commands import manifest

    write_page(lambda: manifest.text(given.suite, given.data), given.output, source=given.suite, called="suite")


def columns() -> int:
    """Of the terminal; where there is none, as many as a page holds."""
    return max(60, get_terminal_size((120, 24)).columns)


def write_gallery(given: argparse.Namespace) -> None:
    """`robust gallery`."""
    from pytest_robust import gallery
    from pytest_robust.generators import registry
    from pytest_robust.sources import Roots

    roots = Roots((Path.cwd(),))
    members = [registry.get(name, roots) for name in given.only] if given.only else registry.all()
    scene = gallery.set_scene(given.image, partner=given.partner, suite=given.suite, size=given.size)

    def make() -> str:
        return gallery.render(scene, members, lambda line: print(line, file=sys.stderr, flush=True))

    write_page(make, given.output or given.image.with_suffix(".html"), source=given.image, called="picture")


def list_generators(given: argparse.Namespace) -> None:
    """`robust generators`."""
    from pytest_robust.generators import registry

    if given.markdown:
        from pytest_robust.generators._catalogue import markdown

        print(markdown(registry.all()))
        return
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


def list_properties(given: argparse.Namespace) -> None:
    """`robust properties`."""
    from pytest_robust.properties import registry
    from pytest_robust.properties._catalogue import markdown, options

    if given.markdown:
        print(markdown(registry.all()))
        return
    rows = (
        (
            one.name,
            ", ".join(option.strip("`") for option in options(one)) or "-",
            " ".join(one.operators) or "-",
            f"{one.range[0]:g} to {one.range[1]:g}" if one.range else "every row",
            ", ".join(sorted(one.truths)),
            ", ".join(sorted({*one.columns, *([one.reference] if one.reference else [])})) or "-",
            one.summary,
        )
        for one in registry.all()
    )
    print_table(("name", "options", "claims", "range", "truth", "needs", "summary"), rows)


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as their longest entry; the last one, a sentence, is left as it is."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head) - 1)]
    for line in lines:
        print("  ".join([*(entry.ljust(width) for entry, width in zip(line, widths, strict=False)), line[-1]]))
