"""Rows that are newly wrong, by name: a record says where they stand, and only the data what they are."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from pytest_robust import record
from pytest_robust.datasets import Dataset
from pytest_robust.engine.draw import Draw, draw_rows
from pytest_robust.engine.loading import Once, load_data
from pytest_robust.engine.plan import Plan
from pytest_robust.errors import RobustError
from pytest_robust.record import CellSummary, Record


class Names:
    """Names rows of a record by the data of its plan, which are read again when they are first asked for.

    Where they cannot be read, `warnings` say so, and no row has a name.
    """

    def __init__(self, plan: Plan, of: Record, warnings: list[str]) -> None:
        self._of, self._warnings = of, warnings
        self._sets = {data.name: Once(partial(_drawn, plan, data.name)) for data in of.data}

    def __call__(self, cell: CellSummary, places: NDArray[np.intp]) -> list[record.Failure]:
        """The rows at these places of the cell, in the order drawn, each with its right class."""
        if not len(places):
            return []
        try:
            dataset, draw = self._sets[cell.data or ""]()
        except RobustError as error:
            message = f"rows that are newly wrong have no names: the data {cell.data!r} cannot be read again: {error}"
            if message not in self._warnings:
                self._warnings.append(message)
            return []
        if draw.digest != cell.rows_sha256:
            return []  # rows of two parents, or data that are others by now
        classes = dataset.classes or (() if self._of.model is None else tuple(self._of.model.classes))
        labels = dataset.labels[draw.first[places]].tolist()
        names = [classes[label] if 0 <= label < len(classes) else str(label) for label in labels]
        return [record.Failure(row=row, label=name) for row, name in zip(draw.ids[places].tolist(), names, strict=True)]


def _drawn(plan: Plan, name: str) -> tuple[Dataset, Draw]:
    """A data set and the order of its rows."""
    assert plan.file.suite is not None
    dataset = load_data(plan, name, None)
    return dataset, draw_rows(plan.file.suite.seed, name, dataset)
