"""A cell with all that its evidence is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pytest_robust.carriers import malformed
from pytest_robust.datasets import Dataset
from pytest_robust.engine.ahead import can_be_ahead
from pytest_robust.engine.answers import what_is_wrong
from pytest_robust.engine.draw import Draw
from pytest_robust.engine.evidence import Growing
from pytest_robust.engine.plan import Cell
from pytest_robust.errors import DataError, ModelError


@dataclass(frozen=True)
class Site:
    """A cell with all that its evidence is made of."""

    cell: Cell
    dataset: Dataset
    draw: Draw
    key: str
    evidence: Growing

    @property
    def name(self) -> str:
        """What messages call it. Clean rows belong to no scenario."""
        return f"the clean rows of {self.cell.data!r}" if self.cell.generator.kind == "clean" else self.cell.id

    @cached_property
    def can_be_ahead(self) -> bool:
        """Whether a chunk's inputs may be made while the model answers about another's."""
        return can_be_ahead(self.cell, self.dataset)

    def refuse_strange_labels(self) -> None:
        """Raise DataError, naming the row, for a label that the model has no class for."""
        labels, classes = self.dataset.labels, self.evidence.rows(1).probabilities.shape[1]
        row = int(np.argmax(labels))
        if labels[row] >= classes:
            raise DataError(
                f"data {self.cell.data!r}: label {labels[row]} of row {str(self.dataset.ids[row])!r} is outside the "
                f"{classes} classes that the model answers for; give labels in the model's numbering, counted from 0"
            )

    def refuse_malformed(self, count: int) -> None:
        """Raise ModelError where one of the first rows has an answer that is no probability."""
        evidence = self.evidence.rows(count)
        rows = self.evidence.malformed(count)
        if len(rows):
            first = int(rows[0])
            answers = (draw.probabilities[first] for draw in evidence.draws())
            answer = next(answer for answer in answers if malformed(answer[None])[0])
            raise ModelError(
                f"{len(rows)} of {len(evidence)} answers in {self.name} are no probabilities; the first, to row "
                f"{str(evidence.ids[first])!r}, {what_is_wrong(answer)} "
                "(the property `finite_outputs` judges this)"
            )


def check_order(name: str, dataset: Dataset, classes: Sequence[str] | None) -> None:
    """Raise DataError where data and model name the same classes in another order: labels would mean other ones."""
    if classes is None or dataset.classes is None or tuple(classes) == dataset.classes:
        return
    if sorted(classes) == sorted(dataset.classes):
        place = next(i for i, pair in enumerate(zip(classes, dataset.classes, strict=True)) if pair[0] != pair[1])
        raise DataError(
            f"data {name!r}: class {place} is {dataset.classes[place]!r}, but {classes[place]!r} for the model; "
            "bring the data's classes into the model's order"
        )
