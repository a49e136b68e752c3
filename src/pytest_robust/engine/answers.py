"""Asking the model, and what its answers must be before a verdict can be built on them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.adapters import Model
from pytest_robust.carriers import Images, Predictions
from pytest_robust.engine.clock import timed
from pytest_robust.engine.leaks import Growth
from pytest_robust.engine.line import HungError, Line
from pytest_robust.engine.staying import staying
from pytest_robust.errors import ModelError, RobustError
from pytest_robust.sources import where_raised

LIMIT = 600.0
"""Seconds that one question may take, unless the suite says otherwise."""
REPEATED_ROWS = 16
QUERIED_ROWS = 32
"""Rows in every question of a search."""
NO_MEMORY = ("out of memory", "not enough memory", "can't allocate memory")
"""What torch says, on the CPU in an error that has no class of its own."""
REPEAT_TOLERANCE = 1e-6
"""By how much two answers to one input may differ; a dropout layer left on differs by far more."""


class Witness:
    """The model as the engine asks it: answers are of one shape from first to last, and the first ones are asked twice.

    `source` is named where an error shows no file of the user's. Messages for the summary go into `warnings`. One
    question may take `limit` seconds. A model that hangs is not asked again; one that runs out of memory is asked about
    fewer images at a time from then on.
    """

    def __init__(self, model: Model, source: Path, warnings: list[str], limit: float = LIMIT) -> None:
        self.model = model
        self.source = source
        self.warnings = warnings
        self.line = Line(limit)
        self.most: int | None = None
        """How many images it can be asked about at a time, where it ran out of memory on more."""
        self.rows_asked = 0
        """Rows asked about, the repetition of the first ones not counted."""
        self.classes: int | None = None if model.classes is None else len(model.classes)
        """How many classes the model has, as far as is known."""
        self._varies: bool | None = None
        """Whether it answered differently when asked twice; None until it was."""
        self._failed: ModelError | None = None
        self._growth: Growth | None = Growth()
        """What its questions add to the memory of the process; None once it was told that they keep adding."""

    def predict(self, images: Images) -> Predictions:
        """The model's answers, as float32. Raises ModelError."""
        self._check_repeats(images)
        self.rows_asked += len(images)
        return self._ask(images)

    def ask(self, images: Images) -> Predictions:
        """The model's answers to a search, a row's independent of the rows around it. Raises ModelError.

        Always so many images at a time, filled up with copies: libraries choose other kernels, which round
        differently, for other numbers of rows, and a search would amplify that.
        """
        parts = []
        for start in range(0, len(images), QUERIED_ROWS):
            group = images[start : start + QUERIED_ROWS]
            filled = np.concatenate([group, np.repeat(group[:1], QUERIED_ROWS - len(group), axis=0)])
            self._check_repeats(filled)
            parts.append((self._ask(filled), len(group)))
            self.rows_asked += len(group)
        if not parts:
            raise ValueError("ask() was given no images")
        return joined([cut(answers, count) for answers, count in parts])

    @contextmanager
    def unhurried(self) -> Iterator[None]:
        """Ask without a limit, in this thread: the C library gives back the memory of others' threads late or never."""
        line, self.line = self.line, Line(math.inf)
        try:
            yield
        finally:
            self.line = line

    def varies(self, images: Callable[[], Images]) -> bool:
        """Whether the model answered differently when asked twice; about these images where it was not asked yet."""
        if self._varies is None:
            self._check_repeats(images())
        return bool(self._varies)

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
        if self._varies is not None and self._failed is None:
            return
        first, second = (self._ask(images[:REPEATED_ROWS]).probabilities for _ in range(2))
        self._varies = first.shape != second.shape or not np.allclose(
            first, second, rtol=0, atol=REPEAT_TOLERANCE, equal_nan=True
        )
        if not self._varies:
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
        """The answers, to as many images at a time as the memory holds."""
        most = self.most or len(images)
        if len(images) > most:
            return joined([self._ask(images[start : start + most]) for start in range(0, len(images), most)])
        try:
            return self._ask_once(images)
        except ModelError as error:
            if len(images) < 2 or not is_out_of_memory(error):
                raise
        self.most = len(images) // 2
        self.warnings.append(
            f"the model ran out of memory on {len(images)} images at a time and was asked about {self.most} at a time "
            "from there on, which may round differently; a smaller `batch` in the suite asks all alike"
        )
        return self._ask(images)

    @timed("model")
    def _ask_once(self, images: Images) -> Predictions:
        if self._failed is not None:
            raise self._failed.with_traceback(None)
        before = 0 if self._growth is None else self._growth.resident()
        try:
            found = self.line.call(lambda: self._predict(images))
        except RobustError:
            raise
        except HungError as error:
            self._failed = ModelError(
                f"{error.place or self.source}: the model gave no answer to {len(images)} images within "
                f"{self.line.limit:g} s and is not asked again; mend what it waits for, or give it longer with "
                "`timeout` in the suite"
            )
            raise self._failed from None
        except SystemExit as error:
            where = where_raised(error, self.source)
            raise ModelError(f"{where}: the model tried to end the process, with exit code {error.code!r}") from error
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
            None if found.abstained is None else np.asarray(found.abstained, dtype=np.bool_).reshape(len(images)),
        )
        self.expect_classes(answers.probabilities.shape[1])
        self._look_for_a_leak(before, answers)
        return answers

    def _predict(self, images: Images) -> Predictions:
        with staying():
            return self.model.predict(images)

    def _look_for_a_leak(self, before: int, answers: Predictions) -> None:
        if self._growth is None:
            return
        answered = sum(column.nbytes for name in OUTPUTS if (column := getattr(answers, name)) is not None)
        added = self._growth.note(before, answered)
        if added is None:
            return
        self._growth = None
        self.warnings.append(
            f"{self.source}: the model keeps memory of every question, {added / 1e6:,.0f} MB so far, and a long run "
            "may be killed for want of it; look for a list or a cache in it that grows, or a graph that torch.no_grad "
            "would not build. What a killed run has found is in the cache, and the next one goes on from there"
        )


OUTPUTS = tuple(one.name for one in fields(Predictions))


def cut(answers: Predictions, count: int) -> Predictions:
    """The first answers."""
    given = {name: column for name in OUTPUTS if (column := getattr(answers, name)) is not None}
    return Predictions(**{name: column[:count] for name, column in given.items()})


def joined(parts: Sequence[Predictions]) -> Predictions:
    """Answers one after the other. Raises ModelError where some have outputs that others lack."""
    columns = {name: [getattr(part, name) for part in parts] for name in OUTPUTS}
    for name, some in columns.items():
        if len({column is None for column in some}) > 1:
            raise ModelError(f"the model answers with {name} sometimes; the same outputs every time")
    return Predictions(**{name: np.concatenate(some) for name, some in columns.items() if some[0] is not None})


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error, or what it came from, says that memory did not suffice, on the CPU or on a GPU.

    >>> is_out_of_memory(MemoryError()), is_out_of_memory(RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"))
    (True, True)
    """
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    said = isinstance(error, RuntimeError) and any(words in str(error).lower() for words in NO_MEMORY)
    return said or (error.__cause__ is not None and is_out_of_memory(error.__cause__))


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
