"""Answering the most confident inputs first, and telling unfamiliar ones, through the properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_curve

from pytest_robust import check
from pytest_robust.carriers import Evidence
from pytest_robust.properties import registry
from pytest_robust.statistics import Decision, Levels

WHOLE = Levels(early_stopping=False)


def evidence(confidence: np.ndarray, correct: np.ndarray, classes: int = 10) -> Evidence:
    n = len(confidence)
    answers = np.repeat(((1 - confidence) / (classes - 1))[:, None], classes, axis=1)
    answers[:, 0] = confidence
    ids = np.array([f"row-{i}" for i in range(n)])
    return Evidence({"ids": ids, "labels": np.where(correct, 0, 1), "probabilities": answers.astype(np.float32)})


def judge(name: str, rows: Evidence, operator: str, threshold: float, reference=None, **options: object) -> Decision:
    return registry.get(name).bound(options).judge(rows, reference, operator, threshold, WHOLE, final=True)


def some(n: int = 3000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A model that knows what it knows."""
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0.3, 1.0, n)
    return confidence, rng.random(n) < confidence


def test_areas_are_those_of_a_loop_over_thresholds():
    confidence, correct = some()
    rows = evidence(confidence, correct)
    order = np.argsort(-rows.confidence, kind="stable")
    wrong = np.cumsum(~correct[order])
    answered = np.arange(1, len(order) + 1)
    error = wrong[-1] / len(order)
    aurc = (wrong / answered).mean()
    best = error + (1 - error) * math.log(1 - error)
    assert judge("aurc", rows, "<=", 0.9).estimate == pytest.approx(aurc, abs=1e-3)
    assert judge("e_aurc", rows, "<=", 0.6).estimate == pytest.approx(aurc - best, abs=1e-3)
    assert judge("augrc", rows, "<=", 0.4).estimate == pytest.approx((wrong / len(order)).mean(), abs=1e-3)


def test_risk_at_a_coverage_and_coverage_at_a_risk():
    confidence, correct = some()
    rows = evidence(confidence, correct)
    order = np.argsort(-rows.confidence, kind="stable")
    wrong = np.cumsum(~correct[order]) / np.arange(1, 3001)
    assert judge("risk_at_coverage", rows, "<=", 0.5, coverage=0.5).estimate == pytest.approx(wrong[1499], abs=1e-3)
    largest = (np.flatnonzero(wrong <= 0.2).max() + 1) / 3000
    assert judge("coverage_at_risk", rows, ">=", 0.1, risk=0.2).estimate == pytest.approx(largest, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "options", "easy", "hard"),
    [
        ("aurc", {}, 0.35, 0.05),
        ("augrc", {}, 0.2, 0.05),
        ("e_aurc", {}, 0.3, 0.02),
        ("risk_at_coverage", {"coverage": 0.5}, 0.3, 0.05),
    ],
)
def test_what_is_plain_is_settled(name, options, easy, hard):
    rows = evidence(*some())
    assert judge(name, rows, "<=", easy, **options).outcome == "PASS"
    assert judge(name, rows, "<=", hard, **options).outcome == "FAIL"


def test_what_no_number_can_be_given_for_is_said_so():
    rows = evidence(np.linspace(0.3, 1, 50), np.zeros(50, bool))
    found = judge("e_aurc", rows, "<=", 0.3)
    assert (found.outcome, found.estimate) == ("INCONCLUSIVE", None)
    assert found.reason.startswith("not estimable")


def strange(seed: int = 1) -> tuple[Evidence, Evidence]:
    rng = np.random.default_rng(seed)
    return (
        evidence(np.clip(rng.normal(0.5, 0.1, 600), 0.2, 0.99), np.zeros(600, bool)),
        evidence(np.clip(rng.normal(0.75, 0.1, 900), 0.2, 0.99), np.ones(900, bool)),
    )


def test_detection_is_that_of_scikit_learn():
    unfamiliar, familiar = strange()
    positive = np.arange(1500) < 600
    scores = -np.concatenate([unfamiliar.confidence, familiar.confidence])
    found = judge("ood_aupr", unfamiliar, ">=", 0.5, familiar)
    assert found.estimate == pytest.approx(average_precision_score(positive, scores), abs=1e-9)
    false, true, _ = roc_curve(positive, scores, drop_intermediate=False)
    expected = false[np.argmax(true >= 0.95)]
    assert judge("fpr_id_at_tpr95", unfamiliar, "<=", 0.9, familiar).estimate == pytest.approx(expected, abs=1e-9)


def test_detection_is_settled_where_it_is_plain():
    unfamiliar, familiar = strange()
    for name, operator, easy, hard in (("ood_aupr", ">=", 0.7, 0.999), ("fpr_id_at_tpr95", "<=", 0.6, 0.05)):
        assert judge(name, unfamiliar, operator, easy, familiar).outcome == "PASS"
        assert judge(name, unfamiliar, operator, hard, familiar).outcome == "FAIL"


def test_the_balance_of_the_field_changes_precision_and_nothing_else():
    unfamiliar, familiar = strange()
    rare = judge("ood_aupr", unfamiliar, ">=", 0.5, familiar, prevalence=0.05).estimate
    common = judge("ood_aupr", unfamiliar, ">=", 0.5, familiar, prevalence=0.9).estimate
    assert rare < judge("ood_aupr", unfamiliar, ">=", 0.5, familiar).estimate < common


def test_what_is_no_mean_is_claimed_of_every_slice_too():
    """A model that is as right as it says of one class, and half as often of the other."""
    rng = np.random.default_rng(3)
    labels = rng.integers(2, size=1200)
    images = np.zeros((1200, 2, 2, 3), np.uint8)
    images[:, 0, 0, 0] = labels
    images[:, 0, 0, 1] = rng.random(1200) < np.where(labels == 0, 0.9, 0.45)

    def predict(shown: np.ndarray) -> np.ndarray:
        answered = np.where(shown[:, 0, 0, 1] == 1, shown[:, 0, 0, 0], 1 - shown[:, 0, 0, 0])
        return np.where(answered[:, None] == [0, 1], 0.9, 0.1)

    claims = ["ece <= 0.15 by class", "aurc <= 0.9 by class"]
    calibrated, ranked = check(model=predict, data=(images, labels), require=claims)
    assert (calibrated.outcome, ranked.outcome) == ("FAIL", "PASS")
    assert (calibrated.slices[0].name, calibrated.slices[0].outcome) == ("class 1", "FAIL")
    assert calibrated.estimate == pytest.approx(0.45, abs=0.1)
    assert {one.label for one in calibrated.counterexamples} == {"1"}
