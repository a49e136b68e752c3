"""`robust verify` on a real project: all is well until one byte is not, and then it says which."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("cryptography")
import signed_project
from pytest_robust.cli import main
from pytest_robust.record import Counterexample, Record, files
from signed_project import RECORD, flip

PAGE = "reports/vision.html"
SECTIONS = [name for name in Record.model_fields if name not in ("comparison", "risk")]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return signed_project.make(tmp_path_factory.mktemp("signed") / "project")


@pytest.fixture
def project(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = tmp_path / "project"
    shutil.copytree(original, copy)
    monkeypatch.chdir(copy)
    return copy


def verify(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, list[str]]:
    code = main(["verify", *map(str, arguments)])
    captured = capsys.readouterr()
    assert captured.err == ""
    return code, captured.out.splitlines()


def failed(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What is not verified, by name."""
    code, lines = verify(capsys, *arguments)
    assert code == 1
    assert any(line.startswith("FAIL") for line in lines)
    told, _, names = lines[-1].partition(": ")
    assert told == "NOT VERIFIED"
    return names


@pytest.mark.parametrize("path", [RECORD, PAGE])
def test_what_nobody_touched_is_verified(project: Path, capsys, path: str) -> None:
    code, lines = verify(capsys, path, "--trust", "keys", "--signed", 2)
    assert code == 0
    assert [line.split("  ")[0] for line in lines[:-1]] == ["ok"] * (len(lines) - 1)
    told = "\n".join(lines)
    for name in ("record", "suite", "weights", "training", "data test", "model", "signature", "signers"):
        assert f"ok    {name} " in told
    assert ("ok    report " in told) == (path == PAGE)
    assert "Anna (safety engineer)" in told
    assert "keys/ben.pub" in told
    assert lines[-1] == "verified"


def middle(text: str, section: str) -> int:
    """The place of a byte in the midst of a section of a record's file."""
    lines = text.split("\n")
    first = next(number for number, line in enumerate(lines) if line.startswith(f' "{section}": '))
    after = (number for number, line in enumerate(lines) if number > first and line[:2] in (' "', "}"))
    before, whole = "\n".join(lines[:first]), "\n".join(lines[: next(after)])
    return (len(before.encode()) + len(f'\n "{section}": ') + len(whole.encode())) // 2


@pytest.mark.parametrize("section", SECTIONS)
def test_one_byte_in_each_section_of_the_record(project: Path, capsys, section: str) -> None:
    flip(project / RECORD, middle((project / RECORD).read_text(), section))
    assert failed(capsys, RECORD, "--only", "record") in ("record", "signature")


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("suites/vision.yaml", "suite"),
        ("weights.npz", "weights"),
        ("README.md", "training"),
        ("rows.npz", "data test"),
        ("model.py", "model"),
        (f"{RECORD}.intoto.jsonl", "signature"),
        (PAGE, "report"),
    ],
)
def test_one_byte_in_each_file(project: Path, capsys, path: str, names: str) -> None:
    place = (project / path).stat().st_size // 2 if path != "model.py" else 5
    flip(project / path, place)
    assert failed(capsys, PAGE if path == PAGE else RECORD) == names


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["suites/vision.yaml", "weights.npz", "rows.npz", RECORD, f"{RECORD}.intoto.jsonl"]),
    st.floats(0, 1, exclude_max=True),
    st.integers(1, 255),
)
def test_any_byte_of_any_of_them(project: Path, capsys, path: str, where: float, bits: int) -> None:
    place = int(where * (project / path).stat().st_size)
    flip(project / path, place, bits)
    try:
        assert failed(capsys, RECORD)
    finally:
        flip(project / path, place, bits)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_any_byte_of_the_page(project: Path, capsys, where: float, bits: int) -> None:
    place = int(where * (project / PAGE).stat().st_size)
    flip(project / PAGE, place, bits)
    try:
        assert failed(capsys, PAGE, "--only", "record") in ("record", "report", "report, signature")
    finally:
        flip(project / PAGE, place, bits)


def test_the_line_says_what_changed_what_was_found_and_what_to_do(project: Path, capsys) -> None:
    flip(project / "rows.npz", 1000)
    _, lines = verify(capsys, RECORD)
    file = files.load(project / RECORD).data[0].file
    assert file is not None
    (line,) = (line for line in lines if "rows.npz, sha256" in line)
    assert line.startswith(f"FAIL  data test       rows.npz, sha256 {file.sha256[:12]}: changed, found ")
    assert line.endswith("restore what was tested, or run the suite again and have that signed")


@pytest.mark.parametrize("change", ["suite", "signature"])
def test_code_is_not_run_where_anything_else_is_not_as_it_was(project: Path, capsys, change: str) -> None:
    if change == "suite":
        suite = project / "suites" / "vision.yaml"
        suite.write_text(suite.read_text().replace("model.py:answer", "evil.py:answer"))
    else:
        flip(project / f"{RECORD}.intoto.jsonl", 100)
    for name in ("evil.py", "model.py", "conftest.py"):
        (project / name).write_text("raise SystemExit('I ran')")
    assert failed(capsys, RECORD) == change
    (line,) = (line for line in verify(capsys, RECORD)[1] if "not loaded" in line)
    assert line.startswith("note  model, data     not loaded, as that runs code")


def test_data_that_cannot_be_loaded_are_named_with_the_reason(project: Path, capsys) -> None:
    (project / "model.py").write_text("raise ValueError('no')")
    assert failed(capsys, RECORD) == "model, data test"
    (line,) = (line for line in verify(capsys, RECORD)[1] if line.startswith("FAIL  model"))
    assert "ValueError: no" in line


def test_what_is_gone_is_named(project: Path, capsys) -> None:
    (project / "weights.npz").unlink()
    assert failed(capsys, RECORD) == "weights"
    (line,) = (line for line in verify(capsys, RECORD)[1] if line.startswith("FAIL"))
    assert "No such file" in line
    assert "--root" in line


def test_the_project_s_root_may_be_elsewhere(project: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    record = project / RECORD
    assert "suite" in failed(capsys, record)
    assert verify(capsys, record, "--root", project)[0] == 0


def test_in_an_archive_record_and_signatures_stand_alone(project: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    archive = tmp_path / "archive"
    shutil.copytree(project / "reports", archive)
    monkeypatch.chdir(archive)
    for name in ("vision.json", "vision.html"):
        code, lines = verify(capsys, name, "--only", "record")
        assert code == 0
        assert not any("suite" in line or "model" in line for line in lines)


def test_a_record_without_signatures_says_so(project: Path, capsys) -> None:
    (project / f"{RECORD}.intoto.jsonl").unlink()
    code, lines = verify(capsys, RECORD)
    assert code == 0
    assert any(line.startswith("note  signature       UNSIGNED: integrity only") for line in lines)
    assert failed(capsys, PAGE) == "report", "the page tells of signatures that are not there"
    assert failed(capsys, RECORD, "--signed", 1) == "signers"


def test_without_trust_nobody_vouches_for_the_keys(project: Path, capsys) -> None:
    code, lines = verify(capsys, RECORD, "--signed", 2)
    assert code == 0
    assert any(line.startswith("note  keys            nobody vouches for them") for line in lines)


def test_a_key_that_is_not_trusted_does_not_count(project: Path, capsys) -> None:
    code, lines = verify(capsys, RECORD, "--trust", "keys/anna.pub")
    assert code == 0
    assert any("Ben (release manager)" in line and "none of those trusted" in line for line in lines)
    assert failed(capsys, RECORD, "--trust", "keys/anna.pub", "--signed", 2) == "signers"
    (project / "keys" / "anna.pub").unlink()
    assert verify(capsys, RECORD, "--trust", "keys")[0] == 0
    (project / f"{RECORD}.intoto.jsonl").write_text("")
    assert failed(capsys, RECORD, "--trust", "keys") == "signers"


def test_who_decides_against_a_release_keeps_it_from_being_signed_for(project: Path, capsys) -> None:
    signed_project.sign(project, "anna", "do not release")
    code, lines = verify(capsys, PAGE, "--trust", "keys")
    assert code == 0
    told = [line for line in lines if "Anna" in line]
    assert ["the role has signed again since" in line for line in told] == [True, False]
    assert failed(capsys, RECORD, "--trust", "keys", "--signed", 2) == "signers"


def test_the_run_again_is_another_record_until_its_roles_sign_again(project: Path, capsys) -> None:
    assert signed_project.run(project) == 0
    assert failed(capsys, RECORD) == "signature"
    page = (project / PAGE).read_text()
    assert "UNSIGNED DRAFT" in page
    assert "for the same findings by another run" in page
    for name in signed_project.ROLES:
        signed_project.sign(project, name)
    code, lines = verify(capsys, PAGE, "--trust", "keys", "--signed", 2)
    assert code == 0, lines
    assert sum("the role has signed again since" in line for line in lines) == 2


def test_a_page_of_another_version_is_not_compared(project: Path, capsys) -> None:
    page = project / PAGE
    page.write_text(page.read_text().replace('content="pytest-robust ', 'content="pytest-robust 99.'))
    _, lines = verify(capsys, PAGE)
    (line,) = (line for line in lines if line.startswith("FAIL"))
    assert "made by pytest-robust 99." in line
    assert "only the record could be checked" in line


def test_a_page_without_the_whole_record_needs_the_file(project: Path, capsys) -> None:
    """Of an older schema, say, or with more pictures than fit in twice."""
    record = files.load(project / RECORD)
    shots = dict.fromkeys(("original", "perturbed"), "data:image/webp;base64," + "A" * 11_000)
    examples = [Counterexample(row=str(n), label=None, before=[], after=[], **shots) for n in range(60)]
    verdicts = [one.model_copy(update={"counterexamples": examples}) for one in record.verdicts]
    saved = files.save(record.model_copy(update={"verdicts": verdicts}), project / RECORD)
    assert main(["report", RECORD]) == 0
    capsys.readouterr()
    assert "without its pictures" in (project / PAGE).read_text()
    names = failed(capsys, PAGE, "--only", "record")
    assert names == "signature", "the page is that of the file, whose signatures are for another one"
    (project / RECORD).rename(project / "moved.json")
    assert failed(capsys, PAGE, "--only", "record") == "record"
    assert saved.digest in "\n".join(verify(capsys, PAGE, "--only", "record", "--record", "moved.json")[1])


def test_waivers_that_have_ended_since_are_told(project: Path, capsys) -> None:
    record = files.load(project / RECORD)
    place = {"path": "suites/vision.yaml", "line": 3, "column": 1}
    waivers = [
        {"checks": [], "owner": "Ops", "reason": "r", "expires": expires, "place": place}
        for expires in ("2020-01-31", "2999-01-31")
    ]
    files.save(Record.model_validate({**record.model_dump(), "waivers": waivers}), project / RECORD)
    (project / f"{RECORD}.intoto.jsonl").unlink()
    assert failed(capsys, RECORD) == "waiver"
    told = [line.partition("suites/")[0] for line in verify(capsys, RECORD)[1] if "  waiver  " in line]
    assert told == ["FAIL  waiver          ", "ok    waiver          "]
    assert verify(capsys, RECORD, "--only", "record")[0] == 0


def test_what_is_no_record_ends_with_2(project: Path, capsys) -> None:
    assert main(["verify", "absent.json"]) == 2
    assert "absent.json: no such file" in capsys.readouterr().err
    assert main(["verify", RECORD, "--trust", "model.py"]) == 2
    assert "model.py: not a public key" in capsys.readouterr().err
    (project / "other.html").write_text("<p>hello</p>")
    assert failed(capsys, "other.html") == "record"
    (project / "other.json").write_text(json.dumps({"a": 1}))
    assert failed(capsys, "other.json") == "record"
