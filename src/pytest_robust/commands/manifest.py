"""`robust manifest`: what is kept of training rows, so that a run can tell whether a test row is one of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pytest_robust.engine.inputs import batches
from pytest_robust.engine.loading import load_data
from pytest_robust.engine.plan import make_plan
from pytest_robust.errors import RobustError, SuiteError, nearest
from pytest_robust.pytest_support import outside
from pytest_robust.sources import Roots
from pytest_robust.suite import files
from pytest_robust.training._rows import rows_of
from pytest_robust.training.manifest import written


def text(suite: Path, name: str) -> str:
    """The manifest of a data set of a suite. Loads the data, and not the model.

    What the suite says under `training:` is not looked at: its file may be about to be written. Raises SuiteError with
    every other mistake in the suite, RobustError for a data set that it does not have or that cannot be read.
    """
    file = files.load(suite)
    if file.suite is None:
        raise SuiteError(file.problems)
    roots = Roots((suite.parent, outside.configuration(suite).rootpath))
    plan = make_plan(replace(file, suite=file.suite.model_copy(update={"training": None})), roots)
    if name not in file.suite.data:
        raise RobustError(f"{suite} has no data {name!r}; {nearest(name, file.suite.data)}")
    dataset = load_data(plan, name, None)
    classes = None if dataset.classes is None else list(dataset.classes)
    source = file.suite.data[name].source
    return written(name, source, dataset.fingerprint, classes, rows_of(batches(dataset, name)))
