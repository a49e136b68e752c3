"""What a tier requires, what of it is there, and what to do where it is missing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_record import cell, record, risk, verdict, waiver

from pytest_robust.record import (
    Baseline,
    Change,
    Comparison,
    Environment,
    Lineage,
    Overlap,
    Protocol,
    Record,
    Revision,
    Training,
    Verdict,
)
from pytest_robust.risk.looks import Found
from pytest_robust.risk.requirements import REQUIREMENTS, evaluate, missing, to_sign

STATED = dict.fromkeys(
    ("rule_guard", "monitor", "independent_channel", "staged_rollout", "external_review"), "docs/safety.pdf"
)
GRADES = {0: (0, 0), 1: (1, 1), 2: (2, 1), 3: (3, 1), 4: (3, 3)}
"""Severity and autonomy that make each tier."""

CELLS = [
    cell("clean::clean", "clean", 100_000),
    cell("fog::fog-3", "corruption"),
    cell("mix::blend-0.5", "ambiguity"),
    cell("letters::unfamiliar", "outlier"),
    cell("malice::pgd-1", "attack"),
]
CLEAN = Revision(commit="abc", dirty=False)
LINEAGE = Lineage(
    training=Training(source="m.json", format="manifest", sha256="0"),
    overlaps=[Overlap(data="test", rows=900, training_rows=9000, exact=0, near=3, within=4)],
)
COMPARED = Comparison(
    baseline=Baseline(digest="0", suite="s.yaml", started="", model="m", model_sha256="0"),
    budget=0.01,
    changes=[
        Change(
            id="clean::clean", trend="NOT PROVEN", n=9, newly_wrong=1, newly_right=1, difference=0,
            interval=(-0.1, 0.1), p_value=1, method="sign test",
        )
    ],
    uncompared=[],
)  # fmt: skip
PROTOCOL = Protocol(
    alpha_pass=0.01, flake_budget=0.01, alpha_fail=0.01, claims=1, sequential_share=0.25, early_stopping=True,
    rows=None, interval_confidence=0.95,
)  # fmt: skip


def catastrophic(bound: float, outcome: str = "PASS", where: str = "clean::clean", operator: str = "<=") -> Verdict:
    return verdict(outcome, check=f"{where}::catastrophic_rate", operator=operator, threshold=bound)


ALL = [
    verdict("PASS", check="clean::clean::accuracy"),
    verdict("PASS", check="clean::clean::finite_outputs"),
    verdict("PASS", check="clean::clean::ece"),
    verdict("PASS", check="clean::clean::risk_at_coverage"),
    verdict("PASS", check="clean::clean::recall", by="class"),
    catastrophic(1e-4),
    verdict("PASS", check="fog::fog-3::accuracy"),
    verdict("PASS", check="mix::blend-0.5::entropy_rise"),
    verdict("PASS", check="letters::unfamiliar::ood_auroc"),
    verdict("PASS", check="malice::pgd-1::accuracy"),
]


def whole(tier: int, *verdicts: Verdict, **more: Any) -> Record:
    """A record in which nothing is missing, but for what is changed."""
    given = {
        "cells": CELLS,
        "comparison": COMPARED,
        "lineage": LINEAGE,
        "protocol": PROTOCOL,
        "environment": Environment(python="3.12", platform="Linux", packages={}, revision=CLEAN),
        "risk": risk(*GRADES[tier], stated=STATED),
    }
    return record(*(verdicts or ALL), **given | more)


def found(of: Record, name: str, signers: int = 0) -> Found:
    (one,) = [one for one in evaluate(of, signers) if one.requirement.name == name]
    return one.found


def without(*names: str) -> list[Verdict]:
    return [one for one in ALL if one.property not in names]


@pytest.mark.parametrize("tier", range(5))
def test_a_tier_asks_for_all_that_the_lower_ones_do_and_a_record_can_hold_it_all(tier: int) -> None:
    findings = evaluate(whole(tier))
    assert [one.requirement for one in findings] == [one for one in REQUIREMENTS if one.tier <= tier]
    assert {one.requirement.tier for one in findings} == set(range(tier + 1))
    assert missing(findings) == []
    assert [one.requirement.name for one in to_sign(findings)] == (
        ["signed record", "second signer"] if tier > 2 else []
    )
    assert all(one.found.evidence or one in to_sign(findings) or one.found.says == "none is open" for one in findings)


def test_without_a_stated_risk_nothing_is_required() -> None:
    assert evaluate(whole(4, risk=None)) == ()


def test_what_is_missing_says_what_to_do() -> None:
    bare = record(verdict("FAIL"), risk=risk(3, 3), data=[], model=None)
    findings = evaluate(bare)
    lacking = missing(findings)
    assert {one.requirement.name for one in findings} - {one.requirement.name for one in lacking} == {
        "report",
        "nothing open",
        "signed record",
        "second signer",
    }
    assert all(one.found.remedy for one in lacking)


@pytest.mark.parametrize(
    ("name", "property_"),
    [
        ("clean accuracy", "accuracy"),
        ("output bounds", "finite_outputs"),
        ("calibration", "ece"),
        ("abstention", "risk_at_coverage"),
        ("unfamiliar input", "ood_auroc"),
        ("doubt", "entropy_rise"),
        ("worst slices", "recall"),
        ("catastrophic rate", "catastrophic_rate"),
    ],
)
def test_a_claim_that_is_not_made_or_not_proven_is_missing_and_a_waiver_is_no_evidence(
    name: str, property_: str
) -> None:
    assert found(whole(3), name).status == "met"
    assert found(whole(3, *without(property_)), name).status == "missing"
    for outcome in ("FAIL", "INCONCLUSIVE", "NOT RUN", "ERROR"):
        some = [one.model_copy(update={"outcome": outcome}) if one.property == property_ else one for one in ALL]
        assert found(whole(3, *some), name).status == "missing"
        covers = waiver(*(one.id for one in some if one.property == property_))
        assert found(whole(3, *some, waivers=[covers]), name).status == "missing"


def test_what_is_waived_excuses_a_check_where_another_is_proven() -> None:
    failed = verdict("FAIL", check="fog::fog-3::accuracy_drop")
    assert found(whole(1, *ALL, failed), "corruptions").status == "missing"
    excused = found(whole(1, *ALL, failed, waivers=[waiver(failed.id)]), "corruptions")
    assert (excused.status, excused.says, excused.evidence) == (
        "met",
        "1 of 2 proven, 1 waived",
        ("fog::fog-3::accuracy",),
    )


@pytest.mark.parametrize("where", ["fog::fog-3", "malice::pgd-1", "mix::blend-0.5", "letters::unfamiliar"])
def test_adversarial_and_synthetic_inputs_cannot_fill_n(where: str) -> None:
    of = whole(1, *without("catastrophic_rate"), catastrophic(1e-4, where=where))
    assert found(of, "catastrophic rate").status == "missing"


@pytest.mark.parametrize(
    ("tier", "bound", "alpha", "met"),
    [
        (1, 1e-2, 0.05, True),
        (1, 2e-2, 0.05, False),
        (1, 1e-2, 0.06, False),
        (2, 1e-3, 0.05, True),
        (2, 1e-2, 0.05, False),
        (3, 1e-4, 0.05, True),
        (4, 1e-4, 0.05, False),
        (4, 1e-4, 0.01, True),
    ],
)
def test_the_bound_has_to_be_proven_at_the_confidence_of_the_tier(
    tier: int, bound: float, alpha: float, met: bool
) -> None:
    protocol = PROTOCOL.model_copy(update={"alpha_pass": alpha})
    of = whole(tier, *without("catastrophic_rate"), catastrophic(bound), protocol=protocol)
    assert (found(of, "catastrophic rate").status == "met") is met
    turned = whole(tier, *without("catastrophic_rate"), catastrophic(bound, operator=">="), protocol=protocol)
    assert found(turned, "catastrophic rate").status == "missing"


def test_the_shortfall_is_said() -> None:
    of = whole(2, *without("catastrophic_rate"), cells=[cell("clean::clean", "clean", 900)])
    told = found(of, "catastrophic rate")
    assert told.says == "900 rows of clean data, 2,995 needed without one catastrophe"
    assert told.remedy == "add 2,095 rows and claim `catastrophic_rate(cost=...) <= 0.001` of them"
    told = found(whole(2, *without("catastrophic_rate"), catastrophic(1e-2)), "catastrophic rate")
    assert (
        told.says
        == "claimed with a higher bound only; 100,000 rows of clean data, 2,995 needed without one catastrophe"
    )


def test_a_claim_about_several_cells_is_of_the_kind_of_them_all() -> None:
    cells = [cell("s::fog-1", "corruption"), cell("s::pgd-1", "attack"), cell("t::rain-1", "field")]
    whole_scenario = verdict("PASS", check="s::all::mce")
    assert found(whole(1, whole_scenario, cells=cells), "corruptions").status == "missing"
    one_generator = verdict("PASS", check="t::all::mce")
    assert found(whole(1, one_generator, cells=cells), "corruptions").status == "met"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"lineage": None}, "the training data are not named"),
        ({"lineage": Lineage(weights=[])}, "the training data are not named"),
        (
            {"lineage": LINEAGE.model_copy(update={"overlaps": [], "unlooked": "its rows are not here"})},
            "test rows were not looked for among the training rows: its rows are not here",
        ),
        (
            {"lineage": LINEAGE.model_copy(update={"overlaps": [LINEAGE.overlaps[0].model_copy(update={"exact": 7})]})},
            "7 of 900 rows of test are training rows",
        ),
        ({"environment": Environment(python="3", platform="L", packages={})}, "no git revision is known"),
        (
            {
                "environment": Environment(
                    python="3", platform="L", packages={}, revision=Revision(commit="a", dirty=True)
                )
            },
            "the checkout had uncommitted changes",
        ),
        ({"model": None}, "no model was loaded"),
    ],
)
def test_lineage_says_what_it_lacks(changed: dict[str, Any], said: str) -> None:
    told = found(whole(2, **changed), "lineage")
    assert (told.status, told.says) == ("missing", said)


def test_the_last_release_must_have_been_compared_with_and_nothing_be_worse() -> None:
    worse = COMPARED.changes[0].model_copy(update={"trend": "REGRESSED"})
    for comparison in (
        None,
        COMPARED.model_copy(update={"changes": []}),
        COMPARED.model_copy(update={"changes": [worse]}),
    ):
        assert found(whole(2, comparison=comparison), "last release").status == "missing"


def test_from_tier_2_on_nothing_may_be_left_open() -> None:
    open_ = verdict("INCONCLUSIVE", check="x::y::z")
    assert found(whole(2, *ALL, open_), "nothing open").evidence == (open_.id,)
    assert missing(evaluate(whole(1, *ALL, open_))) == []
    assert missing(evaluate(whole(2, *ALL, open_, waivers=[waiver(open_.id)]))) == []


def test_the_owners_word_is_called_so() -> None:
    told = found(whole(4), "external review")
    assert (told.status, told.says) == ("stated", "docs/safety.pdf")
    assert found(whole(4, risk=risk(3, 3)), "external review").status == "missing"


def test_signatures_come_after_the_run() -> None:
    for signers, left in ((0, 2), (1, 1), (2, 0), (3, 0)):
        assert len(to_sign(evaluate(whole(3), signers))) == left
        assert missing(evaluate(whole(3), signers)) == []


def test_a_tier_taken_off_for_rare_exposure_is_signed_for() -> None:
    of = whole(1, risk=risk(1, 2, rare="says the fleet"))
    assert [one.requirement.name for one in to_sign(evaluate(of))] == ["rare exposure"]
    assert to_sign(evaluate(of, signers=1)) == []
    assert to_sign(evaluate(whole(0, risk=risk(0, 3, rare="says the fleet")))) == []


@given(st.lists(st.sampled_from(range(len(ALL))), unique=True), st.integers(0, 4))
def test_of_a_higher_tier_never_less_is_missing(kept: list[int], tier: int) -> None:
    some = [ALL[place] for place in kept] or [verdict("FAIL")]
    below, above = (
        {one.requirement.name for one in missing(evaluate(whole(number, *some)))} for number in (tier, min(tier + 1, 4))
    )
    assert below <= above
