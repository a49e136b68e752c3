"""What will be asked for next, if all goes on as it looks, made in another thread while the model answers.

Only code of this package runs there: what a user wrote may draw from random generators that are one for the whole
process, or not expect two threads at all.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import fields, is_dataclass
from time import monotonic
from typing import Any, Generic, TypeVar

from pytest_robust.datasets import ArrayDataset, Dataset
from pytest_robust.datasets.folder import FolderDataset
from pytest_robust.engine.clock import timed
from pytest_robust.engine.plan import Cell
from pytest_robust.generators import Generator
from pytest_robust.generators._rows import cores

PACKAGE = f"{__name__.partition('.')[0]}."

Value = TypeVar("Value")


class Ahead(Generic[Value]):
    """At most one thing at a time is made ahead; what is made is the same bytes as without.

    >>> ahead = Ahead()
    >>> ahead.begin("six", lambda: 6)
    >>> ahead.take("six", lambda: 6), ahead.take("seven", lambda: 7)
    (6, 7)
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        """How long it took to make what was taken last."""
        self._pool: ThreadPoolExecutor | None = None
        self._begun: tuple[Hashable, Future[tuple[Value, float]]] | None = None

    def begin(self, name: Hashable, make: Callable[[], Value]) -> None:
        """Begin to make it, unless every core has something else to do."""
        if self._begun is not None or cores() < 2:
            return
        self._pool = self._pool or ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._begun = name, self._pool.submit(clocked, make)

    def take(self, name: Hashable, make: Callable[[], Value]) -> Value:
        """What was begun under this name, or else what is made now. Raises what `make` raises."""
        begun, self._begun = self._begun, None
        if begun is not None and begun[0] == name:
            with timed("generation"):
                made, self.seconds = begun[1].result()
            return made
        if begun is not None:
            begun[1].cancel()
        made, self.seconds = clocked(make)
        return made


def clocked(make: Callable[[], Value]) -> tuple[Value, float]:
    """What is made, and the seconds that it took."""
    began = monotonic()
    return make(), monotonic() - began


def can_be_ahead(cell: Cell, dataset: Dataset) -> bool:
    """Whether a cell's inputs are made by code of this package, of rows that it reads, and of nothing else."""
    of_rows = cell.generator.needs <= {"labels", "partner"} and not cell.generator.minimal
    return of_rows and is_ours(cell.generator) and is_ours(cell.options) and reads(dataset)


def is_ours(value: Any) -> bool:
    """Whether a generator, and every one in an option or a part of it, is code of this package.

    >>> from pytest_robust.generators import registry
    >>> is_ours({"of": [registry.get("fog"), 2]}), is_ours([registry.get("fog"), print])
    (True, False)
    """
    if isinstance(value, Generator):
        return str(inspect.unwrap(value.make).__module__).startswith(PACKAGE)
    if is_dataclass(value):
        return all(is_ours(getattr(value, one.name)) for one in fields(value))
    if isinstance(value, Mapping):
        return all(map(is_ours, value.values()))
    return all(map(is_ours, value)) if isinstance(value, list | tuple) else not callable(value)


def reads(dataset: Dataset) -> bool:
    """Whether rows are read by code of this package alone, however many are left out."""
    while isinstance(whole := getattr(dataset, "whole", None), Dataset):
        dataset = whole
    return isinstance(dataset, ArrayDataset | FolderDataset)
