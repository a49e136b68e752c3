"""What the shipped suite asks for, before anything is loaded. That it ends green is what CI runs."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from pytest_robust.engine.plan import make_plan
from pytest_robust.sources import Roots
from pytest_robust.suite import files

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def plan():
    return make_plan(files.load(ROOT / "suites" / "vision.yaml"), Roots((ROOT / "suites", ROOT)))


def test_at_least_eight_corruptions_at_three_severities(plan):
    levels = defaultdict(set)
    for check in plan.checks:
        if check.cell.generator.kind == "corruption":
            levels[check.cell.generator.name].add(check.cell.level.value)
    assert sum(len(found) >= 3 for found in levels.values()) >= 8


def test_every_kind_of_input_is_asked_about(plan):
    kinds = {check.cell.generator.kind for check in plan.checks}
    assert kinds == {"clean", "corruption", "field", "attack", "ambiguity", "outlier"}


def test_finite_outputs_is_asked_in_every_cell(plan):
    cells = {check.cell.id for check in plan.checks}
    assert {check.cell.id for check in plan.checks if check.name == "finite_outputs"} == cells


def test_no_check_is_left_out_and_each_has_its_place(plan):
    assert [check.id for check in plan.checks if check.not_run] == []
    text = (ROOT / "suites" / "vision.yaml").read_text().splitlines()
    for check in plan.checks:
        assert check.spec.claim.text in text[check.line - 1]


def test_the_file_says_which_defaults_it_writes_out(plan):
    assert plan.levels.alpha_pass == 0.05
    statistical = sum(check.property_.statistical for check in plan.checks)
    assert plan.levels.alpha_fail == pytest.approx(0.01 / statistical)
