"""Two records beside each other: what changed, row by row, and what cannot be compared."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom
from small_world import (
    CLEAN,
    COLOURS,
    HERE,
    Answering,
    Brightest,
    cell,
    check,
    colours,
    grain,
    mix,
    on_both,
    plan,
    right,
    strange,
    sums_to_one,
)

from pytest_robust import record
from pytest_robust.engine.changes import compare
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.naming import Names
from pytest_robust.engine.recording import assemble
from pytest_robust.errors import RobustError
from pytest_robust.record.rows import pack

FIRST, HARD = check(cell(CLEAN), right, "right >= 0.5"), check(cell(grain, 3), right, "right >= 0.5")
EVERY_ROW = [check(cell(CLEAN), sums_to_one, "sums_to_one"), check(cell(grain, 3), sums_to_one, "sums_to_one")]
CHECKS = (*EVERY_ROW, FIRST, HARD)


def judged(made):
    """The record of a plan, as the plug-in makes it."""
    engine = Engine(made, cache=None)
    verdicts, cells = {}, {}
    for one in made.checks:
        verdicts[one.id] = engine.judge(one)
        found = engine.summary(one.cell)
        if one.cell.id not in cells or cells[one.cell.id].n < found.n:
            cells[one.cell.id] = found
    run = record.Run(started="2026-01-01", seconds=1, command="pytest", gate="regression", exit_status=0)
    data = {one.name: one for one in engine.data()}
    return assemble(made, verdicts=verdicts, cells=cells, model=engine.model(), data=data, run=run, not_run={})


def blind(count):
    """Answers red to so many of the images it is asked, by what their pixels sum to, and else what is brightest."""

    def answers(images):
        found = Brightest().answers(images)
        found[images.sum(axis=(1, 2, 3)) % 100 < count] = [1, 0, 0]
        return found

    return Answering(function=answers)


def changed(model, *checks, before=None, **suite):
    """The comparison of a model with the brightest, the record of it, and what was warned of."""
    checks, warnings = checks or CHECKS, []
    earlier = before or judged(plan(Brightest(), *checks, **suite))
    made = plan(model, *checks, **suite)
    now = judged(made)
    return compare(now, earlier, Names(made, now, warnings)), now, warnings


def test_nothing_changed():
    found, _, warnings = changed(Brightest())
    assert [(one.id, one.trend, one.n, one.newly_wrong, one.difference) for one in found.changes] == [
        ("s::clean", "NOT PROVEN", 60, 0, 0.0),
        ("s::grain-3", "NOT PROVEN", 60, 0, 0.0),
    ]
    assert all(one.p_value == 1.0 and not one.failures for one in found.changes)
    assert found.changes[0].interval[0] < 0 < found.changes[0].interval[1]
    assert (found.uncompared, warnings) == ([], [])
    assert (found.baseline.model, found.baseline.started) == ("live", "2026-01-01")


def test_every_number_by_hand():
    data, model = colours(), blind(40)
    found, now, _ = changed(model)
    one = next(change for change in found.changes if change.id == "s::clean")
    was = Brightest().answers(data["images"]).argmax(axis=1) == data["labels"]
    now_right = model.answers(data["images"]).argmax(axis=1) == data["labels"]
    losses, gains = int((was & ~now_right).sum()), int((~was & now_right).sum())
    assert losses > 8
    assert (one.trend, one.n, one.newly_wrong, one.newly_right) == ("REGRESSED", 60, losses, gains)
    assert one.difference == pytest.approx(now_right.mean() - was.mean())
    assert one.p_value == pytest.approx(binom.sf(losses - 1, losses + gains, 0.5) / 0.75)
    assert one.interval[0] < one.difference < one.interval[1] < 0
    wrong = {data["ids"][row]: COLOURS[data["labels"][row]] for row in np.flatnonzero(was & ~now_right)}
    assert len(one.failures) == min(20, losses)
    assert {row.row: row.label for row in one.failures}.items() <= wrong.items()
    assert [change.difference for change in found.changes] == sorted(change.difference for change in found.changes)
    assert now.comparison is None, "it is put into the record by those who asked for it"


def test_what_got_better_is_improved_and_comes_last():
    before = judged(plan(blind(40), *CHECKS))
    found, _, _ = changed(Brightest(), before=before)
    assert [one.trend for one in found.changes] == ["IMPROVED", "IMPROVED"]
    assert all(one.newly_right > 8 and one.difference > 0 for one in found.changes)


def test_what_regressed_comes_first_though_another_fell_further():
    """A cell of few rows falls far, and proves nothing."""

    def falls(images):
        found = Brightest().answers(images)
        found[np.ptp(images.reshape(len(images), -1), axis=1) < 110] = [1, 0, 0]
        return found

    found, _, _ = changed(Answering(function=falls))
    trends = [one.trend for one in found.changes]
    assert trends == sorted(trends, key=lambda trend: trend != "REGRESSED")


def test_rows_at_which_one_run_stopped_are_judged_by_bets():
    early = check(cell(CLEAN), right, "right >= 0.1")
    found, now, _ = changed(blind(20), early)
    (one,) = found.changes
    assert one.n < now.cells[0].n < now.cells[0].rows == 60, "as many as both have"
    assert one.method == "betting e-process"


def test_a_smaller_budget_on_one_side_is_a_number_fixed_beforehand():
    before = judged(plan(Brightest(), *EVERY_ROW, statistics={"rows": 40}))
    found, _, _ = changed(blind(40), *EVERY_ROW, before=before)
    assert [one.n for one in found.changes] == [40, 40]
    assert all(one.method.startswith("sign test") for one in found.changes)


def reasons(found):
    return {one.id: one.reason for one in found.uncompared}


def test_other_data_seeds_options_and_code_are_not_compared(tmp_path):
    others = {"test": f"{HERE}:nothing_known", "letters": f"{HERE}:nothing_known"}
    (tmp_path / "data.py").write_text("import small_world\ndef half():\n    return small_world.colours(30)\n")
    with_half = {"test": f"{tmp_path}/data.py:half", "letters": others["letters"]}
    before = judged(plan(Brightest(), *CHECKS, data=with_half))
    found, _, _ = changed(Brightest(), before=before)
    assert reasons(found) == dict.fromkeys(["s::clean", "s::grain-3"], "its data 'test' are others")
    found, _, _ = changed(Brightest(), before=judged(plan(Brightest(), *CHECKS, seed=5)))
    assert set(reasons(found).values()) == {"the seed was 5, and is 0: rows are drawn otherwise"}
    stronger = check(cell(grain, 3, strength=20), right, "right >= 0.5")
    found, _, _ = changed(Brightest(), FIRST, HARD, before=judged(plan(Brightest(), FIRST, stronger)))
    assert reasons(found) == {"s::grain-3": "its generator has other options, or another level"}
    assert [one.id for one in found.changes] == ["s::clean"]
    before = judged(plan(Brightest(), FIRST, HARD))
    old = [one.model_copy(update={"code_sha256": "0"}) if one.generator == "grain" else one for one in before.cells]
    found, _, _ = changed(Brightest(), FIRST, HARD, before=before.model_copy(update={"cells": old}))
    assert reasons(found)["s::grain-3"].startswith("its generator's code is another; run the earlier model again")


def test_cells_of_one_record_alone_are_named_with_the_reason():
    before = judged(plan(Brightest(), FIRST, HARD))
    found, _, _ = changed(Brightest(), FIRST, before=before)
    assert reasons(found) == {"s::grain-3": "the suite has it no longer"}
    found, _, _ = changed(Brightest(), FIRST, HARD, before=judged(plan(Brightest(), FIRST)))
    assert reasons(found) == {"s::grain-3": "the baseline has no evidence of it"}
    made = plan(Brightest(), FIRST, HARD)
    now = judged(made)
    left = now.model_copy(update={"cells": now.cells[:1]})
    assert reasons(compare(left, before)) == {"s::grain-3": "it was not run"}


def test_answers_that_are_no_probabilities_are_not_compared():
    broken = Answering(function=lambda images: np.full((len(images), 3), np.nan, np.float32))
    found, _, _ = changed(broken, *EVERY_ROW)
    assert len(found.uncompared) == 2
    assert "is not known now" in found.uncompared[0].reason


def test_inputs_without_a_right_class_are_not_spoken_of():
    pair = check(cell(mix, 0.5), on_both, "on_both >= 0.1")
    odd = check(cell(strange, data="letters"), sums_to_one, "sums_to_one")
    found, _, _ = changed(Brightest(), FIRST, pair, odd)
    assert [one.id for one in found.changes] == ["s::clean"]
    assert found.uncompared == []


def test_what_stands_for_several_cells_has_no_rows_and_is_not_spoken_of():
    made = plan(Brightest(), FIRST)
    now = judged(made)
    series = now.cells[0].model_copy(update={"id": "s::all", "n": 0, "right_rows": None})
    both = now.model_copy(update={"cells": [*now.cells, series]})
    found = compare(both, both)
    assert ([one.id for one in found.changes], found.uncompared) == (["s::clean"], [])


def test_rows_have_no_names_where_the_data_cannot_be_read_again(monkeypatch):
    def gone(*_):
        raise RobustError("the disk is gone")

    monkeypatch.setattr("pytest_robust.engine.naming.load_data", gone)
    found, _, warnings = changed(blind(40))
    assert all(one.newly_wrong and not one.failures for one in found.changes)
    assert warnings == [
        "rows that are newly wrong have no names: the data 'test' cannot be read again: the disk is gone"
    ]


def test_no_false_alarm_in_many_equal_cells():
    """Forty cells, and models that change ten rows in a hundred either way: at most one run in a hundred may say so."""
    rng, alarms = np.random.default_rng(5), 0
    made = plan(Brightest(), FIRST)
    base = judged(made)
    template, other = base.cells[0], {"n": 60, "rows": 60, "rows_sha256": "0"}
    for _ in range(60):
        cells = {}
        for when in ("before", "now"):
            cells[when] = [
                template.model_copy(update=other | {"id": f"s::{place}", "right_rows": pack(rng.random(60) < 0.9)})
                for place in range(40)
            ]
        earlier, later = (base.model_copy(update={"cells": cells[when]}) for when in ("before", "now"))
        found = compare(later, earlier)
        alarms += any(one.trend == "REGRESSED" for one in found.changes)
    assert alarms <= 3
