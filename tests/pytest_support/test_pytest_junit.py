"""What `--junitxml` says of the checks: pytest's own words, and the verdict beside them."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from conftest import IDS, Project

XFAIL = """
  night:
    generate: hard.py:darken
    severity: [3]
    require:
      - {claim: accuracy >= 0.8, xfail: knows daylight only}
  seen-inside:
    generate: pgd
    epsilon: [8/255]
    require: [accuracy >= 0.5]
"""


Case = tuple[ET.Element, dict[str, str]]
"""A test, and its properties."""


def written(project: Project) -> dict[str, Case]:
    """By the id of each check, what the file says of it."""
    tests = ET.parse(project.path / "junit.xml").iter("testcase")
    named = {f"{test.attrib['classname']}::{test.attrib['name']}": test for test in tests}
    return {
        name.removeprefix("suites.vision.yaml.").replace(".", "::"): (
            test,
            {one.attrib["name"]: one.attrib["value"] for one in test.iter("property")},
        )
        for name, test in named.items()
    }


def cases(project: Project, *arguments: str) -> dict[str, Case]:
    """The same after a run."""
    project.robust("--junitxml", "junit.xml", *arguments)
    return written(project)


def tags(case: ET.Element) -> list[str]:
    return [child.tag for child in case if child.tag != "properties"]


def test_a_check_is_told_with_its_verdict_and_evidence(project: Project) -> None:
    found = cases(project)
    assert list(found) == IDS
    case, told = found["night::darken-3::accuracy"]
    assert tags(case) == ["failure"]
    assert case[-1].attrib["message"] == "accuracy >= 0.8 does not hold"
    verdict = project.verdicts()["night::darken-3::accuracy"]
    assert verdict.interval is not None
    assert told == {
        "claim": "accuracy >= 0.8",
        "outcome": "FAIL",
        "estimate": f"{verdict.estimate:.6g}",
        "interval": f"{verdict.interval[0]:.3f} to {verdict.interval[1]:.3f}",
        "n": str(verdict.n),
        "place": f"suites/vision.yaml:{verdict.place.line}:{verdict.place.column}",
    }


@pytest.mark.parametrize(("gate", "expected"), [("regression", []), ("release", ["failure"])])
def test_what_is_not_proven_is_a_failure_for_a_release_and_told_as_such_for_a_pull_request(
    project: Project, gate: str, expected: list[str]
) -> None:
    case, told = cases(project, "--robust-gate", gate)["sensor::grain-1::accuracy-2"]
    assert tags(case) == expected
    assert told["outcome"] == "INCONCLUSIVE"
    assert int(told["more images"]) > 0
    for failure in case.iter("failure"):
        assert "is not proven, and a release needs it proven" in failure.attrib["message"]


@pytest.mark.parametrize(
    ("gate", "known", "missing"), [("regression", "skipped", "skipped"), ("release", "failure", "failure")]
)
def test_a_known_weakness_and_a_check_that_cannot_run_follow_the_gate(
    project: Project, gate: str, known: str, missing: str
) -> None:
    project.write(XFAIL)
    found = cases(project, "--robust-gate", gate)
    case, told = found["night::darken-3::accuracy"]
    assert (tags(case), told["outcome"]) == ([known], "FAIL")
    case, told = found["seen-inside::pgd-8/255::accuracy"]
    assert (tags(case), told["outcome"], told["n"]) == ([missing], "NOT RUN", "0")
    assert "estimate" not in told


def test_an_error_is_an_error(project: Project) -> None:
    (project.path / "model.py").write_text("def answer(images):\n    return images.mean(axis=(1, 2, 3))\n")
    case, told = cases(project)["clean::clean::accuracy"]
    assert tags(case) == ["error"]
    assert told["outcome"] == "ERROR"


def test_workers_tell_the_same(project: Project) -> None:
    alone = {name: told for name, (_, told) in cases(project).items()}
    project.spawn("--robust", "-n", "2", "--junitxml", "junit.xml")
    assert {name: told for name, (_, told) in written(project).items()} == alone
