"""Suite files: what is read, and every mistake at its place, in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_robust.engine.plan import make_plan
from pytest_robust.errors import SuiteError
from pytest_robust.sources import Roots
from pytest_robust.suite.files import load, parse

HERE = Path(__file__).parent
BAD = sorted((HERE / "bad").glob("*.yaml"))
GOOD = sorted((HERE / "good").glob("*.yaml"))


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_every_mistake_of_a_file_is_told_at_its_place(path: Path) -> None:
    """A bad suite begins with what is to be said of it: `#! line:column: message`, whole and in order."""
    expected = [line[3:] for line in path.read_text().splitlines() if line.startswith("#! ")]
    assert expected
    with pytest.raises(SuiteError) as caught:
        make_plan(load(path), Roots((path.parent,)))
    assert str(caught.value).splitlines() == [f"{path}:{line}" for line in expected]


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_good_file_has_no_mistakes(path: Path) -> None:
    file = load(path)
    assert not file.problems
    assert not file.incomplete
    assert file.suite is not None
    assert file.text == path.read_text()


def test_short_and_long_forms_say_the_same() -> None:
    head = "model: {adapter: torch}\n"
    short = parse(head + "data: {test: a.npz}\nscenarios: {s: {generate: fog, require: accuracy >= 0.8}}", Path("s"))
    long = parse(
        head + "data: {test: {source: a.npz}}\nscenarios: {s: {generate: [{fog: {}}], require: "
        "[{claim: accuracy >= 0.8, xfail: }]}}",
        Path("l"),
    )
    assert short.suite == long.suite
    assert short.place("scenarios", "s", "require", 0, "claim") == (3, 41)
    assert long.place("scenarios", "s", "require", 0, "claim") == (3, 58)


def test_a_severity_of_the_risk_is_a_number_whatever_else_the_suite_holds() -> None:
    head = "model: {adapter: torch}\ndata: {test: a.npz}\nscenarios: {s: {generate: fog, require: accuracy >= 0.8}}\n"
    for more in ("", "mistakes: {never: [a -> b]}\n", "hazards: {h: {harm: A loss.}}\n", "waivers: []\n"):
        file = parse(f"{head}{more}risk: {{severity: 1, autonomy: 2}}\n", Path("s"))
        assert not file.problems
        assert file.suite is not None
        assert file.suite.risk is not None
        assert file.suite.risk.severity == 1


def test_what_is_wrong_is_left_out_and_the_rest_keeps_its_place() -> None:
    file = load(HERE / "bad" / "claims.yaml")
    assert file.suite is not None
    assert [spec.claim.text for spec in file.suite.require] == ["finite_outputs"]
    assert file.suite.scenarios["fog"].require == []
    assert {("require",), ("scenarios", "fog"), ("scenarios", "fog", "require")} <= file.incomplete
    assert ("scenarios", "fog", "generate") not in file.incomplete

    text = (
        "model: {adapter: torch}\ndata: {test: a.npz}\nscenarios:\n  s: {generate: [3, fog, 4, snow], require: [a, b]}"
    )
    rest = parse(text, Path("s"))
    assert rest.suite is not None
    assert [spec.name for spec in rest.suite.scenarios["s"].generate] == ["fog", "snow"]
    assert rest.place("scenarios", "s", "generate", 1) == (4, 29)


def test_what_is_not_utf_8_is_refused_at_its_byte(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("seed: 1\nname: café\n".encode("latin-1"))
    (problem,) = load(path).problems
    assert str(problem) == f"{path}:2:10: byte 0xe9 is not UTF-8; save the file as UTF-8"


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD[0].read_bytes())
    assert not load(path).problems


@pytest.mark.parametrize(("name", "reason"), [("absent.yaml", "No such file or directory"), (".", "Is a directory")])
def test_what_cannot_be_read_is_an_error(tmp_path: Path, name: str, reason: str) -> None:
    path = tmp_path / name
    with pytest.raises(SuiteError) as caught:
        load(path)
    assert str(caught.value) == f"{path}:1:1: cannot be read: {reason}; give the path of a suite file"


def test_a_control_character_is_a_problem_of_the_file() -> None:
    file = parse("name: \x01", Path("s.yaml"))
    assert file.suite is None
    assert list(map(str, file.problems)) == ["s.yaml:1:7: a control character; a suite is plain text"]


LINES = GOOD[0].read_text().splitlines(keepends=True)


@settings(max_examples=50)
@given(st.data())
def test_no_mangled_file_raises_anything_but_problems(data: st.DataObject) -> None:
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        lines[place] = data.draw(
            st.sampled_from(
                ["", "\n", "\t", "- ", "3: 4\n", "&a *a\n", "a: b: c\n", "]\n", "'\n", "{[}\n", "%YAML 9\n"]
            )
            | st.just(lines[place][1:])
            | st.just(lines[place] * 2)
            | st.text(max_size=5)
        )
    file = parse("".join(lines), Path("s.yaml"))
    assert file.suite is not None or file.problems
    height = len("".join(lines).splitlines()) + 1
    for problem in file.problems:
        assert 1 <= problem.line <= height
        assert problem.column >= 1
        assert problem.message
