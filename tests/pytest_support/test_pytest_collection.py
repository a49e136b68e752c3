"""Which files become suites, and what their items are called and where they say they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project

IDS = [
    "clean::clean::accuracy",
    "clean::clean::finite_outputs",
    "sensor::grain-1::accuracy",
    "sensor::grain-1::accuracy_drop",
    "sensor::grain-1::accuracy-2",
    "night::darken-1::accuracy",
    "night::darken-3::accuracy",
]
ALL = [f"suites/vision.yaml::{name}" for name in IDS]


def collected(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if "::" in line]


@pytest.mark.parametrize(
    "arguments", [("suites/vision.yaml",), ("suites/",), ("suites",), (), ("suites/vision.yaml", "suites")]
)
def test_a_suite_is_found_however_it_is_meant(project: Project, arguments: tuple[str, ...]) -> None:
    assert collected(project.robust("--co", "-q", *arguments)) == ALL


def test_a_file_named_on_the_command_line_need_not_match_the_setting(project: Project) -> None:
    project.write(name="suites/deep/other.yml")
    assert len(collected(project.robust("--co", "-q", "suites/deep/other.yml"))) == len(IDS)
    assert len(collected(project.robust("--co", "-q", "suites"))) == len(IDS)


def test_a_suite_may_lie_outside_of_the_rootdir(project: Project) -> None:
    """Its paths start at its own folder, where model and data lie."""
    project.write(name="alone.yaml")
    elsewhere = ("--rootdir", str(project.path / "suites"), "-q", "alone.yaml")
    assert collected(project.robust("--co", *elsewhere)) == [f"../alone.yaml::{name}" for name in IDS]
    result = project.robust(*elsewhere, "-k", "clean", "--robust-cache", "none")
    result.assert_outcomes(passed=2, deselected=5)
    assert (project.path / "suites" / "reports" / "alone.json").exists()


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ("suites/*.yaml", ["suites/vision.yaml"]),
        ("checks/*.yml **/night.yaml", ["checks/a.yml", "checks/deep/night.yaml"]),
        ("none/*.yaml", []),
    ],
)
def test_the_setting_says_which_files_are_suites(project: Project, setting: str, found: list[str]) -> None:
    project.pytester.makeini(f"[pytest]\nrobust_suites = {setting}\n")
    for name in ("checks/a.yml", "checks/deep/night.yaml", "checks/b.yaml"):
        project.write(name=name)
    names = {line.partition("::")[0] for line in collected(project.robust("--co", "-q"))}
    assert names == set(found)


@pytest.mark.parametrize("table", ["tool.pytest.ini_options", "tool.pytest"])
def test_settings_in_pyproject(project: Project, table: str) -> None:
    if table == "tool.pytest" and pytest.version_tuple < (9,):
        pytest.skip("pytest reads [tool.pytest] since version 9")
    (project.path / "tox.ini").unlink()
    project.pytester.makepyprojecttoml(f'[{table}]\nrobust_suites = ["x/*.yaml"]')
    project.write(name="x/a.yaml")
    assert {line.partition("::")[0] for line in collected(project.robust("--co", "-q"))} == {"x/a.yaml"}


def test_testpaths_do_not_hide_the_suites(project: Project) -> None:
    project.pytester.makeini("[pytest]\ntestpaths = tests\n")
    (project.path / "tests").mkdir()
    (project.path / "tests" / "test_a.py").write_text("def test_a(): pass")
    assert collected(project.robust("--co", "-q")) == ["tests/test_a.py::test_a", *ALL]
    assert collected(project.robust("--co", "-q", "tests")) == ["tests/test_a.py::test_a"]
    assert collected(project.run("--co", "-q")) == ["tests/test_a.py::test_a"]


def test_testpaths_that_hold_the_suites_do_not_double_them(project: Project) -> None:
    project.pytester.makeini("[pytest]\ntestpaths = suites\n")
    assert collected(project.robust("--co", "-q")) == ALL


def test_a_setting_that_is_no_glob_is_a_usage_error(project: Project) -> None:
    project.pytester.makeini("[pytest]\nrobust_suites = /etc/*.yaml\n")
    result = project.robust()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: robust_suites: '/etc/[*].yaml'*from the project's root*"])


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("::night", ALL[5:]),
        ("::sensor::grain-1", ALL[2:5]),
        ("::night::darken-3::accuracy", ALL[6:]),
    ],
)
def test_node_ids(project: Project, named: str, found: list[str]) -> None:
    assert collected(project.robust("--co", "-q", f"suites/vision.yaml{named}")) == found


def test_an_unknown_node_id_gets_pytests_own_answer(project: Project) -> None:
    result = project.robust("suites/vision.yaml::rain")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: *found*vision.yaml::rain*"])


@pytest.mark.parametrize(
    ("selection", "found"),
    [
        (("-k", "night and darken-1"), ALL[5:6]),
        (("-k", "accuracy_drop"), ALL[3:4]),
        (("-m", "light and not camera"), ALL[5:]),
        (("-m", "robust and camera", "--strict-markers"), ALL[2:5]),
        (("-m", "not robust"), []),
        (("--deselect", "suites/vision.yaml::night"), ALL[:5]),
    ],
)
def test_selection(project: Project, selection: tuple[str, ...], found: list[str]) -> None:
    assert collected(project.robust("--co", "-q", *selection)) == found


def test_the_tree(project: Project) -> None:
    project.robust("--co").stdout.fnmatch_lines(
        [
            "*<SuiteNode vision.yaml>",
            "*<ScenarioNode clean>",
            "*<CellNode clean>",
            "*<CheckItem accuracy>",
            "*<ScenarioNode night>",
            "*<CellNode darken-1>",
            "*<CheckItem accuracy>",
        ]
    )


def test_items_stand_on_the_line_of_their_claim(project: Project) -> None:
    items, _ = project.pytester.inline_genitems("--robust", "suites/vision.yaml")
    lines = (project.path / "suites" / "vision.yaml").read_text().splitlines()
    said = [(item.reportinfo()[1], item.reportinfo()[2]) for item in items]
    written = [lines[line].strip().removeprefix("- ") for line, _ in said if line is not None]
    assert written == [claim.partition(": ")[2] for _, claim in said]
    assert [str(item.reportinfo()[0]) for item in items] == [str(project.path / "suites" / "vision.yaml")] * len(items)


def test_every_mistake_is_one_line_and_no_traceback(project: Project) -> None:
    project.write("""
  clean:
    generate: claen
    require: [accuracy >= 1.2, acuracy >= 0.5]
""")
    result = project.robust("suites/vision.yaml")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    said = [line for line in result.outlines if line.startswith("suites/vision.yaml:")]
    assert [line.split(":")[1] for line in said] == ["6", "7", "7"]
    assert "'clean'" in said[0]
    assert "Traceback" not in result.stdout.str()
    assert not (project.path / "reports").exists()


@pytest.mark.parametrize("text", ["", "\t- a\n", "a: 1\na: 2\n", "seed: [\n", "- 1\n"])
def test_files_that_are_no_suites(project: Project, text: str) -> None:
    (project.path / "suites" / "vision.yaml").write_text(text)
    result = project.robust()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert any(line.startswith("suites/vision.yaml:") for line in result.outlines)
    assert "Traceback" not in result.stdout.str()


def test_a_tag_that_pytest_acts_on_is_refused(project: Project) -> None:
    project.write("""
  clean:
    generate: clean
    tags: [fine, xfail]
    require: accuracy >= 0.5
""")
    result = project.robust()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["suites/vision.yaml:7:18: the tag 'xfail' has a meaning of its own*"])


def test_one_bad_suite_beside_a_good_one(project: Project) -> None:
    project.write("  clean: {generate: claen}", name="suites/bad.yaml")
    assert project.robust().ret == pytest.ExitCode.INTERRUPTED
    result = project.robust("--continue-on-collection-errors", "-k", "clean")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=2, errors=1, deselected=5)


def test_other_files_are_left_alone(project: Project) -> None:
    (project.path / "suites" / "notes.txt").write_text("not: a suite")
    (project.path / "other.yaml").write_text("not: a suite")
    assert collected(project.robust("--co", "-q", "suites", ".")) == ALL


def test_collecting_imports_no_framework_and_writes_nothing(project: Project) -> None:
    project.pytester.makeconftest("""
        import sys

        def pytest_unconfigure():
            print("loaded:", sys.modules.keys() & {"torch", "cv2", "albumentations", "sklearn", "PIL"})
    """)
    project.write(head=HEAD_TORCH, name="suites/net.yaml")
    result = project.spawn("--robust", "--co", "-q")
    assert result.ret == pytest.ExitCode.OK
    assert len(collected(result)) == 2 * len(IDS)
    result.stdout.fnmatch_lines(["loaded: set()"])
    result.stdout.no_fnmatch_line("*robust: suites*")
    assert not (project.path / "reports").exists()


HEAD_TORCH = """
model: {adapter: torch, source: model.py:nothing}
data: {test: rows.npz}
scenarios:
"""
