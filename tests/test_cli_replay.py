"""`robust replay` as a user meets it, with counterexamples that a real run kept."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from pytest_robust.cli import main

MODEL = """
import numpy as np
def answer(images):
    bright = 1 / (1 + np.exp(-(images.mean(axis=(1, 2, 3)) - 128.0) / 10))
    return np.stack([1 - bright, bright], axis=1)
"""
DATA = """
import numpy as np
def rows():
    labels = np.arange(100) % 2
    noise = np.random.default_rng(1).integers(-20, 20, (100, 4, 4, 3))
    images = (np.where(labels, 190, 60)[:, None, None, None] + noise).astype(np.uint8)
    return {"images": images, "labels": labels, "classes": ["dark", "bright"]}
"""
HARD = """
import numpy as np
from pytest_robust import generator
@generator(kind="corruption", scale="severity", levels=(1, 2, 3), risk="Night falls.")
def darken(images, *, severity, seeds):
    return np.clip(images.astype(float) - 45 * severity, 0, 255).astype(np.uint8)
"""
SUITE = """
model: {adapter: callable, source: model.py:answer, classes: [dark, bright]}
data: {test: data.py:rows}
scenarios:
  night: {generate: hard.py:darken, severity: 3, require: accuracy >= 0.9}
"""
CHECK = "suites/vision.yaml::night::darken-3::accuracy"


@pytest.fixture(scope="module")
def after_a_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("run")
    (root / "suites").mkdir()
    for name, text in (("model.py", MODEL), ("data.py", DATA), ("hard.py", HARD), ("suites/vision.yaml", SUITE)):
        (root / name).write_text(text)
    (root / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "--robust", "suites/vision.yaml"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return root


@pytest.fixture
def project(after_a_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(after_a_run, tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def ids(project: Path) -> list[str]:
    return sorted(path.stem for path in (project / ".robust/examples").glob("*.json"))


def edit(project: Path, **change: object) -> str:
    path = next(iter(sorted((project / ".robust/examples").glob("*.json"))))
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    return path.stem


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main(["replay", *map(str, arguments)]) == 2
    return capsys.readouterr().err


def test_without_an_id_it_lists_what_is_kept(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / ".robust/examples/notes.txt").write_text("mine")
    assert main(["replay"]) == 0
    head, *rows, last = capsys.readouterr().out.splitlines()
    assert head == ".robust/examples: 5 kept counterexamples"
    assert [row.split()[:2] for row in rows] == [[name, CHECK] for name in ids(project)]
    assert all("of test, a 'bright', answered 'dark' (" in row for row in rows)
    assert last == "warning: notes.txt: not a kept counterexample; left alone"


def test_one_is_shown_with_what_was_answered_then_and_now(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = ids(project)[0]
    example = json.loads((project / f".robust/examples/{name}.json").read_text())
    assert main(["replay", name[:6]]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"{name}  {CHECK}"
    assert told[1] == "claim    accuracy >= 0.9"
    assert told[2] == f"found    row {example['row']} of test, a 'bright', in darken-3, shown at 2, seed 0"
    assert told[3] == f"picture  .robust/examples/{name}.png"
    assert told[4].startswith("before   'bright' (0.99")
    assert told[5].startswith("then     'dark' (0.9")
    assert told[6] == f"now      {told[5].removeprefix('then').strip().removesuffix(', when it was kept')}"
    assert told[7:] == ["still fails", f'again: pytest --robust "{CHECK}"']


def test_one_that_passes_now_ends_with_0_and_stays_until_its_check_runs(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "model.py").write_text(MODEL.replace("128.0", "30.0"))
    assert main(["replay", ids(project)[0]]) == 0
    assert "passes now; the next run of its check drops it" in capsys.readouterr().out
    assert len(ids(project)) == 5


def test_a_suite_that_was_moved_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "suites").rename(project / "checks")
    name = ids(project)[0]
    assert "its suite suites/vision.yaml is not in this project; name the file with --suite" in refused(capsys, name)
    assert main(["replay", name, "--suite", "checks/vision.yaml"]) == 1
    assert 'again: pytest --robust "checks/vision.yaml::night::darken-3::accuracy"' in capsys.readouterr().out


@pytest.mark.parametrize(
    "suite",
    ["../outside.yaml", "{root}/../outside.yaml", "suites/../../outside.yaml", "a\0", "x" * 9999],
)
def test_a_suite_outside_the_project_is_not_loaded_on_the_word_of_an_example(
    project: Path, suite: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (project.parent / "outside.yaml").write_text(SUITE)
    from pytest_robust.engine import examples

    (kept, *_), _ = examples.read(project / ".robust/examples")
    example = kept.example.model_copy(update={"suite": suite.replace("{root}", str(project))})
    name = examples.keep(kept.folder, example, kept.pixels())
    said = refused(capsys, name)
    assert "is not in this project; name the file with --suite" in said
    assert "\0" not in said


def test_what_is_not_kept_is_looked_for_elsewhere(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "has no counterexample 'ffffffffffff': take both its files from" in refused(capsys, "ffffffffffff")
    said = refused(capsys, "")
    assert all(name in said for name in ids(project))


def test_damaged_files_are_told_of_by_name(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = edit(project, schema_version=7)
    assert f"{name}.json: damaged, or of another version: schema_version" in refused(capsys, name)
    name = ids(project)[1]
    Image.new("RGB", (4, 4)).save(project / f".robust/examples/{name}.png")
    assert f"{name}.png: not what was kept" in refused(capsys, name)


def test_a_check_that_is_gone_and_a_row_that_is_gone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = ids(project)[0]
    (project / "data.py").write_text(DATA.replace("100", "1"))
    assert f"{name} cannot be asked: data 'test' has no row" in refused(capsys, name)
    (project / "suites/vision.yaml").write_text(SUITE.replace("night", "dusk"))
    assert "has no check 'night::darken-3::accuracy'; --suite names another file" in refused(capsys, name)


def test_those_of_a_check_that_is_gone_are_dropped_on_request(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", "--prune"]) == 0
    assert capsys.readouterr().out == ".robust/examples: 5 kept counterexamples\n"
    (project / ".robust/examples/notes.txt").write_text("mine")
    edit(project, suite="suites/gone.yaml")
    (project / "suites/vision.yaml").write_text(SUITE.replace("night", "dusk"))
    assert main(["replay", "--prune"]) == 0
    assert sorted(capsys.readouterr().out.splitlines()) == [
        ".robust/examples: 0 kept counterexamples",
        "dropped 1 kept counterexample: there is no suite suites/gone.yaml",
        f"dropped 4 kept counterexamples: there is no check {CHECK}",
        "warning: notes.txt: not a kept counterexample; left alone",
    ]
    assert [path.name for path in (project / ".robust/examples").iterdir()] == ["notes.txt"]


def test_what_cannot_be_told_to_be_gone_is_left_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A suite with a mistake, and one outside the project, which is not loaded on the word of an example."""
    (project.parent / "outside.yaml").write_text(SUITE.replace("night", "dusk"))
    outside = edit(project, suite="../outside.yaml")
    (project / "suites/vision.yaml").write_text(SUITE.replace("darken", "darkn"))
    assert main(["replay", "--prune"]) == 0
    told = capsys.readouterr().out
    assert "dropped" not in told
    assert "warning: suites/vision.yaml: cannot be read, and its counterexamples are left alone: " in told
    assert "warning: ../outside.yaml: a suite outside this project; its counterexamples are left alone" in told
    assert len(ids(project)) == 5
    assert outside in ids(project)


@pytest.mark.parametrize("more", [("abc",), ("--suite", "suites/vision.yaml")])
def test_pruning_goes_with_nothing_else(
    project: Path, more: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "--prune goes with neither ID nor --suite" in refused(capsys, "--prune", *more)
    assert len(ids(project)) == 5


def test_a_model_that_cannot_be_loaded(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "model.py").write_text("raise ValueError('no weights')")
    assert "no weights" in refused(capsys, ids(project)[0])


def test_hostile_texts_are_shown_harmless(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    guess = {"label": "\x1b[2J", "probability": 0.5}
    name = edit(project, claim="a\x1b[31m", row="r\u202e", data="d\n", cell="c\x07", level="\x00", before=[guess] * 99)
    assert main(["replay"]) == 0
    refused_too = refused(capsys, name)
    assert "cannot be asked: it is of data 'd\\n'" in refused_too
    main(["replay"])
    main(["replay", name])
    shown = capsys.readouterr().out
    assert not {"\x1b", "\u202e", "\x07", "\x00"} & set(shown)
    assert max(map(len, shown.splitlines())) < 300


def test_where_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    assert main(["replay"]) == 0
    assert capsys.readouterr().out == ".robust/examples: 0 kept counterexamples\n"
    (tmp_path / "pytest.ini").write_text("[pytest]\nrobust_examples = none\n")
    assert "robust_examples is `none`" in refused(capsys)
