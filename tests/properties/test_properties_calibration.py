"""Over- and underconfidence apart, and the calibration of every class, on models made to err in one way."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_robust.carriers import Evidence
from pytest_robust.properties import registry
from pytest_robust.statistics import Decision, Levels

WHOLE = Levels(early_stopping=False)


def sure_by(offset: float, rows: int = 4000, classes: int = 5, seed: int = 0) -> Evidence:
    """A model whose highest probability is that of being right, plus an offset."""
    rng = np.random.default_rng(seed)
    chance = rng.uniform(0.4, 0.9, rows)
    labels = rng.integers(classes, size=rows)
    predicted = np.where(rng.random(rows) < chance, labels, (labels + rng.integers(1, classes, rows)) % classes)
    answers = np.repeat(((1 - chance - offset) / (classes - 1))[:, None], classes, axis=1)
    answers[np.arange(rows), predicted] = chance + offset
    ids = np.array([f"row-{i}" for i in range(rows)])
    return Evidence({"ids": ids, "labels": labels, "probabilities": answers.astype(np.float32)})


def judge(name: str, rows: Evidence, threshold: float) -> Decision:
    return registry.get(name).judge(rows, None, "<=", threshold, WHOLE, final=True)


@pytest.mark.parametrize(
    ("offset", "over", "under"), [(0.08, "FAIL", "PASS"), (-0.08, "PASS", "FAIL"), (0.0, "PASS", "PASS")]
)
def test_the_two_ways_to_err_are_told_apart(offset: float, over: str, under: str):
    rows = sure_by(offset)
    assert judge("overconfidence", rows, 0.045).outcome == over
    assert judge("underconfidence", rows, 0.045).outcome == under


def test_their_sum_is_the_whole_error():
    rows = sure_by(0.05)
    parts = [judge(name, rows, 0.05).estimate for name in ("overconfidence", "underconfidence")]
    assert sum(parts) == pytest.approx(judge("ece", rows, 0.05).estimate, abs=0.004)
    assert parts[0] == pytest.approx(0.05, abs=0.02)


def test_a_model_that_is_off_in_one_class_only_is_off_by_its_share():
    rng = np.random.default_rng(1)
    true = rng.dirichlet(np.full(4, 2.0), 6000)
    labels = (true.cumsum(axis=1) < rng.random(6000)[:, None]).sum(axis=1)
    shifted = true.copy()
    moved = 0.5 * true[:, 0]
    shifted[:, 0] -= moved
    shifted[:, 1] += moved
    ids = np.array([f"row-{i}" for i in range(6000)])

    def found(answers: np.ndarray) -> float:
        rows = Evidence({"ids": ids, "labels": labels, "probabilities": answers.astype(np.float32)})
        return judge("classwise_ece", rows, 0.03).estimate

    assert found(true) < 0.015
    assert found(shifted) == pytest.approx(2 * moved.mean() / 4, abs=0.015)
    assert judge("classwise_ece", sure_by(0.0), 0.05).outcome == "PASS"


def test_the_worst_rows_are_those_that_err_in_this_way():
    rows = sure_by(0.0, rows=50)
    over = registry.get("overconfidence").badness(rows, None)
    under = registry.get("underconfidence").badness(rows, None)
    assert (over[rows.correct] == 0).all()
    assert (under[~rows.correct] == 0).all()
    assert over.argmax() == np.where(rows.correct, 0, rows.confidence).argmax()


def test_perfect_calibration_is_disproved_or_stays_open():
    member = registry.get("calibrated")
    assert member.statistical, "it shares the flake budget"
    for offset, outcome in ((0.1, "FAIL"), (0.0, "INCONCLUSIVE")):
        found = member.judge(sure_by(offset), None, None, None, WHOLE, final=True)
        assert found.outcome == outcome
    assert "claim `ece <= ...`" in found.reason
