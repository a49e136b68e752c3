"""`robust plan` as a user meets it: columns, widths, JSON, and mistakes told as pytest tells them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from pytest_robust.cli import main
from pytest_robust.commands import columns

ROOT = Path(__file__).parents[1]

SUITE = """
model: {adapter: torch, source: model.py:never_loaded}
data: {test: data.py:rows}
statistics: {flake_budget: 0.02}
require: finite_outputs
scenarios:
  clean:
    generate: clean
    require: [accuracy >= 0.9, "top_k_accuracy(k=3) >= 0.99"]
  weather:
    generate: [fog, snow]
    severity: [1, 3]
    require: [accuracy >= 0.8, accuracy_drop <= 0.1 at severity = 1]
  between:
    generate: blend
    weight: 1/2
    require: mass_on_parents >= 0.6
"""

DATA = """
import numpy as np
def rows():
    return {"images": np.zeros((300, 4, 4, 3), np.uint8), "labels": np.arange(300) % 3}
"""


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "data.py").write_text(DATA)
    path = tmp_path / "suites" / "small.yaml"
    path.parent.mkdir()
    path.write_text(SUITE)
    return Path("suites/small.yaml")


def printed(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[str]:
    assert main(["plan", *map(str, arguments)]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out.splitlines()


def test_the_errors_and_the_rows_are_told_first(suite: Path, capsys) -> None:
    head = printed(capsys, suite)[:5]
    assert head == [
        "suites/small.yaml: 15 checks, 9 of them share the error of FAIL",
        "rows  test 300",
        "PASS  of a claim that is false: in at most 0.05 of runs (alpha_pass), each",
        "FAIL  of any claim that is true: in at most 0.02 of runs (flake_budget), 0.00222 each",
        "n     rows for the verdict in 80% of runs, by the test at the end; "
        "25% of each error goes into stopping earlier",
    ]


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_columns_are_aligned_at_every_width(suite: Path, width: int, capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = printed(capsys, suite)
    head = next(line for line in lines if line.startswith("claim"))
    place, last = head.index("settled if"), head.index("n at a truth of")
    table = lines[lines.index(head) + 1 : lines.index("", lines.index(head))]
    for line in table:
        if re.search(r" (PASS|FAIL)  ", line):
            assert line[place - 6 : place] in ("PASS  ", "FAIL  ")
            assert re.match(r"(>=|<=) |none|\?", line[place:])
            assert re.match(r" *([\d,]+|never) at ", line[last:])
    assert max(len(line) for line in lines[6:]) <= max(width, last + 24)
    wide = [line for line in table if line.startswith("accuracy >= 0.8 ")]
    assert len(wide) == 1
    assert wide[0].split()[3:5] == ["4", "300"]


def test_a_long_claim_goes_on_below(suite: Path, capsys) -> None:
    suite.write_text(
        SUITE.replace('"top_k_accuracy(k=3) >= 0.99"', '"own.py:a_property_with_a_name_that_is_long >= 0.99"')
    )
    (suite.parent / "own.py").write_text(
        "from pytest_robust import mean_property\n@mean_property(range=(0, 1), truths={'label'}, summary='Mine.')\n"
        "def a_property_with_a_name_that_is_long(evidence):\n    return evidence.correct\n"
    )
    lines = printed(capsys, suite)
    head = next(line for line in lines if line.startswith("claim"))
    at = next(place for place, line in enumerate(lines) if line.startswith("a_property"))
    told = "".join(line[: head.index("checks")].strip() for line in lines[at : at + 2])
    assert told == "a_property_with_a_name_that_is_long >= 0.99"


def test_notes_say_what_is_assumed_and_what_stays_open(suite: Path, capsys) -> None:
    text = " ".join(line.strip() for line in printed(capsys, suite))
    assert "Between the two truths of a claim these rows settle nothing, however often it runs" in text
    assert "Assumed of accuracy_drop: besides the net change, 2% of the rows change one way and as many back." in text
    assert "mass_on_parents: values spread half as widely as their range and their mean allow." in text


def test_truths_that_are_asked_for(suite: Path, capsys) -> None:
    lines = printed(capsys, suite, "--truth", "0.95", "0.7")
    (line,) = [line for line in lines if line.startswith("accuracy >= 0.8 ")]
    assert " at 0.95" in line
    assert " at 0.7" not in line
    assert " at 0.7" in lines[lines.index(line) + 1]
    assert main(["plan", str(suite), "--truth", "7"]) == 2
    assert "--truth 7: no property that this suite claims can have this value" in capsys.readouterr().err


def test_json_says_the_same(suite: Path, capsys) -> None:
    told = json.loads("\n".join(printed(capsys, suite, "--json")))
    side = {
        "type": ["object", "null"],
        "required": ["settled", "needed"],
        "properties": {"settled": {"type": ["number", "null"]}, "needed": {"type": "array"}},
    }
    prospect = {"required": ["claim", "checks", "rows", "at_most", "passes", "fails", "assuming", "remark"]}
    prospect["properties"] = {"passes": side, "fails": side, "checks": {"type": "array", "minItems": 1}}
    jsonschema.validate(told, {"properties": {"prospects": {"type": "array", "items": prospect}}})
    assert (told["rows"], told["claims"], told["power"]) == ({"test": 300}, 9, 0.8)
    assert sum(len(one["checks"]) for one in told["prospects"]) + len(told["not_run"]) == 15
    by_claim = {one["claim"]: one for one in told["prospects"]}
    assert by_claim["finite_outputs"]["rows"] is None
    assert by_claim["mass_on_parents >= 0.6"]["at_most"] is True
    line = next(line for line in printed(capsys, suite) if line.startswith("accuracy >= 0.9 "))
    needed = by_claim["accuracy >= 0.9"]["passes"]["needed"][0]
    assert f"{needed['rows']:,} at {needed['truth']:g}" in line


def test_mistakes_are_told_as_pytest_tells_them(suite: Path, capsys) -> None:
    suite.write_text(SUITE.replace("[fog, snow]", "[fogg, snow]").replace("accuracy >= 0.9,", "accuracy >= 1.9,"))
    assert main(["plan", str(suite)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "--robust", str(suite)], capture_output=True, text=True, check=False
    )
    assert len(told.err.splitlines()) == 2
    for line in told.err.splitlines():
        assert line.startswith("suites/small.yaml:")
        assert line in run.stdout


def test_data_that_cannot_be_read_is_one_line(suite: Path, capsys) -> None:
    Path("data.py").write_text("raise ValueError('gone')")
    assert main(["plan", str(suite)]) == 2
    told = capsys.readouterr()
    assert (told.out, len(told.err.splitlines())) == ("", 1)
    assert told.err.startswith("robust: suites/small.yaml:")


def test_what_does_not_run_is_named(suite: Path, capsys) -> None:
    suite.write_text(
        SUITE.replace("adapter: torch", "adapter: callable")
        .replace("generate: [fog, snow]", "generate: pgd")
        .replace("severity: [1, 3]", "epsilon: [1/255]")
        .replace(", accuracy_drop <= 0.1 at severity = 1", "")
    )
    text = " ".join(line.strip() for line in printed(capsys, suite))
    assert "NOT RUN: 2 checks: pgd needs gradients" in text


def test_the_scenarios_are_cut_to_their_column() -> None:
    assert columns.fitting("  blur, fog", 30) == "  blur, fog"
    assert len(columns.fitting("  blur, fog, rain, snow", 12)) <= 12
