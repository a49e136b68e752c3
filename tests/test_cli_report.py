"""`robust report` in every format, told by the ending of the file or by name; `robust schema --record`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "report"))
from sample import record

from pytest_robust.cli import main
from pytest_robust.record import files
from pytest_robust.report.formats import FORMATS

NAMES = list(FORMATS)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "vision.json"
    files.save(record(), path)
    return path


@pytest.mark.parametrize("name", NAMES)
def test_the_ending_tells_the_format(name: str, saved: Path, tmp_path: Path) -> None:
    target = tmp_path / f"other{FORMATS[name].ending.upper()}"
    assert main(["report", str(saved), "-o", str(target)]) == 0
    assert target.read_text(encoding="utf-8") == FORMATS[name].render(files.load(saved), saved)


@pytest.mark.parametrize("name", NAMES)
def test_a_format_by_name_goes_beside_the_record(name: str, saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(saved), "--format", name]) == 0
    assert capsys.readouterr().out == f"{saved.with_suffix(FORMATS[name].ending)}\n"
    assert saved.with_suffix(FORMATS[name].ending).is_file()


def test_the_name_goes_before_the_ending(saved: Path, tmp_path: Path) -> None:
    assert main(["report", str(saved), "--format", "markdown", "-o", str(tmp_path / "summary.txt")]) == 0
    assert (tmp_path / "summary.txt").read_text(encoding="utf-8").startswith("## ❌ NO-GO")


@pytest.mark.parametrize("name", NAMES)
def test_a_dash_prints_it_and_writes_nothing(name: str, saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(saved), "--format", name, "-o", "-"]) == 0
    assert capsys.readouterr().out == FORMATS[name].render(files.load(saved), saved)
    assert [path.name for path in saved.parent.iterdir()] == ["vision.json"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "report.txt"], "report.txt: the ending tells no format, there are .html, .md, .sarif, .cdx.json"),
        (["--format", "sarf"], "unknown format 'sarf'; did you mean 'sarif'?"),
        (["--format", "sarf", "-o", "-"], "unknown format 'sarf'"),
    ],
)
def test_a_format_that_is_none_is_one_line(
    arguments: list[str], said: str, saved: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(saved.parent)
    assert main(["report", str(saved), *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"robust: {said}")
    assert len(printed.err.splitlines()) == 1
    assert [path.name for path in saved.parent.iterdir()] == ["vision.json"]


def test_the_schema_of_records_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--record"]) == 0
    assert json.loads(capsys.readouterr().out) == files.json_schema()
