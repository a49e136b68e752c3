"""Where model and data came from, in the record of a run: the same whoever judged, and no more work a second time."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from conftest import Project
from pytest_robust.cli import main

HEAD = """
seed: 7
model: {adapter: callable, source: model.py:answer, classes: [dark, bright], weights: [threshold.txt]}
data: {test: rows.npz, train: train.npz}
training: training.json
scenarios:
"""


@pytest.fixture
def traced(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The project with a file of weights, and training rows that hold three test rows and a copy of one."""
    monkeypatch.chdir(project.path)
    (project.path / "threshold.txt").write_text("128")
    with np.load(project.path / "rows.npz") as rows:
        images, labels = rows["images"], rows["labels"]
    others = np.random.default_rng(3).integers(0, 256, (20, 4, 4, 1), dtype=np.uint8)
    train = np.concatenate([others, images[[5, 17, 40]], images[60:61] + np.uint8(9)])
    np.savez(project.path / "train.npz", images=train, labels=np.zeros(24, np.int64))
    path = project.write(head=HEAD)
    assert main(["manifest", str(path), "--data", "train", "-o", "training.json"]) == 0
    assert labels.shape == (200,)
    return project


def test_the_record_of_a_run_tells_where_model_and_data_came_from(traced: Project):
    traced.robust("suites/vision.yaml")
    lineage = traced.record().lineage
    assert lineage is not None
    (weights,) = lineage.weights
    assert (weights.path, weights.bytes) == ("threshold.txt", 3)
    assert weights.sha256 == hashlib.sha256(b"128").hexdigest()
    assert lineage.training is not None
    assert (lineage.training.format, lineage.training.rows) == ("manifest", 24)
    assert lineage.training.sha256 == hashlib.sha256(Path("training.json").read_bytes()).hexdigest()
    (overlap,) = lineage.overlaps
    assert (overlap.data, overlap.rows, overlap.exact) == ("test", 200, 3)
    assert [(twin.row, twin.training_row) for twin in overlap.twins[:3]] == [("5", "20"), ("17", "21"), ("40", "22")]
    assert ("60", "23") in [(twin.row, twin.training_row) for twin in overlap.twins[3:]]
    assert lineage.unlooked is None


def test_the_balance_of_the_data_is_told(traced: Project):
    traced.robust("suites/vision.yaml")
    assert [(data.name, data.balance) for data in traced.record().data] == [("test", [100, 100])]


@pytest.mark.parametrize("cache", ["none", "kept"])
def test_two_runs_and_runs_of_several_workers_tell_the_same(traced: Project, cache: str):
    found = []
    for more in ((), (), ("-n", "2")):
        traced.spawn("--robust", "--robust-cache", cache, "suites/vision.yaml", *more)
        record = traced.record()
        found.append((record.lineage, record.digest))
    assert found[0] == found[1] == found[2]


def test_training_data_that_are_not_there_are_a_mistake_of_the_suite(traced: Project):
    Path("training.json").unlink()
    result = traced.robust("suites/vision.yaml")
    assert result.ret == 2
    result.stdout.fnmatch_lines(["*suites/vision.yaml:4:11: 'training.json' does not exist (tried *"])


def test_data_that_vanish_after_the_last_check_leave_a_record_that_says_so(traced: Project):
    (traced.path / "conftest.py").write_text(
        "import pathlib\ndef pytest_robust_verdict(item, verdict):\n"
        "    if verdict.id.startswith('night::darken-3'): pathlib.Path('rows.npz').unlink()\n"
    )
    traced.spawn("--robust", "suites/vision.yaml")
    lineage = traced.record().lineage
    assert lineage is not None
    assert lineage.overlaps == []
    assert "'rows.npz' does not exist" in (lineage.unlooked or "")
    assert str(traced.path) not in (lineage.unlooked or "")
