"""Model and data of a plan, loaded when first needed, once; an error in it is the same error for every check."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from pytest_robust.adapters import Model
from pytest_robust.datasets import Dataset
from pytest_robust.datasets._classes import some_classes
from pytest_robust.datasets._open import open_dataset
from pytest_robust.engine.clock import timed
from pytest_robust.engine.heap import keep_freed
from pytest_robust.engine.plan import Plan
from pytest_robust.errors import DataError, ModelError, RobustError
from pytest_robust.sources import where_raised

Value = TypeVar("Value")


class Once(Generic[Value]):
    """What a function gives, asked once. A RobustError is remembered too, and raised again, the same object."""

    def __init__(self, make: Callable[[], Value]) -> None:
        self._make = make
        self._value: Value | None = None
        self._error: RobustError | None = None

    def __call__(self) -> Value:
        """The value. Raises what the function raised."""
        if self._error is not None:
            raise self._error.with_traceback(None)
        if self._value is None:
            try:
                self._value = self._make()
            except RobustError as error:
                self._error = error
                raise
        return self._value

    @property
    def value(self) -> Value | None:
        """The value where it was asked for already and there is one."""
        return self._value


@timed("model")
def load_model(plan: Plan) -> Model:
    """The model under test. Raises ModelError, SourceError or OptionError."""
    keep_freed()
    try:
        with uncollected():
            return plan.adapter(**plan.adapter_options, roots=plan.roots)
    except RobustError as error:
        raise placed(error, plan, "model") from error
    except Exception as error:
        where = where_raised(error, plan.file.path)
        raise ModelError(f"{where}: the model cannot be loaded: {type(error).__name__}: {error}") from error


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Without looking for garbage: importing torch makes many objects, and no garbage."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@timed("data")
def load_data(plan: Plan, name: str, known: Sequence[str] | None) -> Dataset:
    """One data set of the suite, or those of its classes that the suite asks for; `known` are the model's.

    Raises DataError, SourceError or OptionError that names it.
    """
    assert plan.file.suite is not None
    spec = plan.file.suite.data[name]
    where = f"data {name!r}"
    try:
        found = open_dataset(spec.source, reader=spec.reader, options=spec.options, roots=plan.roots, where=where)
    except RobustError as error:
        raise placed(error, plan, "data", name) from error
    if not len(found):
        raise DataError(f"{where} ({spec.source}) has no rows; a verdict needs at least one")
    chosen = "without" if spec.only is None else "only"
    try:
        return some_classes(found, only=spec.only, without=spec.without, known=known, where=where)
    except DataError as error:
        raise placed(error, plan, "data", name, chosen) from error


def placed(error: RobustError, plan: Plan, *key: str) -> RobustError:
    """The error with the place in the suite file that it is about; as it is where the suite is no file."""
    if not plan.file.path.is_file():
        return error
    line, column = plan.file.place(*key)
    return type(error)(f"{plan.shown_path}:{line}:{column}: {error}")
