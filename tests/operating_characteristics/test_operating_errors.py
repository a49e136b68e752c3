"""Verdicts keep their stated errors, on simulated models, however often they are asked.

`ROBUST_SIMULATIONS=2000 pytest tests/operating_characteristics` simulates 2,000 models a claim type (about an hour);
else a few, that still tell an unsound procedure from a sound one: see `test_unsound_gates`.

The models stand at the threshold: there FAIL is an error, for the claim holds; and the chance of PASS is what it is for
a model that violates the claim by nothing, which no model that violates it by more exceeds.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from claim_types import ClaimType, all_claim_types
from claim_types.accuracy import decide as decide_accuracy
from scipy.special import ndtri
from simulation import CHUNK, THOROUGH, asked_by_the_engine, crossings, is_at_most, models, outcomes

from pytest_robust.statistics import Levels
from pytest_robust.statistics.multiplicity import bonferroni_share

ALPHA = 0.05

each_claim_type = pytest.mark.parametrize("kind", all_claim_types(), ids=lambda kind: kind.name)


@each_claim_type
def test_a_model_at_the_threshold_is_seldom_failed_and_seldom_passed(kind: ClaimType) -> None:
    count = THOROUGH or kind.few
    chunk = CHUNK if THOROUGH else max(CHUNK, kind.rows // 4)
    found = outcomes(kind, kind.threshold, Levels(alpha_pass=ALPHA, alpha_fail=ALPHA), count, chunk)
    assert is_at_most(found.count("FAIL"), count, ALPHA)
    assert is_at_most(found.count("PASS"), count, ALPHA)


@each_claim_type
def test_the_process_alone_that_is_looked_at_after_every_row_errs_as_seldom(kind: ClaimType) -> None:
    count = THOROUGH or kind.few
    found = [outcome for outcome, _ in crossings(kind, kind.threshold, kind.rows, ALPHA, count)]
    assert is_at_most(found.count("FAIL"), count, ALPHA)
    assert is_at_most(found.count("PASS"), count, ALPHA)


@each_claim_type
def test_what_is_measured_is_in_the_documentation(kind: ClaimType) -> None:
    page = Path(__file__).parents[2] / "docs" / "statistics.md"
    assert page.read_text(encoding="utf-8").count(f"| `{kind.claim}`") >= 1, (
        f"run: python benchmarks/operating_characteristics.py {kind.name}"
    )


@each_claim_type
def test_who_asks_after_every_row_gets_the_answer_of_who_asks_once(kind: ClaimType) -> None:
    rows, levels = 150, Levels(alpha_pass=0.4, alpha_fail=0.4)
    for sample in models(kind, kind.threshold, rows, 2):
        assert asked_by_the_engine(kind, sample, rows, levels, chunk=1) == kind.decide(sample, rows, levels, final=True)


def red_runs(kinds: list[ClaimType], budget: float, count: int, *, share: bool = True) -> int:
    """How many of so many runs have a FAIL, each with every claim type once and six claims on the same images.

    All models stand at their thresholds. The six are of accuracy: what is hard for one is mostly hard for the others.
    """
    alike, rows = 6, 400
    alpha = bonferroni_share(budget, len(kinds) + alike) if share else budget
    levels = Levels(alpha_fail=alpha)
    samples = [models(kind, kind.threshold, kind.rows, count) for kind in kinds]
    red = 0
    for number in range(count):
        rng = np.random.default_rng([3, number])
        hardness = 0.8 * rng.standard_normal(rows) + 0.6 * rng.standard_normal((alike, rows))
        right = (hardness < ndtri(0.9)).astype(np.float64)
        verdicts = [decide_accuracy(values, rows, levels, final=True).outcome for values in right]
        for kind, of_kind in zip(kinds, samples, strict=True):
            verdicts.append(
                asked_by_the_engine(kind, next(of_kind), kind.rows, levels, max(CHUNK, kind.rows // 4)).outcome
            )
        red += "FAIL" in verdicts
    return red


def test_a_run_of_conforming_models_is_seldom_red() -> None:
    """In CI with a large budget, and without what takes long: a budget of 0.01 needs thousands of runs to be seen."""
    quick = ("accuracy", "entropy_rise", "entropy_rise, skewed", "ood_auroc")
    kinds = [kind for kind in all_claim_types() if THOROUGH or kind.name in quick]
    budget = 0.01 if THOROUGH else 0.2
    count = THOROUGH or 60
    assert is_at_most(red_runs(kinds, budget, count), count, budget)


def test_a_budget_that_is_not_shared_is_seen() -> None:
    assert not is_at_most(red_runs([], 0.3, 100, share=False), 100, 0.3)
