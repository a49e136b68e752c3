"""Evidence of one cell, a chunk at a time.

A chunk is a pure function of its cell, its rows, the data, the model and the seed: it is the same bytes in any process,
and whatever else was asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Batch, Columns, Evidence, Predictions, Truth, malformed
from pytest_robust.engine.draw import Draw, Positions
from pytest_robust.engine.plan import Cell
from pytest_robust.errors import DataError, GenerationError, ModelError

BLENDED_EVENLY = 0.5
"""The share of the first parent where the generator has no weight."""

WITH_LABELS: frozenset[Truth] = frozenset({"label", "order"})

OF_THE_ROW = frozenset({"ids", "labels", "parents", "parent_ids", "weight", "votes"})
"""Columns that are the same however often the generator's randomness is drawn."""


def columns_of(
    cell: Cell, rows: Draw, base: Batch, other: Batch | None, told: Columns, answers: Predictions
) -> Columns:
    """The evidence of these rows; `told` is what the generator knows of them.

    Raises GenerationError, or DataError for votes that are not there.
    """
    truth = cell.generator.truth
    columns: dict[str, NDArray[Any]] = {
        "ids": rows.ids,
        "labels": base.labels if truth in WITH_LABELS else np.full(len(rows), -1, np.int64),
        "probabilities": answers.probabilities,
    }
    if answers.logits is not None:
        columns["logits"] = answers.logits
    if answers.features is not None:
        columns["features"] = answers.features
    if answers.abstained is not None:
        columns["abstained"] = answers.abstained
    if other is not None:
        columns["parents"] = np.stack([base.labels, other.labels], axis=1)
        columns["parent_ids"] = np.stack([base.ids, other.ids], axis=1)
        columns["weight"] = np.full(len(rows), first_share(cell), np.float64)
    if "votes" in base.columns:
        columns["votes"] = base.columns["votes"]
    elif truth == "votes":
        raise DataError(
            f"data {cell.data!r} has no votes on the model's classes; name them by the option `votes` of its reader"
        )
    for name, column in told.items():
        if name in columns or len(column) != len(rows):
            raise GenerationError(
                f"generator {cell.generator.name!r}: its column {name!r} has {len(column)} rows for {len(rows)} "
                "images, or a name that evidence has a use for; give one value an image, under another name"
            )
        columns[name] = column
    if truth == "posterior" and "posterior" not in columns:
        raise GenerationError(
            f"generator {cell.generator.name!r} promises posteriors; it must return `Made` with a column `posterior`"
        )
    return columns


def first_share(cell: Cell) -> float:
    """The share of the first parent in a row of two."""
    return cell.level.value if cell.level is not None and cell.generator.scale == "weight" else BLENDED_EVENLY


class Growing:
    """The evidence of one cell, made in chunks of `batch` rows as far as it is asked for, up to `limit` rows.

    `chunk(number)` makes or finds a chunk. Columns are allocated once for all rows: a longer piece of evidence is a
    longer view of the same memory.
    """

    def __init__(self, chunk: Callable[[int], Columns], *, batch: int, limit: int, truth: Truth) -> None:
        self.batch = batch
        self.limit = limit
        self._chunk = chunk
        self._truth = truth
        self._columns: dict[str, NDArray[Any]] = {}
        self._malformed = np.zeros(limit, np.bool_)
        self._made = 0

    def rows(self, count: int) -> Evidence:
        """The first rows, at most `limit`."""
        count = min(count, self.limit)
        while self._made < count:
            self._append(self._chunk(self._made // self.batch))
        return Evidence({name: column[:count] for name, column in self._columns.items()}, self._truth)

    def malformed(self, count: int) -> Positions:
        """Which of the first rows have answers that are no probabilities."""
        return np.flatnonzero(self._malformed[:count])

    def _append(self, chunk: Columns) -> None:
        place = slice(self._made, min(self._made + self.batch, self.limit))
        used = place.stop - place.start
        if not self._columns:
            self._columns = {
                name: np.empty((self.limit, *column.shape[1:]), column.dtype) for name, column in chunk.items()
            }
        if shapes(chunk) != shapes(self._columns):
            raise ModelError(
                "the model answers in another form than before: "
                f"{shapes(chunk)}, earlier {shapes(self._columns)}; the same outputs every time"
            )
        for name, column in chunk.items():
            self._columns[name][place] = column[:used]
        answers = [column for name, column in chunk.items() if name.partition("@")[0] == "probabilities"]
        self._malformed[place] = np.any([malformed(answer[:used]) for answer in answers], axis=0)
        self._made = place.stop


def are_of(columns: Columns, rows: Draw, classes: int | None) -> bool:
    """Whether what was kept is evidence of these rows and no others, with so many classes where that is known."""
    if not {"ids", "probabilities"} <= columns.keys():
        return False
    answers, whole = columns["probabilities"], all(one.shape[:1] == (len(rows),) for one in columns.values())
    alike = answers.ndim == 2 and classes in (None, answers.shape[1])
    return whole and alike and np.array_equal(columns["ids"], rows.ids)


def shapes(columns: Columns) -> dict[str, tuple[int, ...]]:
    """The shape of one row of each column."""
    return {name: column.shape[1:] for name, column in sorted(columns.items())}
