"""What generators need besides images, labels and partners: the model's help, and what the data as a whole tells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pytest_robust.adapters import Differentiable, Model
from pytest_robust.carriers import Images
from pytest_robust.datasets import Dataset
from pytest_robust.engine.draw import Positions
from pytest_robust.engine.inputs import read_rows
from pytest_robust.errors import DataError, ModelError


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
