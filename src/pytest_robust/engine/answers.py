"""Asking the model, and what its answers must be before a verdict can be built on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.adapters import Model
from pytest_robust.carriers import Images, Predictions
from pytest_robust.errors import ModelError, RobustError
from pytest_robust.sources import where_raised

REPEATED_ROWS = 32
REPEAT_TOLERANCE = 1e-6
"""By how much two answers to one input may differ; a dropout layer left on differs by far more."""


class Witness:
    """The model as the engine asks it: answers are of one shape from first to last, and the first ones are asked twice.

    `source` is named where an error shows no file of the user's. Messages for the summary go into `warnings`.
    """

    def __init__(self, model: Model, source: Path, warnings: list[str]) -> None:
        self.model = model
        self.source = source
        self.warnings = warnings
        self.rows_asked = 0
        """Rows asked about, the repetition of the first ones not counted."""
        self.classes: int | None = None if model.classes is None else len(model.classes)
        """How many classes the model has, as far as is known."""
        self._repeats = False
        self._failed: ModelError | None = None

    def predict(self, images: Images) -> Predictions:
        """The model's answers, as float32. Raises ModelError."""
        self._check_repeats(images)
        self.rows_asked += len(images)
        return self._ask(images)

    def expect_classes(self, count: int) -> None:
        """Take note of an answer of so many classes. Raises ModelError where others had another number."""
        if self.classes is None:
            self.classes = count
        if count != self.classes:
            told = "its `classes` name" if self.model.classes is not None else "earlier answers had"
            raise ModelError(
                f"the model answers with {count} numbers a row, {told} {self.classes}; "
                "one probability a class, the same classes every time"
            )

    def _check_repeats(self, images: Images) -> None:
        """Ask the first rows of all twice: a verdict about a model that answers by chance would be chance as well."""
        if self._failed is not None:
            raise self._failed.with_traceback(None)
        if self._repeats:
            return
        first, second = (self._ask(images[:REPEATED_ROWS]).probabilities for _ in range(2))
        self._repeats = True
        if first.shape == second.shape and np.allclose(first, second, rtol=0, atol=REPEAT_TOLERANCE, equal_nan=True):
            return
        message = "the model answers differently when asked twice about the same images"
        if not self.model.deterministic:
            self.warnings.append(f"{message}; verdicts on it may change from run to run")
            return
        self._failed = ModelError(
            f"{message}; put it in evaluation mode (dropout and batch statistics off), "
            "or write `deterministic: false` under `model:` if it is meant to"
        )
        raise self._failed

    def _ask(self, images: Images) -> Predictions:
        try:
            found = self.model.predict(images)
        except RobustError:
            raise
        except Exception as error:
            where = where_raised(error, self.source)
            raise ModelError(
                f"{where}: the model raised {type(error).__name__} on {images.shape} uint8 images: {error}"
            ) from error
        if not isinstance(found, Predictions):
            raise ModelError(f"the model's `predict` returned {type(found).__name__}; it must return Predictions")
        answers = Predictions(
            _floats("probabilities", found.probabilities, len(images)),
            None if found.logits is None else _floats("logits", found.logits, len(images)),
            None if found.features is None else _floats("features", found.features, len(images)),
        )
        self.expect_classes(answers.probabilities.shape[1])
        return answers


def what_is_wrong(answer: NDArray[Any]) -> str:
    """In words, what makes one answer (K,) no probabilities, and what to do.

    >>> what_is_wrong(np.array([2.0, 1.2]))
    'sums to 3.2; if the model returns logits, write `outputs: logits` under `model:`'
    """
    if not np.isfinite(answer).all():
        return (
            "is not finite; look for a division by zero, an overflow or a log of zero in the model or its preprocessing"
        )
    logits = "if the model returns logits, write `outputs: logits` under `model:`"
    if answer.min() < 0:
        return f"holds {answer.min():.3g}, below zero; {logits}"
    return f"sums to {answer.sum(dtype=np.float64):.4g}; {logits}"


def _floats(name: str, values: Any, rows: int) -> NDArray[np.float32]:
    array = np.asarray(values)
    if array.dtype.kind not in "fiu" or array.ndim != 2 or len(array) != rows or array.shape[1] < 1:
        raise ModelError(
            f"the model's {name} are {array.dtype} of shape {array.shape} for {rows} images; give ({rows}, K) numbers"
        )
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array, dtype=np.float32)
