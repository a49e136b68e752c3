"""The jobs of examples/ci are valid where they are to run, and their commands do what they say in a small project."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from pytest_robust.cli import parser
from pytest_robust.record import files

CI = Path(__file__).parents[2] / "examples" / "ci"
GITHUB = CI / "github-actions.yml"
GITLAB = CI / "gitlab-ci.yml"

SUITE = """
model: {{adapter: callable, source: ../model.py:answer, classes: [dark, bright]}}
data: {{test: ../rows.npz}}
scenarios:
  clean:
    generate: clean
    require: [accuracy >= {}]
"""
MODEL = """
import numpy as np
def answer(images):
    bright = (images.mean(axis=(1, 2, 3)) > 128).astype(float)
    return np.stack([1 - bright, bright], axis=1)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose one claim holds: its model tells dark from bright, always."""
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    (tmp_path / "model.py").write_text(MODEL)
    labels = np.arange(100) % 2
    grey = np.where(labels, 200, 50).astype(np.uint8)
    np.savez(tmp_path / "rows.npz", images=np.broadcast_to(grey[:, None, None, None], (100, 4, 4, 3)), labels=labels)
    claim(tmp_path, 0.9)
    return tmp_path


def claim(project: Path, threshold: float) -> None:
    """0.9 is proven by 100 rows that are all right, 0.999 is neither proven nor disproved."""
    (project / "suites").mkdir(exist_ok=True)
    (project / "suites" / "vision.yaml").write_text(SUITE.format(threshold))


def wrong(project: Path) -> None:
    """The model takes dark for bright."""
    (project / "model.py").write_text(MODEL.replace("> 128", "< 128"))


def github_steps() -> list[dict[str, Any]]:
    document = yaml.safe_load(GITHUB.read_text(encoding="utf-8"))
    (job,) = document["jobs"].values()
    steps: list[dict[str, Any]] = job["steps"]
    return steps


def gitlab_job() -> dict[str, Any]:
    job: dict[str, Any] = yaml.safe_load(GITLAB.read_text(encoding="utf-8"))["robustness"]
    return job


def commands(path: Path) -> list[str]:
    """All shell commands of a file that are not the installation of packages."""
    job = gitlab_job()
    found = [*job["before_script"], *job["script"], *job["after_script"]]
    if path == GITHUB:
        found = [step["run"] for step in github_steps() if "run" in step]
    return [command for command in found if not command.startswith("pip install")]


def shell(command: str, project: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """As a runner calls it: bash that stops at the first error, with this installation first on its path."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "GITHUB", "CI"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{known['PATH']}"
    return subprocess.run(
        ["bash", "-e", "-c", command],
        cwd=project,
        env={**known, "PATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.mark.parametrize(
    ("path", "options"),
    [(GITHUB, ["vendor.github-workflows"]), (GITLAB, ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"])],
    ids=["github", "gitlab"],
)
def test_a_job_is_valid_by_the_schema_of_its_host(path: Path, options: list[str]) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", *options, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", [GITHUB, GITLAB], ids=["github", "gitlab"])
def test_its_commands_of_ours_are_commands_that_there_are(path: Path) -> None:
    found = [shlex.split(command)[1:] for command in commands(path) if command.startswith("robust ")]
    assert found
    for arguments in found:
        parser().parse_args(arguments)


def test_actions_are_pinned_and_a_job_is_allowed_what_it_needs() -> None:
    text = GITHUB.read_text(encoding="utf-8")
    used = re.findall(r"uses: (.*)", text)
    assert len(used) == 6
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in used)
    document = yaml.safe_load(text)
    assert document["permissions"] == {}
    assert document["jobs"]["robustness"]["permissions"] == {"contents": "read", "security-events": "write"}
    assert not re.search(r"\$\{\{", "".join(step.get("run", "") for step in github_steps()))


def test_what_is_kept_is_kept_where_the_gate_is_red_too() -> None:
    steps = github_steps()
    (judge,) = (number for number, step in enumerate(steps) if step.get("name") == "Judge")
    assert all("!cancelled()" in step["if"] for step in steps[judge + 1 :])
    job = gitlab_job()
    assert job["artifacts"]["when"] == job["cache"][0]["when"] == "always"


@pytest.mark.parametrize(
    ("gate", "threshold", "break_it", "status", "word"),
    [
        ("regression", 0.9, False, 0, "✅ GO"),
        ("regression", 0.999, False, 0, "⚠️ NOT PROVEN"),
        ("release", 0.999, False, 1, "⚠️ NOT PROVEN"),
        ("regression", 0.9, True, 1, "❌ NO-GO"),
    ],
)
def test_the_steps_on_github_run(
    project: Path, gate: str, threshold: float, break_it: bool, status: int, word: str
) -> None:
    claim(project, threshold)
    if break_it:
        wrong(project)
    judge, prune, say = commands(GITHUB)
    summary = project / "summary.md"
    done = shell(judge, project, GATE=gate)
    assert done.returncode == status, done.stdout + done.stderr
    assert shell(prune, project).returncode == 0
    assert shell(say, project, GITHUB_STEP_SUMMARY=str(summary)).returncode == 0
    assert summary.read_text(encoding="utf-8").startswith(f"## {word}: `vision`")
    kept = {path.name for path in (project / "reports").iterdir()}
    assert kept == {"vision.json", "vision.html", "vision.md", "vision.sarif", "vision.cdx.json", "junit.xml"}


def test_the_script_on_gitlab_runs_and_its_evidence_is_used_again(project: Path) -> None:
    judge, prune = commands(GITLAB)
    assert shell(judge, project, GATE="regression").returncode == 0
    assert files.load(project / "reports" / "vision.json").run.predictions == 100
    assert shell(prune, project).returncode == 0
    assert (project / gitlab_job()["artifacts"]["reports"]["junit"]).is_file()
    assert shell(judge, project, GATE="regression").returncode == 0
    assert files.load(project / "reports" / "vision.json").run.predictions == 0


def test_the_gate_is_that_of_a_release_on_tags_alone() -> None:
    document = yaml.safe_load(GITHUB.read_text(encoding="utf-8"))
    assert (
        document["jobs"]["robustness"]["env"]["GATE"] == "${{ github.ref_type == 'tag' && 'release' || 'regression' }}"
    )
    assert document[True]["push"]["tags"] == ["v*"]  # YAML 1.1 reads `on` as true
    job = gitlab_job()
    assert job["variables"]["GATE"] == "regression"
    assert [rule for rule in job["rules"] if "variables" in rule] == [
        {"if": "$CI_COMMIT_TAG", "variables": {"GATE": "release"}}
    ]
