"""Proper scores and the model's own abstention, against their definitions and scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss, mean_squared_error

from pytest_robust import check
from pytest_robust.adapters.callable import from_callable
from pytest_robust.api import run
from pytest_robust.carriers import Evidence
from pytest_robust.properties import registry
from pytest_robust.statistics import Levels

WHOLE = Levels(early_stopping=False)


def evidence(answers: np.ndarray, labels: np.ndarray, **more: np.ndarray) -> Evidence:
    ids = np.array([f"row-{i}" for i in range(len(labels))])
    return Evidence({"ids": ids, "labels": labels, "probabilities": answers.astype(np.float32), **more})


def some(count: int, classes: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(classes), count), rng.integers(classes, size=count)


def estimate(name: str, rows: Evidence) -> float | None:
    return registry.get(name).judge(rows, None, "<=", 0.5, WHOLE, final=True).estimate


def test_brier_is_that_of_others():
    answers, labels = some(500)
    # The sum over four classes is four times their mean.
    others = 4 * mean_squared_error(np.eye(4)[labels], answers)
    assert estimate("brier", evidence(answers, labels)) == pytest.approx(others, abs=1e-6)


def test_nll_is_that_of_others_where_nothing_is_clipped():
    answers, labels = some(500)
    assert estimate("nll", evidence(answers, labels)) == pytest.approx(log_loss(labels, answers), rel=1e-5)


def test_nll_has_a_floor():
    rows = evidence(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 0]))
    assert registry.get("nll").values(rows, None).tolist() == [0.0, pytest.approx(-math.log(1e-7))]


@given(st.integers(2, 6), st.integers(1, 8), st.integers(0, 99), st.booleans())
def test_scores_stay_in_range_and_do_not_depend_on_the_order(classes: int, count: int, seed: int, sure: bool):
    answers, labels = some(count, classes, seed)
    if sure:
        answers = np.eye(classes)[answers.argmax(axis=1)]
    rows, turned = evidence(answers, labels), evidence(answers[::-1], labels[::-1])
    for name in ("brier", "nll"):
        member = registry.get(name)
        values = member.values(rows, None)
        assert values.min() >= member.range[0]
        assert values.max() <= member.range[1]
        np.testing.assert_array_equal(member.values(turned, None), values[::-1])


def test_an_answer_without_knowledge_has_a_known_score():
    rows = evidence(np.full((10, 4), 0.25), np.arange(10) % 4)
    assert estimate("brier", rows) == pytest.approx(1 - 1 / 4)
    assert estimate("nll", rows) == pytest.approx(math.log(4))


def test_the_risk_of_the_answered_counts_them_alone():
    answers = np.array([[0.9, 0.1]] * 6 + [[0.2, 0.8]] * 2)
    abstained = np.array([0, 0, 0, 0, 1, 1, 0, 1], bool)
    rows = evidence(answers, np.zeros(8, int), abstained=abstained)
    assert estimate("answered_risk", rows) == pytest.approx(1 / 5)
    assert estimate("abstention_rate", rows) == pytest.approx(3 / 8)
    assert registry.get("answered_risk").badness(rows, None).tolist() == pytest.approx([0.0] * 6 + [0.8, 0.0])


def test_where_nothing_is_answered_there_is_nothing_to_judge():
    rows = evidence(*some(5), abstained=np.ones(5, bool))
    decision = registry.get("answered_risk").judge(rows, None, "<=", 0.1, WHOLE, final=True)
    assert (decision.outcome, decision.estimate, decision.reason) == (
        *("INCONCLUSIVE", None, "there are no rows to judge"),
    )


def test_a_model_that_holds_back_where_it_is_wrong_keeps_its_word():
    """End to end: right on bright images; on dark ones it guesses, and its confidence says so."""
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=400)
    images = np.repeat((40 + 150 * (rng.random(400) < 0.7)).astype(np.uint8)[:, None], 16 * 3, axis=1)
    images = images.reshape(400, 4, 4, 3)
    images[:, 0, 0, 0] = labels * 200

    def predict(shown: np.ndarray) -> np.ndarray:
        bright = shown[:, 3, 3, 0] > 100
        first = np.where(bright, shown[:, 0, 0, 0] < 100, np.arange(len(shown)) * 0 == 0)
        sure = np.where(bright, 0.98, 0.55)
        return np.stack([np.where(first, sure, 1 - sure), np.where(first, 1 - sure, sure)], axis=1)

    claims = ["answered_risk <= 0.05", "abstention_rate >= 0.2", "abstention_rate <= 0.4", "accuracy >= 0.95"]
    model = from_callable(predict, abstain_below=0.7)
    assert model.predict(images).abstained.mean() == pytest.approx(0.3, abs=0.05)
    suite = {
        "model": {"adapter": "callable", "source": "predict", "abstain_below": 0.7},
        "data": {"data": {"reader": "python", "source": "live"}},
        "scenarios": {"clean": {"generate": "clean", "require": claims}},
    }
    objects = {"predict": predict, "live": (images, labels)}
    found = run(suite, objects=objects, strict=True)
    assert [verdict.outcome for verdict in found.verdicts] == ["PASS", "PASS", "PASS", "FAIL"]


def test_without_an_abstention_it_is_not_run_and_says_what_to_write():
    verdicts = check(
        model=lambda images: np.full((len(images), 2), 0.5),
        data=(np.zeros((4, 2, 2, 3), np.uint8), [0, 1, 0, 1]),
        require=["abstention_rate <= 0.5"],
    )
    assert verdicts[0].outcome == "NOT RUN"
    assert "abstention_rate needs abstained" in verdicts[0].reason
