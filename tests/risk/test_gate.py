"""The two gates and the word for a release, over every outcome there is."""

from __future__ import annotations

import itertools
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_record import PLACE, cell, record, risk, verdict, waiver

from pytest_robust.record import Change, Comparison, Hazard, Lineage, Outcome, Overlap, Record, Requirement, Verdict
from pytest_robust.risk.gate import decide, is_red, red_checks, regressed, turns_red, unsupported

OUTCOMES = get_args(Outcome)
WORDS = ("NO-GO", "NOT PROVEN", "GO")
"""From worst to best."""


def test_a_row_that_could_not_be_read_keeps_a_release_from_go_and_no_pull_request_from_green():
    whole = record(verdict("PASS"))
    data = whole.data[0].model_copy(update={"rows": 899, "unreadable": 1})
    assert (decide(whole), decide(whole.model_copy(update={"data": [data]}))) == ("GO", "NOT PROVEN")
    assert not is_red(whole.model_copy(update={"data": [data]}), "regression")


@pytest.mark.parametrize(
    ("outcome", "xfail", "regression"),
    [
        ("PASS", None, False),
        ("FAIL", None, True),
        ("INCONCLUSIVE", None, False),
        ("NOT RUN", None, False),
        ("ERROR", None, True),
        ("PASS", "known", True),  # strict: a weakness that is gone must leave the suite
        ("FAIL", "known", False),
        ("INCONCLUSIVE", "known", False),
        ("NOT RUN", "known", False),
        ("ERROR", "known", True),
    ],
)
def test_what_turns_a_run_red(outcome: str, xfail: str | None, regression: bool) -> None:
    assert turns_red(verdict(outcome, xfail), "regression") is regression
    assert turns_red(verdict(outcome, xfail), "release") is (outcome != "PASS")
    excused = outcome in ("FAIL", "INCONCLUSIVE", "NOT RUN")
    assert turns_red(verdict(outcome, xfail), "regression", waiver("s::c::p")) is (regression and not excused)
    assert turns_red(verdict(outcome, xfail), "release", waiver("s::c::p")) is (outcome == "ERROR")


def test_one_disproved_claim_is_a_no_and_all_must_be_proven_for_a_yes() -> None:
    for size in range(4):
        for some in itertools.product(OUTCOMES, repeat=size):
            word = decide(record(*map(verdict, some)))
            if "FAIL" in some:
                assert word == "NO-GO"
            elif some and all(outcome == "PASS" for outcome in some):
                assert word == "GO"
            else:
                assert word == "NOT PROVEN"


def test_a_known_weakness_is_still_a_weakness() -> None:
    assert decide(record(verdict("PASS"), verdict("FAIL", "known"))) == "NO-GO"


def test_what_is_worse_than_in_the_baseline_is_red_under_both_gates_and_a_no() -> None:
    worse = Change(
        id="s::c", trend="REGRESSED", n=9, newly_wrong=9, newly_right=0, difference=-1, interval=(-1, -0.6),
        p_value=0.002, method="sign test",
    )  # fmt: skip
    better = worse.model_copy(update={"trend": "IMPROVED"})
    for changes, red in (([worse, better], True), ([better], False), (None, False)):
        comparison = None if changes is None else Comparison.model_construct(changes=changes)
        found = record(verdict("PASS")).model_copy(update={"comparison": comparison})
        assert regressed(found) == ([worse] if red else [])
        assert is_red(found, "regression") is is_red(found, "release") is red
        assert decide(found) == ("NO-GO" if red else "GO")
        excused = found.model_copy(update={"waivers": [waiver("s::c::p")]})
        assert decide(excused) == decide(found)  # a waiver speaks of checks, not of a change for the worse


def test_what_is_waived_stands_in_the_way_of_nothing_and_is_no_proof() -> None:
    proven, failed = verdict("PASS", check="s::c::a"), verdict("FAIL", check="s::c::b")
    found = record(proven, failed, waivers=[waiver("s::c::b")])
    assert decide(found) == "GO"
    assert not is_red(found, "regression")
    assert not is_red(found, "release")
    assert red_checks(found, "release") == []
    assert decide(record(failed, waivers=[waiver("s::c::b")])) == "NOT PROVEN"
    assert decide(record(proven, verdict("ERROR", check="s::c::b"), waivers=[waiver("s::c::b")])) == "NOT PROVEN"


def test_an_expired_waiver_is_red_under_both_gates_whether_or_not_its_checks_pass() -> None:
    for outcome in OUTCOMES:
        found = record(
            verdict("PASS", check="s::c::a"), verdict(outcome), waivers=[waiver("s::c::p", expires="2026-11-25")]
        )
        assert is_red(found, "regression")
        assert is_red(found, "release")
        assert decide(found) == ("NO-GO" if outcome == "FAIL" else "NOT PROVEN")


def test_a_requirement_without_a_check_is_not_proven_and_leaves_the_regression_gate_alone() -> None:
    bare = Requirement(text="Nobody stands in the road.", place=PLACE)
    covered = Requirement(text="Signs are read.", checks=["s::c::p"], place=PLACE)
    for requirements, lacking in (([covered], []), ([covered, bare], [bare]), ([], [None])):
        hazard = Hazard(name="h", harm="A car is driven into.", requirements=requirements, place=PLACE)
        found = record(verdict("PASS"), hazards=[hazard])
        assert unsupported(found) == [(hazard, one) for one in lacking]
        assert decide(found) == ("NOT PROVEN" if lacking else "GO")
        assert is_red(found, "release") is bool(lacking)
        assert not is_red(found, "regression")


def test_a_missing_requirement_of_the_tier_is_not_proven_and_leaves_the_regression_gate_alone() -> None:
    accurate = verdict("PASS", check="clean::clean::accuracy"), verdict("PASS", check="clean::clean::finite_outputs")
    cells = [cell("clean::clean", "clean")]
    assert decide(record(*accurate, cells=cells, risk=risk(0, 3))) == "GO"
    found = record(*accurate, cells=cells, risk=risk(1, 1))
    assert decide(found) == "NOT PROVEN"
    assert is_red(found, "release")
    assert not is_red(found, "regression")
    assert decide(record(*accurate, cells=cells)) == "GO"  # no tier is assigned


def test_a_test_row_that_is_a_training_row_makes_go_impossible() -> None:
    for exact, near, word in ((0, 40, "GO"), (1, 0, "NOT PROVEN")):
        overlap = Overlap(data="test", rows=900, training_rows=9000, exact=exact, near=near, within=4)
        assert decide(record(verdict("PASS"), lineage=Lineage(overlaps=[overlap]))) == word


def some_verdicts() -> st.SearchStrategy[list[Verdict]]:
    outcomes = st.tuples(st.sampled_from(OUTCOMES), st.sampled_from([None, "known"]))
    return st.lists(outcomes, max_size=5).map(
        lambda found: [verdict(*one, check=f"s::c::p-{place}") for place, one in enumerate(found)]
    )


def some_waivers() -> st.SearchStrategy[list[object]]:
    ids = st.lists(st.sampled_from([f"s::c::p-{place}" for place in range(5)]), min_size=1, max_size=3, unique=True)
    days = st.sampled_from(["2026-11-25", "2026-11-26", "2027-01-01"])
    return st.lists(st.builds(lambda checks, day: waiver(*checks, expires=day), ids, days), max_size=3)


def some_records() -> st.SearchStrategy[Record]:
    risks = st.sampled_from([None, risk(0, 0), risk(1, 1), risk(3, 3)])
    return st.builds(
        lambda found, waived, grades: record(*found, waivers=waived, risk=grades),
        some_verdicts(),
        some_waivers(),
        risks,
    )


@given(some_records())
def test_a_release_goes_exactly_when_its_gate_is_green(found: Record) -> None:
    assert (decide(found) == "GO") == (not is_red(found, "release"))
    if not any(
        one.xfail for one in found.verdicts
    ):  # a known weakness that begins to hold is red only before a release
        assert is_red(found, "release") >= is_red(found, "regression")


@given(some_records(), st.sampled_from([outcome for outcome in OUTCOMES if outcome != "PASS"]))
def test_one_more_claim_that_is_not_proven_never_improves_the_word(found: Record, outcome: str) -> None:
    more = found.model_copy(update={"verdicts": [*found.verdicts, verdict(outcome, check="s::c::another")]})
    assert WORDS.index(decide(more)) <= WORDS.index(decide(found))
    for gate in ("regression", "release"):
        assert is_red(more, gate) >= is_red(found, gate)


@given(some_records(), st.data())
def test_without_a_waiver_that_holds_nothing_that_was_red_is_green(found: Record, data: st.DataObject) -> None:
    holding = [one for one in found.waivers if one.expires >= "2026-11-26"]
    if not holding:
        return
    gone = data.draw(st.sampled_from(holding))
    fewer = found.model_copy(update={"waivers": [one for one in found.waivers if one is not gone]})
    assert WORDS.index(decide(fewer)) <= WORDS.index(decide(found))
    for gate in ("regression", "release"):
        assert is_red(fewer, gate) >= is_red(found, gate)
