"""From `training:` in a suite to the reader of its file, and to the text of a file."""

from __future__ import annotations

from pathlib import Path

from pytest_robust.errors import DataError
from pytest_robust.suite.syntax import Mistake
from pytest_robust.suite.tree import NoTree, Tree, read_value
from pytest_robust.training import Reader, registry


def find_reader(name: str) -> Reader:
    """The reader of files of this name. Raises DataError that lists the formats where there is none.

    >>> find_reader("dvc.lock").name, find_reader("README.md").format
    ('dvc', 'model card')
    """
    for member in registry.all():
        if member.accepts(name):
            return member
    known = "; ".join(f"{member.written} ({member.format})" for member in registry.all())
    raise DataError(f"cannot tell what {name!r} is; name one of: {known}; or write `{{data: NAME}}`")


def text_of(path: Path) -> str:
    """The text of a file. Raises DataError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{path.name}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name}: byte {error.start} is not UTF-8; is this the right file?") from None


def yaml_of(text: str, name: str) -> Tree:
    """The value of a YAML text, without tags. Raises DataError with the place of the first mistake."""
    try:
        tree, mistakes = read_value(text, empty="there is nothing in it")
    except NoTree as error:
        mistakes = [error.mistake]
    if mistakes:
        raise DataError(told(name, min(mistakes)))
    return tree


def told(name: str, mistake: Mistake) -> str:
    """A mistake with its place in a file."""
    return f"{name}:{mistake.line}:{mistake.column}: {mistake.message}"


def number_of(value: object, name: str) -> str:
    """A size or a count as a reader sees it.

    >>> number_of(14445097, "bytes"), number_of(None, "bytes")
    ('14,445,097 bytes', '')
    """
    return f"{value:,} {name}" if isinstance(value, int) and not isinstance(value, bool) else ""
