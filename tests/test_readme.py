"""What the README shows is what the product prints, but for the digits: the last ones depend on the processor."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pytest_robust import generators, properties
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
    command = [sys.executable, "-m", "pytest", "--robust", "--robust-reports", str(tmp_path), *arguments]
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


def test_the_suite_shown_can_be_planned(tmp_path):
    (shown,) = [block for block in blocks("yaml") if "scenarios:" in block]
    suite = tmp_path / "suite.yaml"
    suite.write_text(shown)
    plan = make_plan(files.load(suite), Roots((tmp_path, ROOT)))
    assert "weather::fog-3::accuracy" in [check.id for check in plan.checks]
    for block in blocks("yaml"):
        assert yaml.safe_load(block)


def test_the_catalogue_is_complete():
    for member in [*generators.registry.names(), *properties.registry.names()]:
        assert re.search(rf"\b{member}\b", README), member


def test_the_code_shown_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = "\n".join(blocks("python"))
    given = (
        "import numpy as np\nimport pytest_robust\n"
        "labels = np.arange(200) % 2\n"
        "images = np.uint8(40 + 160 * labels)[:, None, None, None] * np.ones((1, 16, 16, 3), np.uint8)\n"
        "def predict(images):\n"
        "    bright = np.clip(images.mean(axis=(1, 2, 3)) / 255 * 3 - 1, 0, 1)\n"
        "    return np.stack([1 - bright, bright], axis=1)\n"
    )
    names: dict[str, object] = {}
    exec(compile(given + shown, "README.md", "exec"), names)
    names["test_dead_lines_are_survived"]()


def test_paths_that_are_named_exist():
    for path in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / path).exists(), path
