"""Waivers, hazards and the tier in a run: items, last words and exit codes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pytest_robust.pytest_support.release import lacking
from pytest_robust.record import Lineage, Overlap

if TYPE_CHECKING:
    from conftest import Project

OK, RED = pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED
TODAY = datetime.now(UTC).date()

CLEAN = "  clean: {generate: clean, require: accuracy >= 0.9}\n"
BREAKS = f"{CLEAN}  night: {{generate: 'hard.py:darken', severity: 3, require: accuracy >= 0.8}}\n"
UNPROVEN = f"{CLEAN}  night: {{generate: 'hard.py:darken', severity: 1, require: accuracy >= 0.999}}\n"
CANNOT = f"{CLEAN}  night: {{generate: pgd, epsilon: 8/255, require: accuracy >= 0.1}}\n"
HOLDS = f"{CLEAN}  night: {{generate: 'hard.py:darken', severity: 1, require: accuracy >= 0.8}}\n"


def waiver(days: int, checks: str = "night") -> str:
    last = TODAY + timedelta(days=days)
    return f"waivers:\n  - {{checks: ['{checks}'], owner: R. Roe, reason: a lamp is ordered, expires: {last}}}\n"


@pytest.mark.parametrize(
    ("scenarios", "outcome", "shown"),
    [(BREAKS, "FAIL", "xfailed"), (UNPROVEN, "INCONCLUSIVE", "xfailed"), (CANNOT, "NOT RUN", "skipped")],
    ids=["fails", "not proven", "not run"],
)
@pytest.mark.parametrize("gate", ["regression", "release"])
def test_what_is_waived_turns_no_gate_red(
    project: Project, scenarios: str, outcome: str, shown: str, gate: str
) -> None:
    project.write(scenarios + waiver(0))
    result = project.robust("-rxs", "--robust-gate", gate)
    assert result.parseoutcomes() == {"passed": 1, shown: 1}
    assert result.ret == OK
    assert project.record().verdicts[1].outcome == outcome
    result.stdout.fnmatch_lines(
        [
            "waived",
            f"    night::*  accuracy >= *  {outcome}  waived by R. Roe until {TODAY}: a lamp is ordered  suites/*",
            "1 PASS, 0 FAIL, 0 known, 1 waived, 0 INCONCLUSIVE, 0 NOT RUN, 0 ERROR",
            {
                "regression": "gate regression: green. *, 1 of 2 are and 1 waived: GO (--robust-gate release)",
                "release": "gate release: green. GO, 1 waived",
            }[gate],
        ]
    )
    assert f"waived by R. Roe until {TODAY}: a lamp is ordered" in result.stdout.str().partition("short test")[2]


def test_an_expired_waiver_turns_the_run_red_though_its_checks_pass_and_says_where(project: Project) -> None:
    project.write(HOLDS + waiver(-1))
    gone = TODAY - timedelta(days=1)
    for gate in ("regression", "release"):
        result = project.robust("--robust-gate", gate)
        assert result.parseoutcomes() == {"passed": 2}
        assert result.ret == RED
        result.stdout.fnmatch_lines(
            [
                "expired waivers",
                f"    R. Roe: expired after {gone}, 1 check; remove or renew it  suites/vision.yaml:8:5",
                f"gate {gate}: red, 1 waiver expired. *NOT PROVEN*",
            ]
        )


def test_an_expired_waiver_excuses_nothing(project: Project) -> None:
    project.write(BREAKS + waiver(-1))
    result = project.robust()
    assert result.parseoutcomes() == {"passed": 1, "failed": 1}
    assert result.ret == RED


def test_a_model_that_cannot_be_asked_is_not_excused(project: Project) -> None:
    project.write(HOLDS + waiver(1))
    (project.path / "model.py").write_text("def answer(images):\n    raise ValueError('no lamp')\n")
    assert project.robust().parseoutcomes() == {"errors": 2}


def test_runxfail_switches_waivers_off_for_what_fails(project: Project) -> None:
    project.write(BREAKS + waiver(1))
    assert project.robust("--runxfail").parseoutcomes() == {"passed": 1, "failed": 1}


def test_a_waiver_that_means_no_check_is_a_mistake_of_the_suite(project: Project) -> None:
    project.write(HOLDS + waiver(1, "nihgt"))
    result = project.robust()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(
        ["suites/vision.yaml:8:15: 'nihgt' means no check of this suite; did you mean 'night'?"]
    )


def test_workers_take_the_day_from_the_controller(project: Project) -> None:
    pytest.importorskip("xdist")
    project.write(BREAKS + waiver(0))
    project.pytester.makeconftest(
        "def pytest_robust_verdict(item, verdict):\n"
        "    with open('days.txt', 'a') as file:\n"
        "        from pytest_robust.pytest_support import settings\n"
        "        file.write(settings.of(item.config).started.isoformat(timespec='seconds') + '\\n')\n"
    )
    result = project.robust("-n", "2")
    assert result.parseoutcomes() == {"passed": 1, "xfailed": 1}
    assert set((project.path / "days.txt").read_text().split()) == {project.record().run.started}


def test_missing_requirements_of_the_tier_turn_the_release_gate_red_and_no_other(project: Project) -> None:
    project.write(f"{HOLDS}risk: {{severity: 1, autonomy: 2}}\n")
    line = "tier 2 (severity 1, autonomy 2): * of 14 requirements missing (output bounds, catastrophic rate, *)"
    result = project.robust()
    assert result.ret == OK
    result.stdout.fnmatch_lines(
        ["gate regression: green. A release needs every claim proven, 2 of 2 are: NOT PROVEN*", line]
    )
    result = project.robust("--robust-gate", "release")
    assert (result.ret, result.parseoutcomes()) == (RED, {"passed": 2})
    result.stdout.fnmatch_lines(["gate release: red. NOT PROVEN", line])


def test_a_tier_that_has_all_it_requires_goes(project: Project) -> None:
    project.write(
        "  clean: {generate: clean, require: [accuracy >= 0.9, finite_outputs]}\nrisk: {severity: 0, autonomy: 3}\n"
    )
    result = project.robust("--robust-gate", "release")
    assert result.ret == OK
    result.stdout.fnmatch_lines(
        ["gate release: green. GO", "tier 0 (severity 0, autonomy 3): none of 4 requirements missing"]
    )


def test_a_hazard_whose_requirement_has_no_check_is_told(project: Project) -> None:
    project.write(f"{HOLDS}hazards:\n  wrong: {{harm: A loss., requirements: [{{text: Read by night, checks: []}}]}}\n")
    result = project.robust()
    assert result.ret == OK
    result.stdout.fnmatch_lines(
        ["gate regression: green. *NOT PROVEN*", "hazards: 1 requirement without any check (wrong)"]
    )
    assert project.robust("--robust-gate", "release").ret == RED


def test_test_rows_that_were_trained_on_are_told(project: Project) -> None:
    project.write(HOLDS)
    project.robust()
    overlap = Overlap(data="test", rows=200, training_rows=900, exact=3, near=9, within=4)
    found = project.record().model_copy(update={"lineage": Lineage(overlaps=[overlap])})
    assert list(lacking(found)) == ["data test: 3 rows of 200 are training rows"]


def test_a_suite_without_any_of_it_says_nothing_of_it(project: Project) -> None:
    project.write(HOLDS)
    printed = project.robust().stdout.str()
    assert not any(word in printed for word in ("waive", "tier", "hazard"))
