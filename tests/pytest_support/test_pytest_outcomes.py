"""What a verdict means to pytest under each gate: the table in `items.py`, row by row, and the exit codes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

if TYPE_CHECKING:
    from conftest import Project

PASS = "accuracy >= 0.8"
FAIL = "accuracy >= 0.8"
UNSETTLED = "accuracy >= 0.999"

OK, RED, COULD_NOT = pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED


def one(claim: str, severity: int = 1, *, generate: str = "hard.py:darken", xfail: str = "") -> str:
    known = f", xfail: {xfail!r}" if xfail else ""
    scale = f"severity: {severity}" if generate.startswith("hard") else "epsilon: 8/255"
    return f"  night:\n    generate: {generate}\n    {scale}\n    require:\n      - {{claim: {claim}{known}}}\n"


HOLDS = one("accuracy >= 0.8")
BREAKS = one("accuracy >= 0.8", 3)
UNPROVEN = one("accuracy >= 0.999")
CANNOT = one("accuracy >= 0.1", generate="pgd")
KNOWN_HOLDS = one("accuracy >= 0.8", xfail="blind at night")
KNOWN_BREAKS = one("accuracy >= 0.8", 3, xfail="blind at night")
KNOWN_UNPROVEN = one("accuracy >= 0.999", xfail="blind at night")
KNOWN_CANNOT = one("accuracy >= 0.1", generate="pgd", xfail="blind at night")


@pytest.mark.parametrize(
    ("scenario", "verdict", "regression", "release"),
    [
        (HOLDS, "PASS", ("passed", OK), ("passed", OK)),
        (BREAKS, "FAIL", ("failed", RED), ("failed", RED)),
        (UNPROVEN, "INCONCLUSIVE", ("inconclusive", OK), ("failed", RED)),
        (CANNOT, "NOT RUN", ("skipped", OK), ("failed", RED)),
        (KNOWN_HOLDS, "PASS", ("failed", RED), ("passed", OK)),
        (KNOWN_BREAKS, "FAIL", ("xfailed", OK), ("failed", RED)),
        (KNOWN_UNPROVEN, "INCONCLUSIVE", ("xfailed", OK), ("failed", RED)),
        (KNOWN_CANNOT, "NOT RUN", ("skipped", OK), ("failed", RED)),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else None,
)
def test_the_table(
    project: Project,
    scenario: str,
    verdict: str,
    regression: tuple[str, pytest.ExitCode],
    release: tuple[str, pytest.ExitCode],
) -> None:
    project.write(scenario)
    for gate, (outcome, code) in (("regression", regression), ("release", release)):
        result = project.robust("--robust-gate", gate)
        assert result.parseoutcomes() == {outcome: 1}
        assert result.ret == code
        record = project.record()
        assert [found.outcome for found in record.verdicts] == [verdict]
        assert (record.run.gate, record.run.exit_status) == (gate, code)


def test_a_failure_is_a_few_lines_that_one_can_act_on(project: Project) -> None:
    project.write(BREAKS)
    result = project.robust("suites/vision.yaml")
    result.stdout.fnmatch_lines(
        [
            "*_ night::darken-3: accuracy >= 0.8 _*",
            "accuracy >= 0.8 does not hold",
            "observed 0.* (0.* to 0.*), n *",
            "if the claim held, the chance of this verdict would be at most 0.01, 1 in 100",
            "worst: row *, a 'bright': before 'bright' (*); now 'dark' (*)",
            "claimed at: suites/vision.yaml:*:*",
            'again: pytest --robust "suites/vision.yaml::night::darken-3::accuracy"',
            "FAILED suites/vision.yaml::night::darken-3::accuracy - accuracy >= 0.8*",
        ]
    )
    assert "Traceback" not in result.stdout.str()
    assert "items.py" not in result.stdout.str()


def test_the_command_in_a_failure_runs_that_check_alone(project: Project) -> None:
    result = project.robust("--robust-gate", "release", "-k", "darken-3")
    (line,) = [line for line in result.outlines if line.startswith("again: ")]
    again = project.run(*[word.strip('"') for word in line.removeprefix("again: pytest ").split()])
    again.assert_outcomes(failed=1)
    assert "--robust-gate release" in line


def test_one_line_tracebacks_name_the_line_of_the_suite(project: Project) -> None:
    project.write(BREAKS)
    project.robust("--tb=line").stdout.fnmatch_lines(["suites/vision.yaml:9: accuracy >= 0.8 does not hold"])


def test_a_known_weakness_that_holds_now_says_what_to_do(project: Project) -> None:
    project.write(KNOWN_HOLDS)
    project.robust().stdout.fnmatch_lines(["accuracy >= 0.8 holds now: remove its xfail ('blind at night')"])


def test_reasons_of_known_weaknesses_and_of_checks_that_cannot_run(project: Project) -> None:
    project.write(KNOWN_BREAKS)
    show = ["--xfail-tb"] if pytest.version_tuple >= (8, 3) else []  # until then, -rx showed how a test failed
    result = project.robust("-rx", *show)
    result.stdout.fnmatch_lines(
        [
            "accuracy >= 0.8 does not hold (known: 'blind at night')",
            "XFAIL suites/vision.yaml::night::darken-3::accuracy - *blind at night",
        ]
    )
    assert "items.py" not in result.stdout.str()
    project.write(CANNOT)
    project.robust("-rs").stdout.fnmatch_lines(["SKIPPED [[]1[]] suites/vision.yaml:9: *gradients*"])


def test_runxfail_switches_known_weaknesses_off(project: Project) -> None:
    project.write(KNOWN_BREAKS)
    result = project.robust("--runxfail")
    result.assert_outcomes(failed=1)
    assert result.ret == RED


def test_inconclusive_has_a_word_a_letter_and_a_place_in_the_last_line(project: Project) -> None:
    project.write(UNPROVEN)
    project.robust().stdout.fnmatch_lines(["suites/vision.yaml [?] *", "*= 1 inconclusive in *"])
    project.robust("-v").stdout.fnmatch_lines(["suites/vision.yaml::night::darken-1::accuracy INCONCLUSIVE *"])


ANSWER = "def answer(images):"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("import nothing_of_this_name\n" + ANSWER + " ...", "suites/vision.yaml:2:8: *nothing_of_this_name*"),
        ("def other(images): ...", "suites/vision.yaml:2:8: *has no 'answer'*other*"),
        (ANSWER + "\n    raise ValueError('no light')", "*model.py:2*ValueError: no light*"),
        (ANSWER + "\n    return 'dark'", "*model.py*"),
    ],
)
def test_a_model_that_cannot_answer_is_an_error_and_not_a_failure(project: Project, broken: str, said: str) -> None:
    (project.path / "model.py").write_text(broken)
    project.write(HOLDS)
    result = project.robust()
    result.assert_outcomes(errors=1)
    assert result.ret == COULD_NOT
    result.stdout.fnmatch_lines(
        [said, "met by: accuracy >= 0.8 (suites/vision.yaml:*:*)", 'again: pytest --robust "suites/*']
    )
    assert "Traceback" not in result.stdout.str()
    record = project.record()
    assert [verdict.outcome for verdict in record.verdicts] == ["ERROR"]
    assert record.verdicts[0].reason
    assert record.run.exit_status == COULD_NOT


def test_an_error_beside_a_failure(project: Project) -> None:
    (project.path / "model.py").write_text(
        (project.path / "model.py").read_text()
        + "\nwell = answer\ndef answer(images):\n    assert images.mean() > 40, 'too dark'\n    return well(images)\n"
    )
    project.write("  night:\n    generate: hard.py:darken\n    severity: [1, 2, 3]\n    require: accuracy >= 0.8\n")
    result = project.robust()
    result.assert_outcomes(passed=1, failed=1, errors=1)
    assert result.ret == COULD_NOT
    assert list(project.outcomes().values()) == ["PASS", "FAIL", "ERROR"]
    result.stdout.fnmatch_lines(["errors", "*1 check: *too dark*", "*night::darken-3::accuracy"])


def test_a_defect_of_ours_shows_its_traceback_and_is_an_error(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pytest_robust.engine.engine import Engine

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(Engine, "judge", broken)
    project.write(HOLDS)
    result = project.robust()
    result.assert_outcomes(errors=1)
    assert result.ret == COULD_NOT
    result.stdout.fnmatch_lines(["E *ZeroDivisionError: a defect"])
    assert [verdict.reason for verdict in project.record().verdicts] == ["ZeroDivisionError: a defect"]


def test_a_release_cannot_be_had_by_leaving_checks_out(project: Project) -> None:
    result = project.robust("--robust-gate", "release", "-k", "clean")
    result.assert_outcomes(passed=2, deselected=5)
    assert result.ret == RED
    result.stdout.fnmatch_lines(["gate release: red. NOT PROVEN"])
    assert project.robust("-k", "clean").ret == OK


def test_an_xfail_mark_from_elsewhere_does_not_excuse(project: Project) -> None:
    project.write(BREAKS)
    project.pytester.makeconftest("""
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.xfail(reason="hidden"))
    """)
    assert project.robust().ret == RED


def test_nothing_collected_is_pytests_own_code(project: Project) -> None:
    assert project.robust("-k", "nothing").ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert not (project.path / "reports").exists()


def test_junit(project: Project) -> None:
    project.write(
        "".join(
            [BREAKS.replace("night", "a"), UNPROVEN.replace("night", "b"), KNOWN_BREAKS, CANNOT.replace("night", "c")]
        )
    )
    project.robust("--junitxml", "out.xml")
    (suite,) = ElementTree.parse(project.path / "out.xml").getroot()
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["4", "1", "0", "2"]
    case = next(case for case in suite if case.get("classname", "").endswith("a::darken-3".replace("::", ".")))
    failure = case[-1]
    assert failure.get("message") == "accuracy >= 0.8 does not hold"
    assert failure.text is not None
    assert failure.text.startswith("accuracy >= 0.8 does not hold\nobserved 0.")


def test_how_little_is_enough_is_told_where_less_is(project: Project) -> None:
    """Images of about 190 are taken for dark ones below 128: 2 levels of 35 are enough, of levels of 22 it takes 3."""
    path = project.path / "hard.py"
    path.write_text(path.read_text().replace("45 * severity", "35 * severity"))
    project.write(one("accuracy >= 0.8", 3))
    result = project.robust()
    result.stdout.fnmatch_lines(["worst: row *", "smallest: 2 is enough; then 'dark' (*)"])
    path.write_text(path.read_text().replace("35 * severity", "22 * severity"))
    project.write(one("accuracy >= 0.8", 3))
    project.robust().stdout.no_fnmatch_line("smallest: *")
