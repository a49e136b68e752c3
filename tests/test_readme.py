"""What the README shows is what the product prints, but for the digits: the last ones depend on the processor."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pytest_robust import properties
from pytest_robust.cli import main
from pytest_robust.engine.plan import make_plan
from pytest_robust.errors import SuiteError
from pytest_robust.sources import Roots
from pytest_robust.suite import files

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def block_with(text: str) -> list[str]:
    (found,) = [block for block in blocks("text") if text in block]
    return [line for line in found.splitlines() if line.strip() and line.strip() != "..."]


def masked(text: str) -> str:
    """Numbers and hashes as `#`, runs of blanks and rules as one: what a processor's rounding can change."""
    hidden = re.sub(r"sha256 \w+", "sha256 #", text)
    hidden = re.sub(r"\d[\d,.−e]*", "#", hidden)
    return re.sub(r"([ _=])\1+", r"\1", hidden)


def run(*arguments: str, tmp_path: Path) -> str:
    none = ("-o", "robust_examples=none")  # a shaken model fails on purpose: nothing to keep in this repository
    command = [sys.executable, "-m", "pytest", "--robust", *none, "--robust-reports", str(tmp_path), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False).stdout


@pytest.mark.parametrize(
    ("arguments", "text"),
    [((), "known weaknesses"), (("--robust-gate", "release"), "a release needs it proven")],
    ids=["regression", "release"],
)
def test_the_shipped_suite_ends_as_shown(arguments, text, tmp_path):
    printed = masked(run("suites/vision.yaml", *arguments, tmp_path=tmp_path))
    for line in block_with(text):
        if line.startswith(("report", "record")):
            continue  # they go elsewhere here
        assert masked(line) in printed, line


def test_the_plan_of_the_shipped_suite_is_as_shown(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "120")
    assert main(["plan", "suites/vision.yaml"]) == 0
    printed = masked(capsys.readouterr().out)
    for line in block_with("settled if"):
        assert masked(line) in printed, line


def test_a_shaken_model_beside_the_one_that_ships_is_told_of_as_shown(tmp_path):
    """Of the suite, what the lines shown are about."""
    (tmp_path / "shaken.py").write_text(
        f"import sys\nsys.path.append({str(ROOT / 'examples' / 'digits')!r})\n"
        "import torch\nfrom model import load as ships\ndef load():\n    made = ships()\n    torch.manual_seed(3)\n"
        "    with torch.no_grad():\n        made[-1].weight += 0.025 * torch.randn_like(made[-1].weight)\n"
        "    return made\n"
    )
    suite = re.sub(r"\n  weights: .*", "", (ROOT / "suites" / "vision.yaml").read_text())  # they would be put back
    (tmp_path / "vision.yaml").write_text(suite.replace("examples/digits/model.py:load", f"{tmp_path}/shaken.py:load"))
    some = ("-k", "brightness-5 or rain-3 or snow")
    run("suites/vision.yaml", *some, tmp_path=tmp_path / "first")
    baseline = ("--robust-baseline", str(tmp_path / "first" / "vision.json"), "--rootdir", str(ROOT))
    printed = masked(run(str(tmp_path / "vision.yaml"), *some, *baseline, tmp_path=tmp_path))
    for line in block_with("newly wrong, not proven"):
        if "cells more" not in line:
            assert masked(line) in printed, line


def test_mistakes_are_told_as_shown(tmp_path):
    suite = tmp_path / "bad.yaml"
    suite.write_text(
        "model: {adapter: torch, source: examples/digits/model.py:load}\n"
        "data: {test: examples/digits/data.py:test}\n"
        "scenarios:\n"
        "  clean:\n"
        "    generate: clean\n"
        "    require: [accuracy >= 1.2, entropy_rise >= 0.1]\n"
        "  weather:\n"
        "    generate: [fogg, snow]\n"
        "    severty: [1, 3]\n"
        "    require: [accuracy >= 0.8]\n"
    )
    with pytest.raises(SuiteError) as caught:
        make_plan(files.load(suite), Roots((tmp_path, ROOT)))
    assert str(caught.value).replace(str(suite), "suites/bad.yaml").splitlines() == block_with("suites/bad.yaml:6:15")


def test_the_suites_shown_can_be_planned(tmp_path):
    suite, planned = tmp_path / "suite.yaml", []
    for shown in blocks("yaml"):
        if "scenarios:" in shown:
            suite.write_text(shown)
            planned += [check.id for check in make_plan(files.load(suite), Roots((tmp_path, ROOT))).checks]
    assert {"weather::fog-3::accuracy", "clean::clean::mistake_cost"} <= {*planned}
    for block in blocks("yaml"):
        assert yaml.safe_load(block)


def test_every_property_is_named():
    for member in properties.registry.names():
        assert re.search(rf"\b{member}\b", README), member


def test_the_catalogue_of_generators_is_what_the_command_prints(capsys):
    assert main(["generators", "--markdown"]) == 0
    assert capsys.readouterr().out == (ROOT / "docs" / "generators.md").read_text(encoding="utf-8"), (
        "run: robust generators --markdown > docs/generators.md"
    )


def test_the_code_shown_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = "\n".join(blocks("python"))
    given = (
        "import hypothesis\nimport numpy as np\nimport pytest_robust\n"
        "labels = np.arange(200) % 2\n"
        "images = np.uint8(40 + 160 * labels)[:, None, None, None] * np.ones((1, 16, 16, 3), np.uint8)\n"
        "def predict(images):\n"
        "    bright = np.clip(images.mean(axis=(1, 2, 3)) / 255 * 3 - 1, 0, 1)\n"
        "    return np.stack([1 - bright, bright], axis=1)\n"
    )
    names: dict[str, object] = {}
    exec(compile(given + shown, "README.md", "exec"), names)
    names["test_any_weather_leaves_answers_that_are_probabilities"]()
    names["test_dead_lines_are_survived"]()


def test_paths_that_are_named_exist():
    for path in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / path).exists(), path
