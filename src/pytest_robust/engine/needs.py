"""What generators need besides images, labels and partners: the model's help, and what the data as a whole tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pytest_robust.adapters import Differentiable, Model
from pytest_robust.carriers import Batch, Evidence, Images
from pytest_robust.datasets import Dataset
from pytest_robust.engine.answers import Witness
from pytest_robust.engine.draw import Draw, Positions
from pytest_robust.engine.inputs import read_rows
from pytest_robust.engine.readable import in_whole
from pytest_robust.engine.site import Site
from pytest_robust.errors import DataError, ModelError
from pytest_robust.generators import PASSED, Need, Rows


class Giver(Protocol):
    """Who has what generators need: the bench."""

    @property
    def witness(self) -> Callable[[], Witness]: ...

    def before(self, data: str, positions: Positions) -> Evidence: ...

    def order(self, data: str) -> Draw: ...

    def classes(self) -> tuple[str, ...]: ...


def given(
    giver: Giver, site: Site, rows: Draw, base: Batch, other: Batch | None
) -> tuple[dict[str, Any], AbstractContextManager[None]]:
    """What a cell's generator needs for rows, by keyword, and what is to be held while it works."""
    wanted, witness, data = site.cell.generator.needs, giver.witness(), site.cell.data
    found: dict[Need, Any] = {}
    work: AbstractContextManager[None] = nullcontext()
    if "labels" in wanted:
        found["labels"] = base.labels
    if "partner" in wanted and other is not None:
        found["partner"] = other.inputs.copy()
    if "gradients" in wanted:
        found["gradients"] = differentiable(witness.model, site.cell.generator.name)
        work = found["gradients"].at_work()
    if "queries" in wanted:
        found["queries"] = witness.ask
    if "answers" in wanted:
        found["answers"] = giver.before(data, rows.first).probabilities
    if "exemplars" in wanted:
        found["exemplars"] = exemplars(site.dataset, data, giver.order(data).first, giver.classes())
    if "prior" in wanted:
        found["prior"] = prior(site.dataset, data, giver.classes())
    if "rows" in wanted:
        found["rows"] = Rows(base.ids, *in_whole(site.dataset, rows.first))
    return {PASSED[need]: value for need, value in found.items()}, work


def differentiable(model: Model, generator: str) -> Differentiable:
    """The model, for one that follows its gradients. Raises ModelError."""
    if not isinstance(model, Differentiable):
        raise ModelError(f"generator {generator!r} needs gradients, which this model does not offer")
    return model


def exemplars(dataset: Dataset, name: str, order: Positions, classes: Sequence[str]) -> Images:
    """The first row of each class in the order drawn, (K, h, w, c). Raises DataError where a class has none."""
    labels = dataset.labels[order]
    missing = [name for number, name in enumerate(classes) if not (labels == number).any()]
    if missing:
        raise DataError(f"data {name!r} has no row of the class {missing[0]!r}; an example of each class is needed")
    first = np.array([int(np.argmax(labels == number)) for number in range(len(classes))])
    return read_rows(dataset, name, order[first]).inputs


def prior(dataset: Dataset, name: str, classes: Sequence[str]) -> NDArray[np.float64]:
    """The share of each class among the labelled rows, (K,). Raises DataError where none has a label."""
    known = dataset.labels[(dataset.labels >= 0) & (dataset.labels < len(classes))]
    if not len(known):
        raise DataError(f"data {name!r}: no row has a label of the model's; the share of each class is needed")
    return np.bincount(known, minlength=len(classes)) / len(known)
