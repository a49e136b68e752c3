"""The installed generators as a reader of the documentation sees them: tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, get_args

from pytest_robust.generators import Generator, Kind
from pytest_robust.generators._chain import Step
from pytest_robust.registry import options_of
from pytest_robust.suite.numbers import number_text

MEANING: dict[Kind, str] = {
    "clean": "Nothing is changed",
    "corruption": "Published corruptions",
    "field": "Cameras, weather and the field",
    "pipeline": "Mistakes between camera and model",
    "attack": "Attacks",
    "search": "Search",
    "ambiguity": "Ambiguous inputs",
    "outlier": "Unfamiliar inputs",
}
"""Kinds as headings, in the order in which they are shown."""

TITLE = """# Generators of hard inputs

Made by `robust generators --markdown` from what the generators declare; `robust gallery IMAGE` shows them on a picture
of yours. What each one computes, and by whose formula, stands in its docstring."""

HEAD = ("generator", "levels", "truth", "needs", "options", "stands for")


def grouped(members: Iterable[Generator]) -> Iterator[tuple[Kind, list[Generator]]]:
    """Each kind with its members, without the kinds that have none."""
    known = list(members)
    for kind in get_args(Kind):
        if found := [member for member in known if member.kind == kind]:
            yield kind, found


def markdown(members: Iterable[Generator]) -> str:
    """A document with a table for each kind."""
    parts = [TITLE]
    for kind, found in grouped(members):
        rows = [HEAD, ("---",) * len(HEAD), *map(row, found)]
        lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |" for cells in rows]
        parts.append("\n".join([f"## {MEANING[kind]} (`{kind}`)", "", *lines]))
    return "\n\n".join(parts)


def row(member: Generator) -> tuple[str, ...]:
    """A generator's line."""
    return (
        f"`{member.name}`",
        levels(member),
        member.truth,
        ", ".join(sorted(member.needs)) or "–",
        ", ".join(options(member)) or "–",
        member.risk,
    )


def levels(member: Generator) -> str:
    """Its scale, the levels used where a suite names none, and those that may be named.

    >>> from pytest_robust.generators.fog import fog
    >>> levels(fog)
    'severity 1 to 5'
    """
    if member.scale is None:
        return "–"
    lowest, highest = member.bounds
    used = ", ".join(map(number_text, member.levels))
    if member.levels and member.levels == tuple(range(int(lowest), int(lowest) + len(member.levels))):
        used = f"{number_text(lowest)} to {number_text(member.levels[-1])}"
    if member.levels and member.bounds == (min(member.levels), max(member.levels)):
        return f"{member.scale} {used}"
    allowed = f"{number_text(lowest)} or more" if highest == float("inf") else f"{lowest:g} to {highest:g}"
    return f"{member.scale} {used} ({allowed})" if used else f"{member.scale} {allowed}"


def options(member: Generator) -> Iterator[str]:
    """What may be written after its name: the default, other choices, or that it must be written."""
    for name, field in options_of(member.make, member.given).items():
        choices = [str(choice) for choice in get_args(field.annotation) if isinstance(choice, str)]
        if field.is_required():
            yield f"`{name}` (required{': ' + ', '.join(choices) if choices else ''})"
        elif others := [choice for choice in choices if choice != field.default]:
            yield f"`{name}: {written(field.default)}` (or {', '.join(others)})"
        else:
            yield f"`{name}: {written(field.default)}`"


def written(value: Any) -> str:
    """A default as a suite would say it.

    >>> written(None), written(True), written("grey"), written(8 / 255), written((1, 2))
    ('null', 'true', 'grey', '8/255', '[1, 2]')
    """
    if isinstance(value, Step):
        return value.called
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(written, value))}]"
    return str(value) or "''"
