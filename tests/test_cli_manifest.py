"""`robust manifest` as a user meets it: a file that a suite then names, and mistakes told as pytest tells them."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_robust.cli import main

SUITE = """
model: {adapter: torch, source: model.py:never_loaded}
data:
  test: data.py:test
  train: data.py:train
training: training.json
scenarios:
  clean: {generate: clean, require: accuracy >= 0.9}
"""

DATA = """
import numpy as np
def rows(seed):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (30, 8, 8, 3), dtype=np.uint8)
    return {"images": images, "labels": np.arange(30) % 3, "classes": "abc"}
def test(): return rows(0)
def train(): return rows(1)
"""


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "data.py").write_text(DATA)
    path = tmp_path / "suites" / "small.yaml"
    path.parent.mkdir()
    path.write_text(SUITE)
    return Path("suites/small.yaml")


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main(["manifest", *map(str, arguments)]) == 2
    return capsys.readouterr().err


def test_the_manifest_that_a_suite_names_is_made_by_that_suite(suite: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["manifest", str(suite), "--data", "train", "-o", "training.json"]) == 0
    assert capsys.readouterr().out == "training.json\n"
    content = json.loads(Path("training.json").read_text())
    assert (content["name"], content["source"], content["classes"]) == ("train", "data.py:train", ["a", "b", "c"])
    assert [row[0] for row in content["rows"]] == [str(k) for k in range(30)]
    assert len(content["rows"][0][1]) == 64


def test_the_same_rows_make_the_same_bytes(suite: Path):
    digests = []
    for name in ("one.json", "two.json"):
        assert main(["manifest", str(suite), "--data", "train", "-o", name]) == 0
        digests.append(hashlib.sha256(Path(name).read_bytes()).hexdigest())
    assert digests[0] == digests[1]


def test_neither_the_model_nor_torch_is_loaded(suite: Path):
    code = (
        "import sys; from pytest_robust.cli import main; "
        f"main(['manifest', {str(suite)!r}, '--data', 'train', '-o', 't.json']); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_data_that_the_suite_does_not_have_are_refused_with_those_that_it_has(
    suite: Path, capsys: pytest.CaptureFixture[str]
):
    error = told(capsys, suite, "--data", "trian", "-o", "t.json")
    assert error == "robust: suites/small.yaml has no data 'trian'; did you mean 'train'?\n"
    assert not Path("t.json").exists()


def test_other_mistakes_of_the_suite_are_told_at_their_places(suite: Path, capsys: pytest.CaptureFixture[str]):
    suite.write_text(SUITE.replace("accuracy >=", "acuracy >="))
    error = told(capsys, suite, "--data", "train", "-o", "t.json")
    assert error == "suites/small.yaml:8:37: unknown property 'acuracy'; did you mean 'accuracy'?\n"


def test_data_that_cannot_be_read_are_told(suite: Path, capsys: pytest.CaptureFixture[str]):
    Path("data.py").write_text("def train(): raise ValueError('no disk')")
    error = told(capsys, suite, "--data", "train", "-o", "t.json")
    assert "data.py:1: data.py:train raised ValueError: no disk" in error


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (".", "robust: .: is a directory; name a file in it with -o"),
        ("suites/small.yaml", "robust: suites/small.yaml: this is the suite itself; name another file with -o"),
        ("nowhere/t.json", "robust: nowhere/t.json: cannot be written: No such file or directory; name another"),
    ],
)
def test_a_file_that_cannot_be_written_is_told(suite: Path, capsys: pytest.CaptureFixture[str], output, said):
    assert told(capsys, suite, "--data", "train", "-o", output).startswith(said)
    assert suite.read_text() == SUITE
