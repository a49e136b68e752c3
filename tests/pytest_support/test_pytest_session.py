"""What a run leaves behind: records, reports, the summary, and what it says of checks that did not run."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_robust.pytest_support.gathering import tell_apart

if TYPE_CHECKING:
    from conftest import Project

NIGHT_FIRST = """
  night:
    generate: hard.py:darken
    severity: [1, 3]
    require: accuracy >= 0.8
  clean:
    generate: clean
    require: [accuracy >= 0.9, finite_outputs]
"""


def test_record_and_report(project: Project) -> None:
    result = project.robust("suites/vision.yaml")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    record = project.record()
    assert [verdict.outcome for verdict in record.verdicts] == [*["PASS"] * 4, "INCONCLUSIVE", "PASS", "FAIL"]
    assert record.model is not None
    assert record.model.source == "model.py:answer"
    assert [data.rows for data in record.data] == [200]
    assert [cell.id for cell in record.cells] == [
        "clean::clean",
        "sensor::grain-1",
        "night::darken-1",
        "night::darken-3",
    ]
    assert (
        record.run.command == "pytest -p no:hypothesispytest --robust suites/vision.yaml"
        or record.run.command.endswith("--robust suites/vision.yaml")
    )
    assert record.run.exit_status == 1
    assert record.run.predictions > 0
    assert not record.run.interrupted
    assert (project.path / "reports" / "vision.html").read_text().startswith("<!")


def test_the_summary(project: Project) -> None:
    project.write(
        """
  clean:
    generate: clean
    require: [accuracy >= 0.9]
  night:
    generate: hard.py:darken
    severity: [1, 3]
    require:
      - accuracy >= 0.8
      - accuracy >= 0.999 at severity = 1
      - {claim: accuracy >= 0.7 at severity = 3, xfail: blind at night}
  attack:
    generate: pgd
    epsilon: [2/255, 8/255]
    require: accuracy >= 0.2
"""
    )
    result = project.robust("suites/vision.yaml")
    digest = project.record().model
    assert digest is not None
    result.stdout.fnmatch_lines(
        [
            "robust: gate regression, evidence cached in .pytest_cache/d/robust",
            "*= robust: suites/vision.yaml =*",
            f"model.py:answer (callable, sha256 {digest.sha256[:12]}) on test: 200 rows",
            "fails",
            "    night::darken-3::accuracy  accuracy >= 0.8  observed 0.*, n *  suites/vision.yaml:12",
            "known weaknesses",
            "    night::darken-3::accuracy-2  *FAIL  observed *'blind at night'  suites/vision.yaml:14",
            "not proven",
            "    night::darken-1::accuracy-2  *n 200  about * more images would settle it  suites/vision.yaml:13",
            "not run",
            "    2 checks: *gradients*",
            "        attack::pgd-2/255::accuracy  attack::pgd-8/255::accuracy",
            "2 PASS, 1 FAIL, 1 known, 1 INCONCLUSIVE, 2 NOT RUN, 0 ERROR",
            "gate regression: red. A release needs every claim proven, 2 of 7 are: NO-GO (--robust-gate release)",
            "report  reports/vision.html",
            "record  reports/vision.json",
        ],
        consecutive=False,
    )


def test_one_seed_one_record_and_the_second_time_from_the_cache(project: Project) -> None:
    project.robust()
    first = project.record()
    result = project.robust()
    second = project.record()
    assert first.digest == second.digest
    assert first.run.predictions > 0
    assert (second.run.predictions, second.run.cached) == (0, first.run.predictions)
    assert result.ret == first.run.exit_status


def test_cache_clear(project: Project) -> None:
    project.robust()
    project.robust("--cache-clear")
    assert project.record().run.cached == 0


def test_evidence_beyond_the_limit_makes_room_and_a_run_that_made_none_removes_none(project: Project) -> None:
    project.pytester.makeini("[pytest]\nrobust_cache_size = 1 MB\n")
    project.robust().stdout.no_fnmatch_line("*made room*")
    project.pytester.makeini("[pytest]\nrobust_cache_size = 4 kB\n")
    project.robust().stdout.no_fnmatch_line("*made room*")
    assert project.record().run.predictions == 0
    suite = project.path / "suites" / "vision.yaml"
    suite.write_text(suite.read_text().replace("seed: 7", "seed: 8"))
    project.robust().stdout.fnmatch_lines("evidence of * cells used longest ago made room, *: robust_cache_size is 4 *")
    assert sum(path.stat().st_size for path in (project.path / ".pytest_cache").rglob("*.chunk")) <= 4000


def test_a_limit_that_is_no_size_is_a_usage_error(project: Project) -> None:
    project.pytester.makeini("[pytest]\nrobust_cache_size = lots\n")
    result = project.robust()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines("*robust_cache_size: 'lots' is no size*")


@pytest.mark.parametrize(
    ("options", "setting", "folder"),
    [
        (("--robust-cache", "kept"), "", "kept"),
        ((), "robust_cache = kept/deep", "kept/deep"),
        (("--robust-cache", "none"), "robust_cache = kept", None),
        ((), "robust_cache = none", None),
        (("-p", "no:cacheprovider"), "", None),
    ],
)
def test_where_evidence_is_kept(project: Project, options: tuple[str, ...], setting: str, folder: str | None) -> None:
    project.pytester.makeini(f"[pytest]\n{setting}\n")
    result = project.robust(*options)
    result.stdout.fnmatch_lines(
        [f"robust: gate regression, evidence {f'cached in {folder}' if folder else 'in memory only'}"]
    )
    assert not (project.path / ".pytest_cache" / "d").exists()
    assert sorted(path.name for path in project.path.glob("**/*.chunk")) != [] if folder else True
    project.robust(*options)
    assert (project.record().run.cached > 0) == bool(folder)


def test_a_cache_that_cannot_be_made_is_done_without(project: Project) -> None:
    (project.path / ".pytest_cache").write_text("a file in the way")
    project.write("  clean: {generate: clean, require: accuracy >= 0.9}")
    result = project.robust("-W", "ignore::pytest.PytestCacheWarning")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["warning: evidence is kept in memory only: *"])


@pytest.mark.parametrize(
    ("options", "setting", "folder"),
    [(("--robust-reports", "out"), "", "out"), ((), "robust_reports = made/here", "made/here")],
)
def test_where_reports_go(project: Project, options: tuple[str, ...], setting: str, folder: str) -> None:
    project.pytester.makeini(f"[pytest]\n{setting}\n")
    project.robust(*options).stdout.fnmatch_lines([f"report  {folder}/vision.html"])
    assert sorted(path.name for path in (project.path / folder).iterdir()) == ["vision.html", "vision.json"]
    assert not (project.path / "reports").exists()


def test_a_run_whose_record_cannot_be_written_is_not_green(project: Project) -> None:
    (project.path / "reports").write_text("a file in the way")
    project.write("  clean: {generate: clean, require: accuracy >= 0.9}")
    result = project.robust()
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["ERROR: *reports/vision.json: cannot write the record*"])


def test_a_defect_in_the_report_costs_the_report_alone(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from pytest_robust.report import html

    def broken(*_: object) -> str:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(html, "render", broken)
    result = project.robust("-k", "clean")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(
        ["2 PASS, *", "record  reports/vision.json", "ERROR: *vision.html: cannot be made: ZeroDivisionError: a defect"]
    )


def test_suites_of_one_name_are_told_apart(project: Project) -> None:
    project.write(name="old/vision.yaml")
    project.write(name="suites/other.yaml")
    project.robust("suites", "old/vision.yaml")
    names = sorted(path.name for path in (project.path / "reports").glob("*.json"))
    assert names == ["old-vision.json", "other.json", "suites-vision.json"]
    assert project.record("old-vision").suite.path == "old/vision.yaml"


@example({"a/b-c.yaml", "a-b/c.yaml", "z/c.yaml", "z/b-c.yaml"})
@given(st.sets(st.from_regex(r"([ab-]{1,3}/){0,3}[ab-]{1,3}\.ya?ml", fullmatch=True)))
def test_names_are_told_apart(paths: set[str]) -> None:
    names = tell_apart(sorted(paths))
    assert len(set(names.values())) == len(paths)
    assert all("/" not in name for name in names.values())


def test_checks_left_out_are_not_run_with_the_reason(project: Project) -> None:
    result = project.robust("-k", "clean", "-m", "robust")
    found = project.verdicts()
    assert [verdict.outcome for verdict in found.values()] == [*["PASS"] * 2, *["NOT RUN"] * 5]
    assert {verdict.reason for verdict in list(found.values())[2:]} == {"not selected: -k 'clean', -m 'robust'"}
    result.stdout.fnmatch_lines(["not run", "    5 checks: not selected: -k 'clean', -m 'robust'", "*-v names them*"])
    project.robust("-k", "clean", "-v").stdout.fnmatch_lines(
        ["not run", "*sensor::grain-1::accuracy  *", "*night::darken-3::accuracy"]
    )


def test_node_ids_are_a_reason_too(project: Project) -> None:
    project.robust("suites/vision.yaml::clean")
    assert project.verdicts()["night::darken-1::accuracy"].reason == "not selected: the node ids given"


def test_stopping_at_the_first_failure(project: Project) -> None:
    project.write(NIGHT_FIRST)
    result = project.robust("-x")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert list(project.outcomes().values()) == ["PASS", "FAIL", "NOT RUN", "NOT RUN"]
    assert project.verdicts()["clean::clean::accuracy"].reason == "not reached: stopping after 1 failures"
    assert not project.record().run.interrupted


def test_last_failed_and_stepwise(project: Project) -> None:
    project.write(NIGHT_FIRST)
    project.robust()
    project.robust("--lf").assert_outcomes(failed=1, deselected=3)
    assert project.verdicts()["night::darken-1::accuracy"].reason == "not selected: --last-failed"
    project.robust("--sw").assert_outcomes(passed=1, failed=1)
    project.robust("--sw").assert_outcomes(failed=1, deselected=1)


def test_a_run_in_which_nothing_of_a_suite_ran_leaves_its_report_alone(project: Project) -> None:
    project.robust()
    before = (project.path / "reports" / "vision.json").read_bytes()
    (project.path / "test_a.py").write_text("def test_a(): pass")
    result = project.robust("-k", "test_a")
    result.assert_outcomes(passed=1, deselected=7)
    result.stdout.no_fnmatch_line("*robust: suites*")
    assert (project.path / "reports" / "vision.json").read_bytes() == before


def test_a_skip_from_a_conftest_keeps_its_reason(project: Project) -> None:
    project.pytester.makeconftest("""
        import pytest

        def pytest_collection_modifyitems(items):
            items[0].add_marker(pytest.mark.skip(reason="no time"))
    """)
    project.robust()
    found = project.verdicts()["clean::clean::accuracy"]
    assert (found.outcome, found.reason) == ("NOT RUN", "no time")


def test_hooks(project: Project) -> None:
    project.pytester.makeconftest("""
        def pytest_robust_verdict(item, verdict):
            print("VERDICT", item.nodeid, verdict.outcome)

        def pytest_robust_record(config, record, path):
            print("RECORD", path.relative_to(config.rootpath), len(record.verdicts), bool(record.digest))
    """)
    result = project.robust("-s")
    assert result.stdout.str().count("VERDICT suites/vision.yaml::") == 7
    result.stdout.fnmatch_lines(["*VERDICT *darken-3::accuracy FAIL", "*RECORD reports/vision.json 7 True"])


def test_without_a_terminal(project: Project) -> None:
    result = project.spawn("--robust", "-p", "no:terminal")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert len(project.record().verdicts) == 7


def test_beside_ordinary_tests(project: Project) -> None:
    (project.path / "test_a.py").write_text("def test_a(): pass\ndef test_b(): assert 0")
    project.robust().assert_outcomes(passed=6, failed=2)


SLOW = """
import pathlib, time
well = answer
def answer(images):
    if len(images) > 8 and images.max() < 80:
        pathlib.Path("reached").touch()
        time.sleep(60)
    return well(images)
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_interrupted_run_keeps_what_is_done(project: Project, workers: str) -> None:
    project.write(NIGHT_FIRST)
    model = project.path / "model.py"
    quick = model.read_text()
    model.write_text(quick + SLOW)
    command = [sys.executable, "-m", "pytest", "--robust", *(("-n", workers) if workers != "0" else ())]
    run = subprocess.Popen(command, cwd=project.path, stdout=subprocess.PIPE, text=True)
    while not (project.path / "reached").exists():
        assert run.poll() is None
        time.sleep(0.05)
    if workers != "0":
        time.sleep(1)  # for what the other worker is at
    run.send_signal(signal.SIGINT)
    said, _ = run.communicate(timeout=180)
    assert run.returncode == pytest.ExitCode.INTERRUPTED, said
    record = project.record()
    found = project.outcomes()
    assert (found["night::darken-1::accuracy"], found["night::darken-3::accuracy"]) == ("PASS", "NOT RUN")
    assert project.verdicts()["night::darken-3::accuracy"].reason == "not reached: interrupted"
    assert record.run.interrupted
    assert record.run.exit_status == pytest.ExitCode.INTERRUPTED
    assert "gate regression: interrupted, green so far" in said
    assert "record  reports/vision.json" in said
