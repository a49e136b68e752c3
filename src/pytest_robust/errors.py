"""What a user can get wrong, one class per thing.

Every message says three things: what is wrong, where (`file:line:column` when a file is at fault) and
what to do about it. pytest prints them as one clean line, never as a traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class RobustError(Exception):
    """The root of every error that pytest-robust raises on purpose."""


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake in a suite file, with its place.

    >>> print(Problem(Path("vision.yaml"), 3, 8, "unknown generator 'fogg'; did you mean 'fog'?"))
    vision.yaml:3:8: unknown generator 'fogg'; did you mean 'fog'?
    """

    path: Path
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


class SuiteError(RobustError):
    """The suite file cannot be used. Holds every problem found in it, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UnknownNameError(RobustError):
    """A plug-in was asked for by a name that nobody registered."""


class SourceError(RobustError):
    """A `path.py:object` reference cannot be loaded, or what it made is of the wrong kind."""


class DataError(RobustError):
    """A data set cannot be read, is empty, or contradicts itself."""


class ModelError(RobustError):
    """A model cannot be loaded, or answers in a way that no verdict can be built on."""


class OptionError(RobustError):
    """An option of a plug-in is unknown, missing or out of range.

    `mistakes` holds a message for each by the way to it: the option's name, and then keys and places inside its value.
    """

    def __init__(self, message: str, mistakes: Mapping[tuple[str | int, ...], str] | None = None) -> None:
        self.mistakes = dict(mistakes or {})
        super().__init__(message)


class GenerationError(RobustError):
    """A generator raised, or returned something other than valid images."""


class RecordError(RobustError):
    """A record cannot be read: damaged, not a record, or written by a newer version."""


class SignatureError(RobustError):
    """A key cannot be used, or a signature cannot be made."""


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, where one is near.

    >>> closest("Fogg", ["fog", "snow"])
    'fog'
    """
    names = sorted(known)
    for written in (name, name.lower()):
        if found := difflib.get_close_matches(written, names, n=1):
            return found[0]
    return None


def nearest(name: str, known: Iterable[str]) -> str:
    """What to write instead of a name that is not known: the second half of a message.

    >>> nearest("fogg", ["fog", "snow"])
    "did you mean 'fog'?"
    >>> nearest("zzz", ["snow", "fog"])
    'there are: fog, snow'
    """
    names = sorted(known)
    meant = closest(name, names)
    if meant is not None:
        return f"did you mean {meant!r}?"
    return f"there are: {', '.join(names)}" if names else "there are none"
