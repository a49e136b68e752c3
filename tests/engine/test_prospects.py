"""What a suite can come to before it runs: one line for claims that are alike, and no model is loaded."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_world import CLEAN, Brightest, cell, check, grain, mix, on_both, plan, right, strange, sums_to_one

from pytest_robust.engine.prospects import EVERY_ROW, MEASURED, NO_FORMULA, PARTLY, SLICED, claim_of, prospects, sizes
from pytest_robust.errors import OptionError
from pytest_robust.properties import judged_property, mean_property, registry
from pytest_robust.statistics import Decision
from pytest_robust.statistics.planning import binomial_rows

EASY, HARD = check(cell(CLEAN), right, "right >= 0.8"), check(cell(grain, 3), right, "right >= 0.8 at severity = 3")
ROWS = {"test": 900, "letters": 40}


def prospects_of(*checks, truths=(), rows=ROWS, **suite):
    return prospects(plan(Brightest(), *checks, **suite), rows, truths)


def test_claims_that_are_alike_are_one():
    stricter = check(cell(CLEAN), right, "right >= 0.9")
    found = prospects_of(EASY, HARD, stricter)
    assert [(one.claim, [made.id for made in one.checks], one.rows) for one in found] == [
        ("right >= 0.8", [EASY.id, HARD.id], 900),
        ("right >= 0.9", [stricter.id], 900),
    ]


def test_the_figures_are_those_of_the_test_at_the_end():
    (one,) = prospects_of(EASY, truths=(0.7, 0.9, 0.95, 0.8))
    assert [(need.truth, need.rows) for need in one.passes.needed] == [
        (truth, binomial_rows(0.8, truth, 0.75 * 0.05)) for truth in (0.9, 0.95)
    ]
    (needed,) = one.fails.needed
    assert (needed.truth, needed.rows) == (0.7, binomial_rows(0.2, 0.3, 0.75 * 0.01))
    assert 0.8 < one.passes.settled < 0.9
    assert 0.7 < one.fails.settled < 0.8
    assert binomial_rows(0.8, one.passes.settled, 0.75 * 0.05) <= 900


def test_fewer_rows_settle_less():
    many, few = (prospects_of(EASY, statistics={"rows": rows})[0] for rows in (800, 100))
    assert (many.rows, few.rows) == (800, 100)
    assert few.fails.settled < many.fails.settled < 0.8 < many.passes.settled < few.passes.settled
    (none,) = prospects_of(EASY, rows={"test": 5, "letters": 1})
    assert (none.passes.settled, none.rows) == (None, 5)


def test_a_claim_from_above_passes_below():
    (one,) = prospects_of(check(cell(CLEAN), registry.get("accuracy_drop"), "accuracy_drop <= 0.05"))
    assert one.passes.settled < 0.05 < one.fails.settled
    assert [need.truth for need in one.passes.needed] == [0.0375, 0.025, 0.0125]
    assert "2%" in one.assuming


def test_rows_of_two_parents_are_half_as_many_at_most():
    (one,) = prospects_of(check(cell(mix, 0.5), on_both, "on_both >= 0.6"))
    assert (one.rows, one.at_most) == (450, True)


def test_unfamiliar_rows_are_compared_with_the_first_data():
    auroc = registry.get("ood_auroc")
    claim = check(cell(strange, data="letters"), auroc, "ood_auroc >= 0.9")
    (many,), (few,) = (
        prospects_of(claim, truths=(0.97,), rows={"test": familiar, "letters": 580}) for familiar in (900, 30)
    )
    assert many.rows == few.rows == 580
    assert many.passes.needed[0].rows < few.passes.needed[0].rows


def test_a_score_that_learns_from_half_of_them_needs_more_rows():
    (plain,), (learned,) = (
        prospects_of(
            check(cell(strange, data="letters"), registry.get("ood_auroc").bound({"score": score}), "ood_auroc >= 0.9"),
            truths=(0.93,),
        )
        for score in ("msp", "knn")
    )
    assert plain.passes.needed[0].rows < learned.passes.needed[0].rows


def test_what_is_measured_has_no_error_to_plan():
    (one,) = prospects_of(check(cell(CLEAN), registry.get("latency"), "latency <= 5"))
    assert (one.remark, one.rows) == (MEASURED, None)


def test_what_cannot_be_planned_says_why():
    @judged_property(range=(0, 1), truths={"label"}, summary="?", badness=lambda *_: 0, operators=(">=",))
    def unplanned(evidence, clean, operator, threshold, levels, *, final):
        return Decision("PASS", 1)

    @mean_property(range=(0, 1), truths={"label"}, summary="?", partly=True)
    def of_some(evidence):
        return evidence.correct

    @mean_property(range=(0, 90), truths={"label"}, summary="?", bounds=lambda evidence: (0, 2))
    def bounded(evidence):
        return evidence.correct

    every = check(cell(CLEAN), sums_to_one, "sums_to_one")
    found = prospects_of(
        every,
        check(cell(CLEAN), unplanned, "unplanned >= 0.5"),
        check(cell(CLEAN), of_some, "of_some >= 0.5"),
        check(cell(CLEAN), bounded, "bounded >= 0.5"),
        check(cell(CLEAN), right, "right >= 0.5 by class"),
    )
    assert {one.checks[0].property_.name: one.remark for one in found} == {
        "unplanned": NO_FORMULA,
        "of_some": PARTLY,
        "bounded": NO_FORMULA,
        "right": SLICED,
        "sums_to_one": EVERY_ROW,
    }
    assert (found[-1].checks, found[-1].rows) == ((every,), None)
    some = found[1]
    assert (some.passes.settled, some.fails.settled) == (None, None)
    assert some.passes.needed[0].rows > 0


def test_rows_that_stand_for_several_draws_are_planned_as_means():
    drawn = replace(HARD, cell=replace(HARD.cell, draws=3))
    found = prospects_of(HARD, drawn)
    assert [len(one.checks) for one in found] == [1, 1]
    assert sorted(one.assuming[:6] for one in found) == ["", "values"]


def test_what_does_not_run_is_left_out():
    assert prospects_of(check(cell(CLEAN), right, "right >= 0.8", not_run="no gradients")) == []


def test_a_truth_that_nothing_can_have_is_a_mistake():
    with pytest.raises(OptionError, match=r"--truth 3: no property"):
        prospects_of(EASY, truths=(0.9, 3.0))


def test_options_are_part_of_a_claim_and_levels_are_not():
    made = check(cell(CLEAN), registry.get("top_k_accuracy"), "top_k_accuracy(k=2)  >=  0.90 at severity <= 3")
    assert claim_of(made) == "top_k_accuracy(k=2) >= 0.9"
    assert claim_of(check(cell(CLEAN), right, "right >= 0.5 by class")) == "right >= 0.5 by class"


def test_data_that_a_check_is_about_are_counted_and_the_model_is_never_loaded():
    def broken(**_):
        raise AssertionError("the model was loaded")

    made = plan(Brightest(), EASY)
    made = replace(made, adapter=replace(made.adapter, load=broken))
    assert sizes(made) == {"test": 60}
