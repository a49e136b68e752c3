"""Where model and data came from: files of weights, with their hashes, and how many rows a class has."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import numpy as np
import pytest
from small_world import CLEAN, HERE, Brightest, cell, check, plan, right

from pytest_robust.adapters.callable import load_callable
from pytest_robust.adapters.torch import load_torch
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.lineage import data_file, repository, weights
from pytest_robust.sources import Roots

MODEL = """
import numpy as np
import torch
def load(): return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3, 2))
def answer(images): return np.zeros((len(images), 2))
"""


def test_each_file_is_told_with_its_hash_and_its_size(tmp_path: Path):
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "b.npz").write_bytes(b"second")
    (tmp_path / "a.npz").write_bytes(b"first")
    roots = Roots((tmp_path,))
    model = load_callable(source="model.py:answer", weights=["b.npz", "a.npz"], roots=roots)
    found = weights(model, roots)
    assert [file.path for file in found] == ["b.npz", "a.npz"]
    assert [file.sha256 for file in found] == [hashlib.sha256(word).hexdigest() for word in (b"second", b"first")]
    assert [file.bytes for file in found] == [6, 5]


def test_a_torch_model_tells_the_weights_that_the_suite_names(tmp_path: Path):
    from safetensors.torch import save_file

    (tmp_path / "model.py").write_text(MODEL)
    roots = Roots((tmp_path / "suites", tmp_path))
    assert weights(load_torch(source="model.py:load", roots=roots), roots) == []
    save_file(load_torch(source="model.py:load", roots=roots).module.state_dict(), tmp_path / "w.safetensors")
    found = weights(load_torch(source="model.py:load", weights="w.safetensors", roots=roots), roots)
    assert [file.path for file in found] == ["w.safetensors"]
    assert found[0].sha256 == hashlib.sha256((tmp_path / "w.safetensors").read_bytes()).hexdigest()


def test_a_file_outside_the_project_is_told_without_where_the_project_lies(tmp_path: Path):
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "model.py").write_text(MODEL)
    (tmp_path / "weights.npz").write_bytes(b"w")
    roots = Roots((tmp_path / "project",))
    model = load_callable(source="model.py:answer", weights=["../weights.npz"], roots=roots)
    assert [file.path for file in weights(model, roots)] == ["../weights.npz"]


def test_a_model_that_declares_no_files_has_none():
    engine = Engine(plan(Brightest()), cache=None)
    assert engine.weights() == []


def unnamed():
    """Classes 0 and 2 of a model of three, by number alone."""
    return {"images": np.zeros((5, 4, 4, 3), np.uint8), "labels": [0, 2, 2, 0, 2]}


def test_the_balance_counts_the_rows_of_each_class_and_of_classes_without_rows():
    judged = check(cell(CLEAN), right, "right >= 0.01")
    suite = plan(Brightest(), judged, data={"test": f"{HERE.parent / 'test_lineage.py'}:unnamed"})
    engine = Engine(suite, cache=None)
    engine.judge(judged)
    (found,) = engine.data()
    assert found.classes is None
    assert found.balance == [2, 0, 3]


def test_rows_of_no_class_have_no_balance():
    letters = f"{HERE}:nothing_known"
    judged = check(cell(CLEAN, data="letters"), right, "right >= 0.01")
    engine = Engine(plan(Brightest(), judged, data={"letters": letters}), cache=None)
    engine._bench.datasets["letters"]()
    assert [found.balance for found in engine.data()] == [[]]


def test_data_of_one_file_are_known_to_the_byte(tmp_path: Path):
    """Rows are told apart by their pixels; an archive holds more than these."""
    (tmp_path / "rows.npz").write_bytes(b"rows")
    (tmp_path / "photos").mkdir()
    (tmp_path / "data.py").write_text("test = None")
    roots = Roots((tmp_path / "suites", tmp_path))
    found = data_file("rows.npz", roots)
    assert found is not None
    assert (found.path, found.sha256, found.bytes) == ("rows.npz", hashlib.sha256(b"rows").hexdigest(), 4)
    assert [data_file(source, roots) for source in ("photos", "data.py:test", "CIFAR10")] == [None, None, None]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://token@example.org:8443/a/b.git", "https://example.org:8443/a/b.git"),
        ("ssh://git@example.org/a/b.git", "ssh://example.org/a/b.git"),
        ("example.org:a/b", "ssh://example.org/a/b"),
        ("/home/me/b.git", None),
        ("file:///home/me/b.git", None),
        ("C:\\work\\b", None),
        ("https://[broken", None),
    ],
)
def test_where_a_checkout_comes_from_is_told_without_names_and_passwords(
    tmp_path: Path, address: str, told: str | None
):
    assert repository(tmp_path) is None
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert repository(tmp_path) is None
    subprocess.run(["git", "-C", str(tmp_path), "remote", "add", "origin", address], check=True)
    assert repository(tmp_path) == told
