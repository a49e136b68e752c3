"""What the record tells of each claim's prospects is what `robust plan` tells."""

from __future__ import annotations

import pytest
from small_world import CLEAN, Brightest, cell, check, grain, plan, right, strange, sums_to_one

from pytest_robust.engine.plan import Plan
from pytest_robust.engine.power import power
from pytest_robust.engine.prospects import NO_FORMULA, prospects
from pytest_robust.properties import registry
from pytest_robust.statistics.planning import binomial_power

EASY, HARD = check(cell(CLEAN), right, "right >= 0.8"), check(cell(grain, 3), right, "right >= 0.8 at severity = 3")
LETTERS = check(cell(strange, data="letters"), registry.get("ood_auroc"), "ood_auroc >= 0.8")
AUPR = check(cell(strange, data="letters"), registry.get("ood_aupr"), "ood_aupr >= 0.8")
ROWS = {"test": 900, "letters": 400}


def made(*checks: object) -> Plan:
    return plan(Brightest(), *checks)


def test_claims_that_are_alike_are_one_with_the_truths_that_their_rows_settle() -> None:
    (one,) = power(made(EASY, HARD), ROWS)
    assert (one.claim, one.checks, one.images, one.remark) == ("right >= 0.8", 2, 900, "")
    assert one.passes_from is not None
    for near, enough in ((-0.002, False), (0.002, True)):
        found = binomial_power(900, 0.8, one.passes_from + near, 0.75 * 0.05)
        assert (found >= 0.8) == enough
    (planned,) = prospects(made(EASY, HARD), ROWS)
    assert planned.fails is not None
    assert one.fails_from == pytest.approx(planned.fails.settled, abs=1e-6)


def test_claims_about_every_row_and_on_data_that_was_not_read_have_none() -> None:
    everything = made(EASY, LETTERS, check(cell(CLEAN), sums_to_one, "sums_to_one"))
    assert [one.claim for one in power(everything, ROWS)] == ["right >= 0.8", "ood_auroc >= 0.8"]
    assert [one.claim for one in power(everything, {"test": 900})] == ["right >= 0.8"]
    assert power(everything, {"letters": 400}) == [], "the familiar images are half of what an AUROC compares"


def test_a_claim_that_no_formula_plans_says_so() -> None:
    (one,) = power(made(AUPR), ROWS)
    assert (one.passes_from, one.fails_from, one.remark) == (None, None, NO_FORMULA)
