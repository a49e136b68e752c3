"""What a record can be rendered as, by name. A format is a line here and a module of its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pytest_robust.errors import RobustError, nearest
from pytest_robust.record import Record


@dataclass(frozen=True, slots=True)
class Format:
    """One format."""

    ending: str
    """Of the files that hold it."""
    render: Callable[[Record, Path], str]
    """The whole file, from the record and the path of its own, beside which signatures lie."""


def _html(record: Record, path: Path) -> str:
    from pytest_robust.record import signatures
    from pytest_robust.report import html

    return html.render(record, signatures.beside(path, record))


def _markdown(record: Record, path: Path) -> str:
    from pytest_robust.record import signatures
    from pytest_robust.report import markdown

    return markdown.render(record, path.stem, signatures.beside(path, record))


def _sarif(record: Record, _: Path) -> str:
    from pytest_robust.report import sarif

    return sarif.render(record)


def _cyclonedx(record: Record, path: Path) -> str:
    from pytest_robust.report import cyclonedx

    return cyclonedx.render(record, path.stem)


FORMATS = {
    "html": Format(".html", _html),
    "markdown": Format(".md", _markdown),
    "sarif": Format(".sarif", _sarif),
    "cyclonedx": Format(".cdx.json", _cyclonedx),
}


def named(name: str) -> Format:
    """The format of a name. Raises RobustError that says what was meant.

    >>> named("markdown").ending
    '.md'
    """
    if name not in FORMATS:
        raise RobustError(f"unknown format {name!r}; {nearest(name, FORMATS)}")
    return FORMATS[name]


def told_by(path: Path) -> Format:
    """The format whose ending a file has. Raises RobustError where it has none of them.

    >>> told_by(Path("reports/vision.cdx.json")) is FORMATS["cyclonedx"]
    True
    """
    for form in FORMATS.values():
        if path.name.lower().endswith(form.ending):
            return form
    endings = ", ".join(form.ending for form in FORMATS.values())
    raise RobustError(f"{path}: the ending tells no format, there are {endings}; name the format with --format")
