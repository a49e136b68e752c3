"""`robust keygen` and `robust sign`: keys that are kept, and decisions that somebody made."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

pytest.importorskip("cryptography")
sys.path.insert(0, str(Path(__file__).parent / "report"))
from pages import read
from sample import record

from pytest_robust.cli import main
from pytest_robust.commands import passwords
from pytest_robust.record import Record, files, signatures


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def saved(folder: Path) -> Path:
    """A record that says NO-GO, with its page, and a key."""
    files.save(record(), folder / "vision.json")
    assert main(["report", "vision.json"]) == 0
    assert main(["keygen", "anna"]) == 0
    return Path("vision.json")


@pytest.fixture
def proven(folder: Path) -> Path:
    """A record that says GO."""
    one = record()
    good = [verdict for verdict in one.verdicts if verdict.outcome == "PASS" and not verdict.xfail]
    files.save(one.model_copy(update={"verdicts": good, "comparison": None}), folder / "proven.json")
    assert main(["keygen", "anna"]) == 0
    return Path("proven.json")


def sign(path: object, *more: str, key: str = "anna.key", name: str = "Anna Example") -> int:
    return main(["sign", str(path), "--role", "safety engineer", "--name", name, "--key", key, *more])


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def refused(code: int, capsys: pytest.CaptureFixture[str]) -> str:
    assert code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("robust: ")
    return line


def beside(path: Path) -> tuple[Record, tuple[signatures.Signature, ...]]:
    loaded = files.load(path)
    return loaded, signatures.beside(path, loaded)


def test_keygen_says_what_each_file_is_for(folder: Path, capsys) -> None:
    assert main(["keygen", "anna"]) == 0
    lines = told(capsys)
    assert lines[0].startswith("anna.key ")
    assert lines[1].startswith("anna.pub ")
    assert lines[2].startswith("fingerprint ")
    assert stat.S_IMODE((folder / "anna.key").stat().st_mode) == 0o600
    assert "never replaced" in refused(main(["keygen", "anna"]), capsys)


def test_a_decision_is_signed_and_the_page_made_again(saved: Path, capsys) -> None:
    capsys.readouterr()
    assert sign(saved, "--decision", "hold") == 0
    loaded, (one,) = beside(saved)
    assert (one.role, one.name, one.decision, one.saw) == ("safety engineer", "Anna Example", "do not release", "NO-GO")
    assert one.valid
    assert told(capsys) == [
        "Anna Example (safety engineer): do not release",
        f"    record  vision.json, which says NO-GO, digest {loaded.digest}",
        f"    key     {one.key}",
        "vision.json.intoto.jsonl  1 signature",
        "vision.html  made again",
    ]
    page = read(Path("vision.html").read_text(encoding="utf-8"))
    assert one.key in page.one("section", id="decision").words
    assert "SIGNED: DO NOT RELEASE, by Anna Example (safety engineer)." in page.one("header").words


def test_what_does_not_say_go_is_released_by_an_explicit_word_only(saved: Path, capsys) -> None:
    assert "says NO-GO; decide with --decision release" in refused(sign(saved), capsys)
    assert beside(saved)[1] == ()
    assert sign(saved, "--decision", "release") == 0
    assert beside(saved)[1][0].decision == "release"


def test_what_says_go_is_released_where_nothing_else_is_said(proven: Path, capsys) -> None:
    assert sign(proven) == 0
    (one,) = beside(proven)[1]
    assert (one.decision, one.saw) == ("release", "GO")
    assert not Path("proven.html").exists(), "no page was there"


def test_signatures_for_another_record_are_kept_and_counted(proven: Path, capsys) -> None:
    assert sign(proven) == 0
    loaded = files.load(proven)
    files.save(loaded.model_copy(update={"run": loaded.run.model_copy(update={"seconds": 1.0})}), proven)
    capsys.readouterr()
    assert sign(proven) == 0
    assert "proven.json.intoto.jsonl  2 signatures, 1 of them not for this record" in told(capsys)


def test_a_password_is_asked_for_twice_and_then_each_time(proven: Path, capsys, monkeypatch) -> None:
    answers = iter(["secret", "secret", "wrong", "secret"])
    asked = []
    monkeypatch.setattr(passwords, "getpass", lambda prompt: asked.append(prompt) or next(answers))
    assert main(["keygen", "ben", "--password"]) == 0
    assert "does not open it" in refused(sign(proven, key="ben.key"), capsys)
    assert sign(proven, key="ben.key") == 0
    assert asked == ["password of the new key: ", "once more: ", *["password of ben.key: "] * 2]


def test_two_different_passwords_make_no_key(folder: Path, capsys, monkeypatch) -> None:
    answers = iter(["secret", "secrte", "", ""])
    monkeypatch.setattr(passwords, "getpass", lambda _: next(answers))
    for _ in range(2):
        assert "nothing was written" in refused(main(["keygen", "ben", "--password"]), capsys)
    assert list(folder.iterdir()) == []


def test_in_ci_the_password_comes_from_a_file(proven: Path, folder: Path, capsys) -> None:
    (folder / "password").write_text("secret\r\n")
    (folder / "empty").write_text("\n")
    assert main(["keygen", "ci", "--password-file", "password"]) == 0
    assert sign(proven, "--password-file", "password", key="ci.key") == 0
    assert "holds no password" in refused(sign(proven, "--password-file", "empty", key="ci.key"), capsys)
    assert "cannot read the password" in refused(sign(proven, "--password-file", "absent", key="ci.key"), capsys)


@pytest.mark.parametrize(
    ("path", "more", "said"),
    [
        ("absent.json", {}, "absent.json: cannot read the record"),
        ("proven.json", {"key": "absent.key"}, "absent.key: cannot read the key"),
        ("proven.json", {"key": "anna.pub"}, "anna.pub: not a private key"),
        ("proven.json", {"name": " "}, "the name of a signature"),
    ],
)
def test_what_is_wrong_is_one_line(proven: Path, capsys, path: str, more: dict[str, str], said: str) -> None:
    assert said in refused(sign(path, **more), capsys)
    assert beside(proven)[1] == ()
