"""A run beside an earlier one: what the user reads, the exit code, the record, with and without workers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pytest_robust.record import files

if TYPE_CHECKING:
    from conftest import Project

CLAIMS = """
  clean:
    generate: clean
    require: [accuracy >= 0.5, finite_outputs]
  night:
    generate: hard.py:darken
    severity: 1
    require: [accuracy >= 0.5, finite_outputs]
"""

WORSE = """
plain = answer
def answer(images):
    found = plain(images)
    dim = images.sum(axis=(1, 2, 3)) % 10 < 1
    found[dim] = found[dim][:, ::-1]
    return found
"""
"""Appended to the model: one image in ten is taken for the other class."""


@pytest.fixture
def earlier(project: Project) -> Project:
    """The project after a run whose record is kept as `old.json`, and with a worse model."""
    project.write(CLAIMS)
    assert project.robust().ret == pytest.ExitCode.OK
    (project.path / "reports" / "vision.json").rename(project.path / "old.json")
    (project.path / "model.py").write_text((project.path / "model.py").read_text() + WORSE)
    return project


def test_what_got_worse_turns_the_run_red_and_is_told_first(earlier: Project) -> None:
    result = earlier.robust("--robust-baseline", "old.json")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        [
            "model.py:answer *",
            "against the baseline (model.py:answer, sha256 *): 2 REGRESSED, 0 IMPROVED, 0 NOT PROVEN of 2 cells",
            "worse than the baseline",
            "    clean::clean     *, n 200  * newly wrong, 0 newly right",
            "        * (dark)*",
            "4 PASS, 0 FAIL, 0 known, 0 INCONCLUSIVE, 0 NOT RUN, 0 ERROR",
            "gate regression: red, 2 cells worse than in the baseline. *4 of 4 are: NO-GO (--robust-gate release)",
        ],
    )
    record = earlier.record()
    assert record.comparison is not None
    assert record.run.exit_status == 1
    assert record.comparison.baseline.digest == files.load(earlier.path / "old.json").digest
    assert {one.trend for one in record.comparison.changes} == {"REGRESSED"}
    assert {row.label for one in record.comparison.changes for row in one.failures} <= {"dark", "bright"}
    assert 'id="changes"' in (earlier.path / "reports" / "vision.html").read_text()


def test_a_release_is_red_too(earlier: Project) -> None:
    result = earlier.robust("--robust-baseline", "old.json", "--robust-gate", "release")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["gate release: red, 2 cells worse than in the baseline. NO-GO"])


def test_without_a_baseline_the_worse_model_is_green(earlier: Project) -> None:
    assert earlier.robust().ret == pytest.ExitCode.OK
    assert earlier.record().comparison is None


def test_the_same_bytes_with_workers_and_from_the_cache(earlier: Project) -> None:
    pytest.importorskip("xdist")
    digests = []
    for more in ((), (), ("-n", "2", "--cache-clear")):
        result = earlier.robust("--robust-baseline", "old.json", *more)
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        digests.append(earlier.record().digest)
    assert len(set(digests)) == 1


def test_a_setting_from_the_project_s_root(earlier: Project) -> None:
    earlier.pytester.makeini("[pytest]\nrobust_baseline = old.json\n")
    (earlier.path / "deep").mkdir()
    earlier.pytester.chdir()
    assert earlier.robust().ret == pytest.ExitCode.TESTS_FAILED
    assert earlier.record().comparison is not None


def test_what_got_better(earlier: Project) -> None:
    earlier.robust()
    (earlier.path / "reports" / "vision.json").rename(earlier.path / "worse.json")
    model = earlier.path / "model.py"
    model.write_text(model.read_text().removesuffix(WORSE))
    result = earlier.robust("--robust-baseline", "worse.json")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        ["against the baseline *: 0 REGRESSED, 2 IMPROVED, *", "better than the baseline", "    *clean::clean *"]
    )


def test_a_part_of_a_suite_is_compared_as_far_as_it_ran(earlier: Project) -> None:
    result = earlier.robust("--robust-baseline", "old.json", "-k", "clean")
    result.stdout.fnmatch_lines(["against the baseline *: 1 REGRESSED, * of 1 cell; 1 cell not compared"])
    comparison = earlier.record().comparison
    assert comparison is not None
    assert [(one.id, one.reason) for one in comparison.uncompared] == [("night::darken-1", "it was not run")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "*--robust-baseline: *gone.json: cannot read the record: No such file*"),
        ("{", "*--robust-baseline: *not JSON*"),
        ("[1]", "*--robust-baseline: *not a record*"),
    ],
)
def test_a_baseline_that_is_none_ends_the_run_before_it_begins(
    project: Project, text: str | None, message: str
) -> None:
    if text is not None:
        (project.path / "gone.json").write_text(text)
    result = project.robust("--robust-baseline", "gone.json")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])
    assert not (project.path / "reports").exists()


def change(project: Project, **fields: object) -> None:
    path = project.path / "old.json"
    content = json.loads(path.read_text()) | fields
    content["digest"] = files._digest(content)
    path.write_text(json.dumps(content))


def test_a_baseline_of_another_schema_ends_it_too(earlier: Project) -> None:
    change(earlier, schema_version="1.1")
    result = earlier.robust("--robust-baseline", "old.json")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*old.json: written in record schema 1.1, which does not say which rows were right; *"]
    )
    change(earlier, schema_version="9.0")
    assert earlier.robust("--robust-baseline", "old.json").ret == pytest.ExitCode.USAGE_ERROR


def test_a_baseline_whose_rows_make_no_sense_ends_it_too(earlier: Project) -> None:
    cells = json.loads((earlier.path / "old.json").read_text())["cells"]
    change(earlier, cells=[cell | {"right_rows": "AAAA"} for cell in cells])
    result = earlier.robust("--robust-baseline", "old.json")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*'AAAA' does not say which of 200 rows are right*"])


def test_each_suite_finds_its_own_baseline(earlier: Project) -> None:
    earlier.write(CLAIMS, name="suites/other.yaml")
    result = earlier.robust("suites", "--robust-baseline", "old.json")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert earlier.record("vision").comparison is not None
    assert earlier.record("other").comparison is None
    result.stdout.fnmatch_lines(["warning: no baseline is one of suites/other.yaml, which is compared with nothing"])


def test_a_suite_that_has_moved_is_compared_where_there_is_one_alone(earlier: Project) -> None:
    (earlier.path / "suites" / "vision.yaml").rename(earlier.path / "suites" / "sight.yaml")
    assert earlier.robust("--robust-baseline", "old.json").ret == pytest.ExitCode.TESTS_FAILED


def test_a_baseline_that_is_replaced_is_warned_of(earlier: Project) -> None:
    target = earlier.path / "reports" / "vision.json"
    (earlier.path / "old.json").rename(target)
    result = earlier.robust("--robust-baseline", "reports/vision.json")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["warning: this run's record takes the place of its baseline reports/vision.json; *"])
    assert earlier.record().comparison is not None


def test_a_run_without_the_flag_reads_no_baseline(project: Project) -> None:
    project.pytester.makepyfile("def test_nothing(): pass")
    assert project.run("--robust-baseline", "gone.json").ret == pytest.ExitCode.OK
