"""Every member's values against its definition, on evidence small enough to work out by hand or by brute force."""

from __future__ import annotations

import inspect
import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pytest_robust.carriers import Evidence, Truth, malformed
from pytest_robust.properties import Property, registry
from pytest_robust.statistics import Decision, Levels

PATIENT = Levels(early_stopping=False)


def evidence(probabilities, labels=None, *, truth: Truth = "label", ids=None, **columns) -> Evidence:
    answers = np.asarray(probabilities, dtype=np.float32)
    n = len(answers)
    return Evidence(
        {
            "ids": np.array([f"row-{i}" for i in range(n)] if ids is None else ids, dtype=np.str_),
            "labels": np.full(n, -1) if labels is None else np.asarray(labels, dtype=np.int64),
            "probabilities": answers,
            **{name: np.asarray(column) for name, column in columns.items()},
        },
        truth,
    )


def softmax(rng: np.random.Generator, n: int, classes: int, sharpness: float) -> np.ndarray:
    logits = sharpness * rng.standard_normal((n, classes))
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def ask(
    name: str, rows: Evidence, reference: Evidence | None = None, *, operator=">=", threshold=0.5, final=True
) -> Decision:
    return registry.get(name).judge(rows, reference, operator, threshold, PATIENT, final=final)


def badness(name: str, rows: Evidence, reference: Evidence | None = None) -> list[float]:
    return np.asarray(registry.get(name).badness(rows, reference), dtype=np.float64).tolist()


def test_all_members_declare_what_they_need() -> None:
    members = {member.name: member for member in registry.all()}
    assert {"accuracy", "accuracy_drop", "ece", "finite_outputs", "ood_auroc"} <= set(members)
    for member in members.values():
        assert isinstance(member, Property)
        assert member.summary.endswith(".")
        assert member.statistical == (bool(member.operators) or member.refutable) or member.reference == "measured"
        assert member.truths
        said = inspect.getdoc(member.function) or ""
        formula, *parts = re.split(r"^(?=Use it |Test: |Misleads )", said, flags=re.MULTILINE)
        assert [part.split(" ")[0] for part in parts] == ["Use", "Test:", "Misleads"], member.name
        assert any(word in parts[1] for word in ("exact", "asymptotic", "every row", "none")), member.name
        if member.range is not None and member.reference != "measured":
            low, _ = (f"{end:g}" for end in member.range)
            assert re.search(rf"(?i)from {low}\b|\b{low} to ", formula), f"{member.name} does not say its range"
    assert members["ece"].operators == ("<=",)
    assert {name for name, member in members.items() if member.accepts_malformed} == {
        "finite_outputs",
        "same_in_any_batch",
    }


def test_accuracy() -> None:
    rows = evidence([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.7, 0.3]], [0, 1, 0, 1])
    found = ask("accuracy", rows)
    assert (found.estimate, found.n, found.method) == (0.5, 4, "Clopper-Pearson")
    assert badness("accuracy", rows) == pytest.approx([0.0, 0.0, 0.8, 0.7])


def test_accuracy_drop_is_paired_by_id() -> None:
    clean = evidence([[0.9, 0.1]] * 5, [0, 0, 0, 1, 1], ids=list("edcba"))
    now = evidence([[0.8, 0.2], [0.1, 0.9], [0.4, 0.6], [0.3, 0.7]], [1, 1, 0, 0], ids=list("abcd"))
    # a: wrong, wrong; b: wrong, right; c: right, wrong; d: right, wrong
    found = ask("accuracy_drop", now, clean, operator="<=", threshold=0.3)
    assert found.estimate == pytest.approx((0 - 1 + 1 + 1) / 4)
    assert badness("accuracy_drop", now, clean) == pytest.approx([0.0, 0.0, 0.6, 0.7])


def test_accuracy_drop_refuses_a_row_without_its_clean_twin() -> None:
    with pytest.raises(KeyError):
        ask("accuracy_drop", evidence([[0.8, 0.2]], [0], ids=["z"]), evidence([[0.8, 0.2]], [0], ids=["a"]))


def test_ece_takes_float32_confidences_that_round_above_one() -> None:
    rows = evidence([[np.nextafter(np.float32(1), np.float32(2)), 0.0]] * 200, [0] * 200)
    found = ask("ece", rows, operator="<=", threshold=0.1)
    assert (found.outcome, found.estimate) == ("PASS", pytest.approx(0.0, abs=0.01))
    wrong = evidence([[0.95, 0.05], [0.3, 0.7]], [1, 1])
    assert badness("ece", wrong) == pytest.approx([0.95, 0.0])


def test_entropy_rise() -> None:
    half, sure = [0.5, 0.5, 0.0], [1.0, 0.0, 0.0]
    third = [1 / 3] * 3
    clean = evidence([sure, half, third], [0, 1, 2], ids=["s", "h", "t"])
    rows = evidence(
        [half, third, sure],
        truth="parents",
        parents=[[0, 1], [0, 2], [1, 2]],
        parent_ids=[["s", "s"], ["s", "h"], ["h", "t"]],
    )
    log = math.log(2) / math.log(3)
    expected = [log, 1 - log / 2, -(log + 1) / 2]
    found = ask("entropy_rise", rows, clean, threshold=0.1)
    assert found.estimate == pytest.approx(sum(expected) / 3, abs=1e-6)
    assert badness("entropy_rise", rows, clean) == pytest.approx([1 - rise for rise in expected], abs=1e-6)


def test_entropy_rise_is_not_disproved_by_rows_that_lack_a_rare_doubt() -> None:
    """Were 3 rows in 100 full of doubt, 60 rows would show none of it one time in six."""
    little = np.linspace(0.001, 0.003, 60)
    clean = evidence([[1.0, 0.0]] * 120, [0] * 120)
    rows = evidence(
        np.stack([1 - little, little], axis=1),
        truth="parents",
        parents=[[0, 1]] * 60,
        parent_ids=clean.ids.reshape(60, 2),
    )
    found = ask("entropy_rise", rows, clean, threshold=0.05)
    assert found.estimate < 0.03
    assert (found.outcome, found.method) == ("INCONCLUSIVE", "fixed-n betting")


def test_mass_on_parents_counts_parents_of_one_class_once() -> None:
    rows = evidence(
        [[0.5, 0.3, 0.2], [0.5, 0.3, 0.2], [0.0, 0.0, 1.0005]], truth="parents", parents=[[0, 2], [1, 1], [2, 0]]
    )
    found = ask("mass_on_parents", rows)
    assert found.estimate == pytest.approx((0.7 + 0.3 + 1.0) / 3, abs=1e-6)
    assert badness("mass_on_parents", rows) == pytest.approx([0.3, 0.7, 0.0], abs=1e-6)


def test_ood_auroc_agrees_with_scikit_learn_and_badness_averages_to_the_rest() -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(51)
    familiar = evidence(softmax(rng, 300, 5, 5.0), [0] * 300)
    strange = evidence(softmax(rng, 120, 5, 2.0), truth="unfamiliar", ids=[f"ood-{i}" for i in range(120)])
    found = ask("ood_auroc", strange, familiar, threshold=0.6)
    score = -np.r_[strange.confidence, familiar.confidence]
    assert found.estimate == pytest.approx(roc_auc_score(np.r_[np.ones(120), np.zeros(300)], score))
    bad = badness("ood_auroc", strange, familiar)
    assert np.mean(bad) == pytest.approx(1 - found.estimate)
    assert int(np.argmax(bad)) == int(np.argmax(strange.confidence))


SOUND = [0.25, 0.75]
BROKEN = {
    "is not finite": [[math.nan, 1.0], [math.inf, 0.0], [math.inf, -math.inf]],
    "is negative for some class": [[-0.5, 1.5]],
    "does not sum to one": [[0.5, 0.4], [2.0, 1.2], [0.0, 0.0]],
}


@pytest.mark.parametrize(("kind", "answer"), [(kind, one) for kind, answers in BROKEN.items() for one in answers])
def test_finite_outputs_fails_at_the_first_row_that_breaks_it(kind: str, answer: list[float]) -> None:
    rows = evidence([SOUND, SOUND, answer, SOUND, [math.nan, 1.0]])
    for final in (False, True):
        found = ask("finite_outputs", rows, operator=None, threshold=None, final=final)
        assert (found.outcome, found.n, found.method) == ("FAIL", 3, "every row")
        assert found.estimate == pytest.approx(2 / 3)
        assert found.reason == f"the answer to row row-2 {kind}"
        assert found == ask("finite_outputs", rows.take(slice(0, 3)), operator=None, threshold=None, final=False)
    marks = badness("finite_outputs", rows)
    assert [mark > 0 for mark in marks] == [False, False, True, False, True]


def test_finite_outputs_passes_only_when_every_row_was_tried() -> None:
    rows = evidence([SOUND] * 50, truth="unfamiliar")
    assert ask("finite_outputs", rows, operator=None, threshold=None, final=False).outcome is None
    found = ask("finite_outputs", rows, operator=None, threshold=None)
    assert (found.outcome, found.n, found.estimate) == ("PASS", 50, 1.0)
    assert found.interval[0] < 1.0
    assert badness("finite_outputs", rows) == [0.0] * 50


floats = st.one_of(st.sampled_from([0.0, 0.5, 0.4995, 0.502, 1.0, -1e-9]), st.floats(width=32))


@given(arrays(np.float32, st.tuples(st.integers(1, 6), st.integers(1, 3)), elements=floats))
@settings(deadline=None)
def test_finite_outputs_calls_broken_what_the_engine_refuses_for_all_other_properties(answers: np.ndarray) -> None:
    assert [mark > 0 for mark in badness("finite_outputs", evidence(answers))] == malformed(answers).tolist()
