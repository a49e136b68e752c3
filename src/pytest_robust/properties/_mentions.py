"""Classes that an author names before anybody knows which ones the model has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_robust.errors import OptionError, nearest

SHOWN = 3
"""Of classes that are all wrong in one way, so many are named."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A class named somewhere; `place` is `file:line:column`, or empty where there is no file."""

    name: str
    place: str = ""

    def complain(self, message: str) -> str:
        """The message with the place that it is about."""
        return f"{self.place or 'mistakes'}: {message}"


def refuse_strangers(mentions: Iterable[Mention], classes: Sequence[str]) -> None:
    """Raise OptionError, one line a name, where a name is no class of the model's.

    >>> refuse_strangers([Mention("catt", "suite.yaml:3:8")], ["cat", "dog"])
    Traceback (most recent call last):
    pytest_robust.errors.OptionError: suite.yaml:3:8: the model has no class 'catt'; did you mean 'cat'?
    """
    known = frozenset(classes)
    strangers = {mention.name: mention for mention in reversed(list(mentions)) if mention.name not in known}
    if strangers:
        told = [
            mention.complain(f"the model has no class {name!r}; {nearest(name, classes)}")
            for name, mention in reversed(strangers.items())
        ]
        raise OptionError("\n".join([*told[:SHOWN], *([f"and {len(told) - SHOWN} more"] if len(told) > SHOWN else [])]))


def refuse_gaps(named: Iterable[str], classes: Sequence[str], where: Mention, needed: str) -> None:
    """Raise OptionError where classes of the model are not among those named, of which it says what is `needed`."""
    missing = [name for name in classes if name not in frozenset(named)]
    if missing:
        more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
        told = ", ".join(map(repr, missing[:SHOWN])) + more
        raise OptionError(where.complain(f"nothing is said of the model's class {told}; {needed}"))


def class_name(written: Any) -> str | None:
    """The name of a class as an author writes it, or its number; None for what is neither.

    >>> class_name("cat"), class_name(7), class_name(True), class_name(" ")
    ('cat', '7', None, None)
    """
    return str(written).strip() or None if type(written) in (str, int) else None
