"""Claims of every slice, and confusions that must never happen, as pytest, its terminal, the record and the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from pytest_robust.cli import main
from pytest_robust.record import files
from pytest_robust.report.html import render

if TYPE_CHECKING:
    from conftest import Project

HEAD = """
seed: 7
model: {adapter: callable, source: model.py:answer, classes: [dark, bright]}
data: {test: {source: rows.npz, metadata: [camera, hour]}}
mistakes:
  costs: {dark: {bright: 5}}
  never: [bright -> dark]
scenarios:
"""
MISTAKES = HEAD[HEAD.index("mistakes:") : HEAD.index("scenarios:")]

SCENARIOS = """
  night:
    generate: hard.py:darken
    severity: [1, 3]
    require:
      - accuracy >= 0.8 by class
      - accuracy >= 0.7 by camera
      - mistake_cost <= 0.5 by brightness
      - catastrophic_rate(cost=5) <= 0.1
      - never
"""
"""What is bright is seen as dark at severity 3, and nothing is mistaken at severity 1."""


@pytest.fixture
def sliced(project: Project) -> Project:
    with np.load(project.path / "rows.npz") as rows:
        told = dict(rows)
    camera = np.where(told["labels"] == 1, "front", "rear")
    np.savez(project.path / "rows.npz", **told, camera=camera, hour=np.arange(200))
    project.write(SCENARIOS, head=HEAD)
    return project


def test_an_item_is_a_claim_whatever_slices_it(sliced: Project) -> None:
    sliced.robust()
    assert sliced.outcomes() == {
        "night::darken-1::accuracy": "PASS",
        "night::darken-1::accuracy-2": "PASS",
        "night::darken-1::mistake_cost": "PASS",
        "night::darken-1::catastrophic_rate": "PASS",
        "night::darken-1::never": "PASS",
        "night::darken-3::accuracy": "FAIL",
        "night::darken-3::accuracy-2": "FAIL",
        "night::darken-3::mistake_cost": "PASS",
        "night::darken-3::catastrophic_rate": "PASS",
        "night::darken-3::never": "FAIL",
    }
    by_class = sliced.verdicts()["night::darken-3::accuracy"]
    assert [(one.name, one.outcome, one.estimate) for one in by_class.slices] == [
        ("class bright", "FAIL", 0.0),
        ("class dark", "INCONCLUSIVE", 1.0),
    ]


def test_a_failure_names_the_worst_slice_with_its_images(sliced: Project) -> None:
    result = sliced.robust("-k", "darken-3")
    result.stdout.fnmatch_lines(
        [
            "*_ night::darken-3: accuracy >= 0.8 by class _*",
            "accuracy >= 0.8 by class does not hold",
            "observed 0.000 (0.000 to 0.*) in class bright, n * of *",
            "if the claim held, the chance of this verdict would be at most *",
            "slices, worst first:",
            "    class bright  0.000  0.000 to *  n *  FAIL",
            "    class dark    1.000  * to 1.000  n *  INCONCLUSIVE",
            "worst: row *, a 'bright': before 'bright' (*); now 'dark' (*)",
        ]
    )
    result.stdout.fnmatch_lines(
        ["never does not hold", "row * is confused as it must never be: bright -> dark", "worst: row *, a 'bright': *"]
    )
    result.stdout.fnmatch_lines(["fails", "*accuracy-2 *accuracy >= 0.7 by camera*in camera front, n * of *"])


def test_what_passes_says_what_it_rests_on(sliced: Project) -> None:
    sliced.robust("-k", "darken-1")
    found = sliced.verdicts()["night::darken-1::never"]
    assert found.n == 100
    most = 1 - 0.05 ** (1 / 100)
    assert "none of the 100 rows that could be confused so was, of 200 looked at" in (found.reason or "")
    assert f"a rate of up to {most:.2g}" in (found.reason or "")


def test_a_slice_that_is_known_to_be_bad_stays_green_and_is_no_release(sliced: Project) -> None:
    known = "{claim: accuracy >= 0.8 by class, xfail: blind at night}"
    head = HEAD.replace(MISTAKES, "")
    sliced.write(f"  night:\n    generate: hard.py:darken\n    severity: 3\n    require: [{known}]\n", head=head)
    assert sliced.robust().parseoutcomes() == {"xfailed": 1}
    assert sliced.robust("--robust-gate", "release").parseoutcomes() == {"failed": 1}


def test_the_report_is_made_again_from_the_record_alone(
    sliced: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sliced.robust()
    record = sliced.path / "reports" / "vision.json"
    page = (sliced.path / "reports" / "vision.html").read_text(encoding="utf-8")
    again = tmp_path_factory.mktemp("elsewhere") / "again.html"
    assert main(["report", str(record), "-o", str(again)]) == 0
    assert again.read_text(encoding="utf-8") == page == render(files.load(record))
    assert "camera front" in page


def test_many_processes_find_the_same_slices(sliced: Project) -> None:
    sliced.robust()
    alone = files.load(sliced.path / "reports" / "vision.json")
    sliced.robust("-n", "2", "--robust-cache", "none")
    assert files.load(sliced.path / "reports" / "vision.json").digest == alone.digest


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("bright -> dark", "brigth -> dark", "*.yaml:6:11: the model has no class 'brigth'; did you mean 'bright'?"),
        ("{bright: 5}", "{bleak: 5}", "suites/vision.yaml:5:18: the model has no class 'bleak'; *"),
        ("by camera", "by camra", "data 'test' cannot be sliced by 'camra'; did you mean 'camera'?"),
        ("by brightness", "by size", "data 'test' does not tell the size of its images before they were resized"),
        ("cost=5", "cost=6", "no mistake costs 6: the highest cost is 5, so the claim on catastrophic_rate *"),
    ],
)
def test_what_is_only_known_with_model_and_data_is_an_error_with_its_place(
    sliced: Project, old: str, new: str, said: str
) -> None:
    sliced.write(SCENARIOS.replace(old, new), head=HEAD.replace(old, new))
    result = sliced.robust("-k", "darken-1")
    result.stdout.fnmatch_lines([said, "met by: * (suites/vision.yaml:*)"])
    outcomes = result.parseoutcomes()
    assert set(outcomes) >= {"passed", "errors"}, "what does not depend on it is judged"
