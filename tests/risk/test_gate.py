"""The two gates and the word for a release, over every outcome there is."""

from __future__ import annotations

import itertools
from typing import get_args

import pytest

from pytest_robust.record import Outcome, Place, Verdict
from pytest_robust.risk.gate import decide, turns_red

OUTCOMES = get_args(Outcome)


def verdict(outcome: str, xfail: str | None = None) -> Verdict:
    return Verdict.model_validate(
        {
            "id": "s::c::p", "outcome": outcome, "scenario": "s", "cell": "c", "generator": "c", "severity": None,
            "property": "p", "claim": "p", "xfail": xfail, "place": Place(path="s.yaml", line=1, column=1),
        }
    )  # fmt: skip


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


def test_one_disproved_claim_is_a_no_and_all_must_be_proven_for_a_yes() -> None:
    for size in range(4):
        for some in itertools.product(OUTCOMES, repeat=size):
            word = decide(map(verdict, some))
            if "FAIL" in some:
                assert word == "NO-GO"
            elif some and all(outcome == "PASS" for outcome in some):
                assert word == "GO"
            else:
                assert word == "NOT PROVEN"


def test_a_known_weakness_is_still_a_weakness() -> None:
    assert decide([verdict("PASS"), verdict("FAIL", "known")]) == "NO-GO"


def test_a_release_goes_exactly_when_its_gate_is_green() -> None:
    for some in itertools.product(OUTCOMES, repeat=2):
        verdicts = [verdict(outcome) for outcome in some]
        assert (decide(verdicts) == "GO") == (not any(turns_red(one, "release") for one in verdicts))
