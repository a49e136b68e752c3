"""The shipped suite of attacks, run once as a reader would: what it claims is so."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_robust.engine.plan import make_plan
from pytest_robust.sources import Roots
from pytest_robust.suite import files

ROOT = Path(__file__).parents[2]
SUITE = ROOT / "suites" / "autoattack.yaml"
INSTALLED = importlib.util.find_spec("pyautoattack") is not None


def planned():
    return make_plan(files.load(SUITE), Roots((SUITE.parent, ROOT)))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The finished process and its record."""
    folder = tmp_path_factory.mktemp("autoattack")
    command = [sys.executable, "-m", "pytest", "--robust", "suites/autoattack.yaml", "-p", "no:cacheprovider"]
    options = ["--robust-reports", str(folder), "--robust-cache", str(folder / "cache")]
    done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=False)
    return done, json.loads((folder / "autoattack.json").read_text())


def test_it_ends_green_and_nothing_is_left_open(run):
    done, record = run
    assert done.returncode == 0, done.stdout + done.stderr
    checks = {check.id: check for check in planned().checks}
    assert {verdict["id"] for verdict in record["verdicts"]} == set(checks)
    for verdict in record["verdicts"]:
        check = checks[verdict["id"]]
        missing = check.cell.scenario == "reference" and not INSTALLED
        expected = "NOT RUN" if missing else "FAIL" if check.spec.xfail else "PASS"
        assert verdict["outcome"] == expected, verdict["id"]


def test_stronger_attacks_leave_fewer_rows_and_larger_epsilons_too(run):
    left = {cell["id"]: cell["accuracy"] for cell in run[1]["cells"]}
    for epsilon in ("4/255", "8/255"):
        strong, weak = left[f"thorough::apgd_ensemble-{epsilon}"], left[f"quick-look::pgd-{epsilon}"]
        assert strong <= weak < left[f"from-outside::square-{epsilon}"] < left["clean::clean"]
    curve = [left[f"every-epsilon::fmn-{epsilon}"] for epsilon in ("1/255", "2/255", "4/255", "8/255", "16/255")]
    assert curve == sorted(curve, reverse=True)
    assert curve[-1] < 0.05


def test_an_honest_model_raises_no_caution(run):
    done, record = run
    attacked = [cell for cell in record["cells"] if cell["kind"] == "attack"]
    assert len(attacked) == 16 + INSTALLED
    assert all(cell["right_rows"] for cell in attacked)
    assert [cell["cautions"] for cell in attacked] == [[]] * len(attacked)
    assert "overstate" not in done.stdout


def test_without_the_extra_its_checks_are_not_run_and_say_what_to_install(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pyautoattack" else found(name))
    reasons = {check.cell.scenario: check.not_run for check in planned().checks}
    assert reasons.pop("reference") == (
        'autoattack needs the package pyautoattack, which is not installed; `pip install "pytest-robust[autoattack]"`'
    )
    assert set(reasons.values()) == {None}
