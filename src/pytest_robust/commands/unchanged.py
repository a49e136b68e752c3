"""What a record stands on beside what lies there now: suite, files, model and data, by their digests."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pytest_robust.engine.engine import Engine
from pytest_robust.engine.lineage import sha256_of
from pytest_robust.engine.plan import make_plan
from pytest_robust.errors import RobustError
from pytest_robust.record import Record
from pytest_robust.report.words import count
from pytest_robust.risk.waivers import holds
from pytest_robust.sources import Roots
from pytest_robust.suite import files as suites

SHORT = 12
"""Characters of a digest that are told."""
DATA_SET = "data set"
"""The format of training data that are rows of the suite, see `record.Training`: they are loaded."""
AGAIN = "restore what was tested, or run the suite again and have that signed"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was looked at."""

    name: str
    told: str
    problem: str | None = None
    """What is wrong with it, and what to do."""
    remark: bool = False
    """Whether it is only told, being neither right nor wrong."""

    @property
    def mark(self) -> str:
        """What stands before it."""
        return "FAIL" if self.problem else "note" if self.remark else "ok"


def files_of(record: Record, root: Path) -> Iterator[Part]:
    """Suite, weights, what tells of the training data, files of data, in a project of this root. No code is run."""
    yield _suite(record, root)
    if record.lineage is not None:
        for file in record.lineage.weights:
            yield _file("weights", file.path, file.sha256, root)
        training = record.lineage.training
        if training is not None and training.format != DATA_SET:
            beside = Path(record.suite.path).parent / training.source
            path = beside if (root / beside).is_file() else Path(training.source)
            yield _file("training", path.as_posix(), training.sha256, root)
    for data in record.data:
        if data.file is not None:
            yield _file(f"data {data.name}", data.file.path, data.file.sha256, root)


def _suite(record: Record, root: Path) -> Part:
    path, expected = root / record.suite.path, record.suite.sha256
    try:
        found = hashlib.sha256(path.read_bytes().removeprefix(codecs.BOM_UTF8)).hexdigest()
    except OSError as error:
        return Part("suite", record.suite.path, _unreadable(error))
    return Part("suite", f"{record.suite.path}, sha256 {expected[:SHORT]}", _changed(expected, found))


def _file(name: str, path: str, expected: str, root: Path) -> Part:
    try:
        found = sha256_of(root / path)
    except OSError as error:
        return Part(name, path, _unreadable(error))
    return Part(name, f"{path}, sha256 {expected[:SHORT]}", _changed(expected, found))


def loaded(record: Record, root: Path) -> Iterator[Part]:
    """Model and data as the engine loads them, which runs the code that the suite names."""
    try:
        path = root / record.suite.path
        engine = Engine(make_plan(suites.load(path), Roots((path.parent, root))), cache=None)
    except RobustError as error:
        yield Part("plan", record.suite.path, f"{error}; install what the run had, see section 16 of the report")
        return
    if record.model is not None:
        try:
            now = engine.model()
            problem = _changed(record.model.sha256, now.sha256)
            there, here = (one.description.get("device") for one in (record.model, now))
            if problem and there != here:
                problem += f"; it ran on {there} then and on {here} now, which makes it another one"
        except RobustError as error:
            problem = str(error)
        yield Part("model", f"{record.model.source}, sha256 {record.model.sha256[:SHORT]}", problem)
    for data in record.data:
        try:
            problem = _changed(data.sha256, engine.data_set(data.name).sha256)
        except RobustError as error:
            problem = str(error)
        yield Part(f"data {data.name}", f"{count(data.rows, 'row')}, sha256 {data.sha256[:SHORT]}", problem)


def waivers(record: Record) -> Iterator[Part]:
    """Waivers that no longer hold today."""
    today = datetime.now(UTC).date()
    for waiver in record.waivers:
        ended = None if holds(waiver, today) else "expired since; mend what it waives, or renew it and run again"
        yield Part("waiver", f"{waiver.place.path}:{waiver.place.line}, {waiver.owner}, to {waiver.expires}", ended)


def _changed(expected: str, found: str) -> str | None:
    if expected == found:
        return None
    return f"changed, found {found[:SHORT]}; {AGAIN}"


def _unreadable(error: OSError) -> str:
    return f"cannot be read: {error.strerror}; name the project's root with --root, or {AGAIN}"
