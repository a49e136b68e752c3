"""The shipped suite of pipeline mistakes, run once as a reader would: what it claims is so."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pytest_robust.engine.plan import make_plan
from pytest_robust.generators import registry
from pytest_robust.sources import Roots, load_object
from pytest_robust.suite import files

ROOT = Path(__file__).parents[2]
SUITE = ROOT / "suites" / "pipeline.yaml"
CHANGES_NO_GREY = {"channel_order", "grayscale", "color_matrix", "chroma_subsampling"}


@pytest.fixture(scope="module")
def plan():
    return make_plan(files.load(SUITE), Roots((SUITE.parent, ROOT)))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The finished process and its record's verdicts by id."""
    folder = tmp_path_factory.mktemp("pipeline")
    command = [sys.executable, "-m", "pytest", "--robust", "suites/pipeline.yaml", "-p", "no:cacheprovider"]
    options = ["--robust-reports", str(folder), "--robust-cache", str(folder / "cache")]
    done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=False)
    record = json.loads((folder / "pipeline.json").read_text())
    return done, {verdict["id"]: verdict for verdict in record["verdicts"]}


def test_every_mistake_is_asked_about_but_for_those_that_change_no_grey_picture(plan):
    asked = {check.cell.generator.name for check in plan.checks if check.cell.generator.kind == "pipeline"}
    known = {member.name for member in registry.all() if member.kind == "pipeline"}
    assert known - asked == CHANGES_NO_GREY


@pytest.mark.parametrize("name", sorted(CHANGES_NO_GREY))
def test_what_is_left_out_changes_no_digit(name):
    images = load_object("examples/digits/data.py:test", Roots((ROOT,)))().rows(np.arange(50)).inputs
    options = {"mistake": "bt601_as_bt709"} if name == "color_matrix" else {}
    made = registry.get(name)(images, severity=0.0, seeds=np.zeros(50, np.uint64), **options)
    assert np.array_equal(made, images)


def test_it_ends_green_and_nothing_is_left_open(run, plan):
    done, verdicts = run
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(verdicts) == {check.id for check in plan.checks}
    known = {check.id for check in plan.checks if check.spec.xfail}
    for name, verdict in verdicts.items():
        assert verdict["outcome"] == ("FAIL" if name in known else "PASS"), name


def test_known_weaknesses_are_those_that_the_reasons_speak_of(run):
    """Far from the threshold, so that another processor's rounding turns none of them."""
    _, verdicts = run
    for name, verdict in verdicts.items():
        if verdict["outcome"] == "FAIL":
            low, high = verdict["interval"]
            assert not low <= verdict["threshold"] <= high, name
