"""From an entry of `data:` in a suite to an open data set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_robust.datasets import Dataset, Reader, registry
from pytest_robust.errors import DataError, RobustError
from pytest_robust.registry import check_options
from pytest_robust.sources import Roots, where_raised


def open_dataset(
    source: str,
    *,
    reader: str | Reader | None = None,
    options: Mapping[str, Any] | None = None,
    roots: Roots,
    where: str = "data",
) -> Dataset:
    """Open a data set through a reader, or the reader of this name, or the one that accepts the source.

    `where` names the entry in messages. Raises DataError, or UnknownNameError, OptionError and SourceError where the
    suite is at fault; nothing else.
    """
    try:
        member = registry.get(reader, roots) if isinstance(reader, str) else reader or find_reader(source)
        checked = check_options(member.read, options or {}, given=frozenset({"roots"}))
        found = member(source, roots=roots, **checked)
    except RobustError as error:
        raise type(error)(f"{where}: {error}") from error
    except Exception as error:
        place = where_raised(error, Path(source))
        raise DataError(f"{where}: {place}: cannot read {source}: {type(error).__name__}: {error}") from error
    if not isinstance(found, Dataset):
        raise DataError(f"{where}: the reader {member.name!r} made {type(found).__name__}; expected a Dataset")
    return found


def find_reader(source: str) -> Reader:
    """The one reader that accepts a source. Raises DataError where there is none, or more than one.

    >>> find_reader("test.npz").name, find_reader("data.py:test").name, find_reader("photos/test").name
    ('npz', 'python', 'folder')
    """
    found = [member for member in registry.all() if member.accepts(source)]
    if len(found) == 1:
        return found[0]
    if source.endswith(".py"):
        raise DataError(f"{source!r} is a Python file; name the object in it, `path.py:object`")
    which = " and ".join(repr(member.name) for member in found) or "none"
    raise DataError(
        f"cannot tell how to read {source!r} ({which} of the readers would); write `reader:` with one of "
        f"{', '.join(registry.names())}"
    )
