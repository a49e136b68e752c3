"""The exact chances of verdicts on a rate against simulations of the plug-in, and what the README draws from them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from claim_types import all_claim_types
from exact_verdicts import naive_green, verdicts
from scipy.stats import binomtest
from simulation import SURE, THOROUGH, outcomes

from pytest_robust.statistics import Levels

ROOT = Path(__file__).parents[2]
(ACCURACY,) = (kind for kind in all_claim_types() if kind.name == "accuracy")
LEVELS = Levels(alpha_pass=0.05, alpha_fail=0.05)


@pytest.mark.parametrize("truth", [0.86, 0.9, 0.92])
def test_the_plug_in_answers_as_often_as_computed(truth: float) -> None:
    count = THOROUGH or 100
    expected = verdicts(ACCURACY.rows, ACCURACY.threshold, np.array([truth]), LEVELS)
    found = outcomes(ACCURACY, truth, LEVELS, count, chunk=ACCURACY.rows)
    for outcome, chance in (("PASS", expected.passed), ("FAIL", expected.failed)):
        assert binomtest(found.count(outcome), count, float(chance[0])).pvalue > SURE


@pytest.mark.parametrize("alpha", [0.05, 1e-4, 1e-6])
@pytest.mark.parametrize(("rows", "threshold"), [(100, 0.5), (400, 0.9), (1000, 0.99)])
def test_errors_are_below_alpha_however_small_it_is(alpha: float, rows: int, threshold: float) -> None:
    truths = np.linspace(max(0.0, threshold - 0.2), threshold, 9)
    below = verdicts(rows, threshold, truths, Levels(alpha_pass=alpha, alpha_fail=alpha))
    assert below.failed[-1] <= alpha
    assert below.passed[-1] <= alpha


def test_no_model_that_violates_a_claim_by_more_is_passed_more_often() -> None:
    """Hence who stands at the threshold is enough to simulate."""
    found = verdicts(600, 0.9, np.linspace(0.7, 1.0, 61), LEVELS)
    assert (np.diff(found.passed) >= -1e-12).all()
    assert (np.diff(found.failed) <= 1e-12).all()
    assert np.allclose(found.passed + found.failed + found.not_proven, 1)


def test_the_naive_gate_by_hand() -> None:
    """Of two answers, both right: p^2. In two tries: once or twice."""
    truths = np.array([0.0, 0.5, 1.0])
    assert naive_green(2, 0.9, truths) == pytest.approx([0, 0.25, 1])
    assert naive_green(2, 0.9, truths, tries=2) == pytest.approx([0, 1 - 0.75**2, 1])
    assert naive_green(10, 0.9, np.array([0.5])) == pytest.approx(11 / 1024)  # nine or ten of ten


def test_the_readme_shows_what_the_script_writes(monkeypatch) -> None:
    folder = ROOT / "benchmarks"
    if not folder.is_dir():
        pytest.skip("benchmarks are not part of this distribution")
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    import verdicts_figure

    again = "run: python benchmarks/verdicts_figure.py -o docs/verdicts.svg"
    assert f"{verdicts_figure.figure()}\n" == (ROOT / "docs" / "verdicts.svg").read_text(encoding="utf-8"), again
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert verdicts_figure.sentences() in readme, again
