"""Which rows a cell is made of, and in which order they are drawn."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pytest_robust.datasets import Dataset
from pytest_robust.engine.seeds import row_order

Positions = NDArray[np.intp]


@dataclass(frozen=True)
class Draw:
    """Rows in the order drawn, each made of one base image, or of two.

    `ids` (n,) names the rows, `first` (n,) are positions in the data set, `second` (n,) those of the other parents
    where a row has two. No base image is in two rows: it is the unit of independence.
    """

    ids: NDArray[np.str_]
    first: Positions
    second: Positions | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def digest(self) -> str:
        """SHA-256 over the rows and their order."""
        return hashlib.sha256("\0".join(self.ids.tolist()).encode()).hexdigest()

    def chunk(self, number: int, batch: int) -> Draw:
        """The rows of one chunk: always the same ones, however many are asked for and by whom."""
        return self.take(slice(number * batch, (number + 1) * batch))

    def take(self, rows: Positions | slice) -> Draw:
        """Some of the rows, in this order."""
        return Draw(self.ids[rows], self.first[rows], None if self.second is None else self.second[rows])

    @cached_property
    def places(self) -> Positions:
        """Where each row of the data set stands in the order drawn, (n,), where all rows are drawn as first ones."""
        return np.argsort(self.first)


def draw_rows(suite_seed: int, data_name: str, dataset: Dataset) -> Draw:
    """All rows of a data set."""
    order = row_order(suite_seed, data_name, dataset.ids)
    return Draw(dataset.ids[order], order)
