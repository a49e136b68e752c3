"""What a file tells of the data that a model was trained on: the decorator, the registry. One file a format.

A reader is a function from the path of a file to `Told`. None of them runs or unpickles anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_robust.registry import Registry
from pytest_robust.training._rows import Rows


@dataclass(frozen=True)
class Told:
    """What one file tells."""

    description: Mapping[str, str] = field(default_factory=dict)
    """For a reader: names, versions, hashes of data sets."""
    rows: Rows | None = None
    """Where the file tells of every row."""


@dataclass(frozen=True)
class TrainingFile:
    """A file that a suite names, and what it tells."""

    source: str
    """As the suite names it."""
    path: Path
    format: str
    """The name of its reader, in words: `model card`."""
    told: Told


@dataclass(frozen=True)
class Reader:
    """A reader of one format."""

    name: str
    read: Callable[..., Told]
    accepts: Callable[[str], bool]
    """Whether a file of this name is of its format."""
    written: str
    """What its files are called, for messages."""

    @property
    def format(self) -> str:
        """The name of the format in words."""
        return self.name.replace("_", " ")


def reader(*, accepts: Callable[[str], bool], written: str) -> Callable[[Callable[..., Told]], Reader]:
    """Make a function a reader: `read(path, **options)`; keyword-only parameters are its options in a suite.

    It raises DataError that names the file, where in it the mistake is, and what to do.
    """

    def register(function: Callable[..., Told]) -> Reader:
        return Reader(function.__name__, function, accepts, written)

    return register


registry: Registry[Reader] = Registry("reader of training data", "pytest_robust.training", Reader)
