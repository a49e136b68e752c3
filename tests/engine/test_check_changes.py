"""Every check of two records, what became worse first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_robust.engine.check_changes import check_changes, rank
from pytest_robust.record import Environment, Place, Protocol, Record, Run, SuiteIdentity, Verdict

OUTCOMES = st.sampled_from(["PASS", "FAIL", "INCONCLUSIVE", "NOT RUN", "ERROR"])


def record(**outcomes: str) -> Record:
    """A record with a check of each name; `name` of an estimate for an outcome of `PASS`, and a claim, if written."""
    return Record(
        suite=SuiteIdentity(name="s", path="s.yaml", sha256="0", seed=0, text=""),
        model=None,
        data=[],
        protocol=Protocol(
            alpha_pass=0.05,
            flake_budget=0.01,
            alpha_fail=0.01,
            claims=1,
            sequential_share=0.25,
            early_stopping=True,
            rows=None,
            interval_confidence=0.95,
        ),
        environment=Environment(python="3", platform="p", packages={}),
        cells=[],
        verdicts=[verdict(name, outcome) for name, outcome in outcomes.items()],
        run=Run(started="", seconds=0, command="", gate="regression", exit_status=0),
    )


def verdict(name: str, outcome: str, claim: str = "accuracy >= 0.9", estimate: float = 0.5) -> Verdict:
    return Verdict.model_validate(
        {
            "id": name,
            "outcome": outcome,
            "scenario": "s",
            "cell": "c",
            "generator": "g",
            "severity": None,
            "property": "accuracy",
            "claim": claim,
            "estimate": estimate,
            "place": Place(path="s.yaml", line=1, column=1),
        }
    )


def test_what_passed_and_does_not_comes_first() -> None:
    before = record(a="PASS", b="FAIL", c="PASS", d="INCONCLUSIVE", e="PASS", f="FAIL", h="PASS")
    now = record(f="PASS", a="PASS", b="NOT RUN", c="INCONCLUSIVE", d="FAIL", e="FAIL", g="PASS")
    found = check_changes(now, before)
    assert [(one.id, one.before, one.now) for one in found] == [
        ("e", "PASS", "FAIL"),
        ("c", "PASS", "INCONCLUSIVE"),
        ("h", "PASS", None),
        ("d", "INCONCLUSIVE", "FAIL"),
        ("b", "FAIL", "NOT RUN"),
        ("f", "FAIL", "PASS"),
        ("g", None, "PASS"),
        ("a", "PASS", "PASS"),
    ]


def test_estimates_and_another_claim_are_told() -> None:
    before, now = record(a="PASS"), record(a="PASS")
    same = check_changes(now, before)[0]
    assert (same.estimate_before, same.estimate_now, same.claim_before) == (0.5, 0.5, None)
    eased = record(a="PASS").model_copy(update={"verdicts": [verdict("a", "PASS", "accuracy >= 0.8", 0.7)]})
    (one,) = check_changes(eased, before)
    assert (one.estimate_before, one.estimate_now, one.claim_before) == (0.5, 0.7, "accuracy >= 0.9")


@given(st.dictionaries(st.sampled_from("abcdef"), OUTCOMES), st.dictionaries(st.sampled_from("abcdef"), OUTCOMES))
def test_every_check_of_either_stands_once_and_in_order(old: dict[str, str], new: dict[str, str]) -> None:
    found = check_changes(record(**new), record(**old))
    assert sorted(one.id for one in found) == sorted({*old, *new})
    ranks = [rank(one.before, one.now) for one in found]
    assert ranks == sorted(ranks)
    lost = [one for one in found if one.before == "PASS" and one.now != "PASS"]
    assert found[: len(lost)] == lost
