"""What the tiers require: the tables of the documentation, and the shortfall of a suite before it runs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pytest_robust.cli import main

DOCS = Path(__file__).parents[1] / "docs" / "risk.md"

SUITE = """
model: {adapter: callable, source: model.py:answer, classes: [a, b]}
data: {test: test.npz, other: other.npz}
mistakes: {costs: {a: {b: 10}, default: 1}}
require: finite_outputs
scenarios:
  clean: {generate: clean, require: [accuracy >= 0.9, catastrophic_rate(cost=10) <= 0.01]}
  fog: {generate: fog, severity: 1, data: other, require: accuracy >= 0.8}
"""


@pytest.fixture
def suite(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.py").write_text("def answer(images): ...\n")
    for name, rows in (("test", 280), ("other", 5000)):
        images, labels = np.zeros((rows, 8, 8, 1), np.uint8), np.arange(rows) % 2
        np.savez(tmp_path / f"{name}.npz", images=images, labels=labels)
    return tmp_path / "suite.yaml"


def planned(suite: Path, risk: str, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    suite.write_text(f"{SUITE}{risk}\n")
    assert main(["plan", "suite.yaml", *options]) == 0
    return capsys.readouterr().out


def test_the_tables_of_the_documentation_are_what_the_command_prints(capsys):
    assert main(["tiers"]) == 0
    shown = DOCS.read_text(encoding="utf-8").partition("<!-- robust tiers -->")[2].partition("<!-- end -->")[0]
    assert shown.strip() == capsys.readouterr().out.strip(), "put what `robust tiers` prints into docs/risk.md"


def test_the_shortfall_is_told_before_anything_runs(suite, capsys):
    printed = planned(suite, "risk: {severity: 1, autonomy: 1}", capsys)
    told = " ".join(printed.partition("tier 1")[2].split())
    for line in (
        ": severity 1 (reversible), autonomy 1 (a human confirms) P(catastrophic) <= 0.01 at 95%: 299 / 473 / 628 rows",
        "of clean data with 0 / 1 / 2 of them; there are 280, 19 short",
        "with early stopping, which takes part of the error: 327 / 507 / 667 sample 280 rows",
        "clean accuracy claimed in 1 check output bounds claimed in 2 checks",
        "catastrophic rate MISSING: 280 rows of clean data, 299 needed without one catastrophe; add 19 rows and claim",
        "corruptions claimed in 1 check",
        "calibration MISSING: nothing of it is claimed; claim it, such as `ece <= 0.05`",
        "data manifest at the run",
    ):
        assert line in told, printed


def test_a_budget_of_rows_counts_and_enough_rows_are_no_shortfall(suite, capsys):
    risk = "risk: {severity: 1, autonomy: 1}"
    assert "there are 150, 149 short" in " ".join(planned(suite, f"statistics: {{rows: 150}}\n{risk}", capsys).split())
    other = SUITE.replace("{test: test.npz, other: other.npz}", "{other: other.npz}")
    suite.write_text(f"{other}{risk}\n")
    assert main(["plan", "suite.yaml"]) == 0
    printed = capsys.readouterr().out
    assert "there are 5,000\n" in printed
    assert "  catastrophic rate  claimed in 1 check" in printed


def test_the_highest_tier_says_what_tests_cannot_show(suite, capsys):
    printed = " ".join(planned(suite, "risk: {severity: 3, autonomy: 3, stated: {monitor: m.md}}", capsys).split())
    assert "monitor stated: m.md" in printed
    assert "signed record after the run" in printed
    assert "Tests alone cannot justify a rate of less than about 1e-5." in printed
    assert "Never multiply P(model wrong) by P(guard misses)" in printed


def test_without_early_stopping_the_rows_are_those_of_the_convention_alone(suite, capsys):
    printed = planned(suite, "statistics: {early_stopping: false}\nrisk: {severity: 1, autonomy: 1}", capsys)
    assert "299 / 473 / 628 rows of clean data with 0 / 1 / 2 of them; there are 280, 19 short" in " ".join(
        printed.split()
    )


def test_json_says_the_same_and_null_where_no_risk_is_stated(suite, capsys):
    told = json.loads(planned(suite, "risk: {severity: 1, autonomy: 2}", capsys, "--json"))["risk"]
    assert (told["tier"], told["bound"], told["rows"], told["rows_needed"]) == (2, 1e-3, 280, [2995, 4742, 6294])
    assert told["requirements"]["last release"] == "at the run"
    assert json.loads(planned(suite, "", capsys, "--json"))["risk"] is None
    assert "tier" not in planned(suite, "", capsys)
