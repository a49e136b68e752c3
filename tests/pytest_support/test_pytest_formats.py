"""A run writes what it is asked for besides the HTML report."""

from __future__ import annotations

import json

import pytest

from conftest import Project
from pytest_robust.report.formats import FORMATS


@pytest.mark.parametrize("how", ["option", "setting"])
def test_every_format_is_written_beside_the_report(project: Project, how: str) -> None:
    if how == "setting":
        project.pytester.makeini("[pytest]\nrobust_formats = markdown sarif cyclonedx\n")
    option = ("--robust-formats", "markdown,sarif,cyclonedx") if how == "option" else ()
    result = project.robust("-k", "clean", *option)
    folder = project.path / "reports"
    assert sorted(path.name for path in folder.iterdir()) == [
        "vision.cdx.json",
        "vision.html",
        "vision.json",
        "vision.md",
        "vision.sarif",
    ]
    result.stdout.fnmatch_lines(
        [
            "report  reports/vision.html",
            "record  reports/vision.json",
            "markdown  reports/vision.md",
            "sarif  reports/vision.sarif",
            "cyclonedx  reports/vision.cdx.json",
        ]
    )
    for name, form in FORMATS.items():
        again = form.render(project.record(), folder / "vision.json")
        assert (folder / f"vision{form.ending}").read_text(encoding="utf-8") == again, name


def test_the_option_replaces_the_setting_and_html_is_written_anyway(project: Project) -> None:
    project.pytester.makeini("[pytest]\nrobust_formats = sarif\n")
    project.robust("-k", "clean", "--robust-formats", "html, markdown")
    assert not (project.path / "reports" / "vision.sarif").exists()
    assert (project.path / "reports" / "vision.html").exists()
    assert (project.path / "reports" / "vision.md").read_text(encoding="utf-8").startswith("## ⚠️ NOT PROVEN: `vision`")


def test_nothing_but_the_report_is_written_where_nothing_else_is_asked_for(project: Project) -> None:
    project.robust("-k", "clean")
    assert sorted(path.name for path in (project.path / "reports").iterdir()) == ["vision.html", "vision.json"]


def test_an_unknown_format_is_a_usage_error_before_anything_runs(project: Project) -> None:
    result = project.robust("--robust-formats", "markdwon")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: robust_formats: unknown format 'markdwon'; did you mean 'markdown'?"])
    assert not (project.path / "reports").exists()


def test_results_name_the_line_of_the_suite_that_claims_them(project: Project) -> None:
    project.robust("--robust-formats", "sarif")
    document = json.loads((project.path / "reports" / "vision.sarif").read_text(encoding="utf-8"))
    failed = next(one for one in document["runs"][0]["results"] if one["level"] == "error")
    region = failed["locations"][0]["physicalLocation"]["region"]
    line = (project.path / "suites" / "vision.yaml").read_text().splitlines()[region["startLine"] - 1]
    assert line[region["startColumn"] - 1 :] == region["snippet"]["text"] == "accuracy >= 0.8"
