"""Making evidence: rows to hard inputs to answers, a chunk at a time.

A chunk is a pure function of its cell, its rows, the data, the model and the seed: it is the same bytes in any process,
and whatever else was asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.adapters import Differentiable, Model
from pytest_robust.carriers import Batch, Columns, Evidence, Images, Predictions, Truth, malformed
from pytest_robust.datasets import Dataset
from pytest_robust.engine.address import source_file
from pytest_robust.engine.draw import Draw, Positions
from pytest_robust.engine.plan import Cell
from pytest_robust.engine.seeds import row_seeds
from pytest_robust.errors import DataError, GenerationError, ModelError, RobustError
from pytest_robust.generators import PASSED
from pytest_robust.sources import where_raised

BLENDED_EVENLY = 0.5
"""The share of the first parent where the generator has no weight."""


def make_chunk(
    cell: Cell, rows: Draw, dataset: Dataset, model: Model, predict: Callable[[Images], Predictions], suite_seed: int
) -> Columns:
    """The evidence columns of these rows. Raises DataError, GenerationError or ModelError."""
    base = read_rows(dataset, cell.data, rows.first)
    other = None if rows.second is None else read_rows(dataset, cell.data, rows.second)
    answers = predict(hard_inputs(cell, rows, base, other, model, suite_seed))
    columns: dict[str, NDArray[Any]] = {
        "ids": rows.ids,
        "labels": base.labels if cell.generator.truth == "label" else np.full(len(rows), -1, np.int64),
        "probabilities": answers.probabilities,
    }
    if answers.logits is not None:
        columns["logits"] = answers.logits
    if answers.features is not None:
        columns["features"] = answers.features
    if other is not None:
        columns["parents"] = np.stack([base.labels, other.labels], axis=1)
        columns["parent_ids"] = np.stack([base.ids, other.ids], axis=1)
        columns["weight"] = np.full(len(rows), first_share(cell), np.float64)
    return columns


def hard_inputs(cell: Cell, rows: Draw, base: Batch, other: Batch | None, model: Model, suite_seed: int) -> Images:
    """What the cell's generator makes of these rows, uint8 of their shape. Raises GenerationError or ModelError."""
    generator = cell.generator
    given: dict[str, Any] = {}
    at_work: AbstractContextManager[None] = nullcontext()
    if "labels" in generator.needs:
        given[PASSED["labels"]] = base.labels
    if "partner" in generator.needs and other is not None:
        given[PASSED["partner"]] = other.inputs.copy()
    if "gradients" in generator.needs:
        if not isinstance(model, Differentiable):
            raise ModelError(f"generator {generator.name!r} needs gradients, which this model does not offer")
        given[PASSED["gradients"]] = model
        at_work = model.at_work()
    try:
        with at_work:
            found = generator(
                base.inputs.copy(),  # a generator that works in place spoils nothing
                severity=0.0 if cell.level is None else cell.level.value,
                seeds=row_seeds(suite_seed, cell.scenario, rows.ids),
                **given,
                **cell.options,
            )
    except RobustError:
        raise
    except Exception as error:
        where = where_raised(error, source_file(generator.make) or Path(generator.name))
        raise GenerationError(
            f"{where}: generator {generator.name!r} raised {type(error).__name__} in {cell.id}: {error}"
        ) from error
    if not isinstance(found, np.ndarray) or found.dtype != np.uint8 or found.shape != base.inputs.shape:
        made = f"{found.dtype} of shape {found.shape}" if isinstance(found, np.ndarray) else type(found).__name__
        raise GenerationError(
            f"generator {generator.name!r} returned {made} in {cell.id}; "
            f"it must return uint8 of shape {base.inputs.shape}, values from 0 to 255"
        )
    return found


def read_rows(dataset: Dataset, name: str, positions: Positions) -> Batch:
    """Rows of a data set. Raises DataError whatever goes wrong."""
    try:
        return dataset.rows(positions)
    except RobustError:
        raise
    except Exception as error:
        raise DataError(f"data {name!r}: cannot read its rows: {type(error).__name__}: {error}") from error


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
        self._malformed[place] = malformed(chunk["probabilities"][:used])
        self._made = place.stop


def shapes(columns: Columns) -> dict[str, tuple[int, ...]]:
    """The shape of one row of each column."""
    return {name: column.shape[1:] for name, column in sorted(columns.items())}
