"""Scores of unfamiliarity against their definitions, row by row."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics import roc_auc_score

from pytest_robust import check
from pytest_robust.carriers import Evidence
from pytest_robust.errors import DataError
from pytest_robust.properties import registry
from pytest_robust.properties._scores import NEIGHBOURS, SCORERS, SHRINKAGE, scores
from pytest_robust.statistics import Levels


def evidence(count: int, *, centre: float = 0.0, seed: int = 0, classes: int = 3) -> Evidence:
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=count)
    features = rng.normal(centre, 1, (count, 6)) + 3 * np.eye(6)[labels]
    logits = (features @ rng.normal(size=(6, classes))).astype(np.float32)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return Evidence(
        {
            "ids": np.array([f"{seed}-{i}" for i in range(count)]),
            "labels": labels,
            "probabilities": powers / powers.sum(axis=1, keepdims=True),
            "logits": logits,
            "features": features.astype(np.float32),
        }
    )


FAMILIAR, STRANGE = evidence(260, seed=1), evidence(40, centre=2.0, seed=2)


def unit(features: np.ndarray) -> np.ndarray:
    return features.astype(float) / np.sqrt((features.astype(float) ** 2).sum(axis=1))[:, None]


def test_what_an_answer_tells():
    found, known = scores(STRANGE, FAMILIAR, "msp")
    np.testing.assert_array_equal(found, -STRANGE["probabilities"].max(axis=1).astype(float))
    assert len(known) == 260, "all of them: nothing is learnt from any"
    found, _ = scores(STRANGE, FAMILIAR, "max_logit")
    np.testing.assert_array_equal(found, [-max(row) for row in STRANGE["logits"].tolist()])
    found, _ = scores(STRANGE, FAMILIAR, "energy")
    expected = [-np.log(sum(np.exp(value) for value in row)) for row in STRANGE["logits"].astype(float).tolist()]
    np.testing.assert_allclose(found, expected)


def test_knn_is_the_distance_to_the_tenth_neighbour_in_the_first_half(monkeypatch):
    monkeypatch.setattr("pytest_robust.properties._scores.BLOCK", 1000)
    found, known = scores(STRANGE, FAMILIAR, "knn")
    bank = unit(FAMILIAR["features"][:130])
    for rows, told in ((STRANGE["features"], found), (FAMILIAR["features"][130:], known)):
        distances = np.sort(cdist(unit(rows), bank), axis=1)
        np.testing.assert_allclose(told, distances[:, NEIGHBOURS - 1], atol=1e-6)


def test_mahalanobis_is_the_distance_to_the_nearest_class():
    found, known = scores(STRANGE, FAMILIAR, "mahalanobis")
    bank, labels = unit(FAMILIAR["features"][:130]), FAMILIAR.labels[:130]
    means = {label: bank[labels == label].mean(axis=0) for label in np.unique(labels)}
    covariance = np.mean(
        [np.outer(row - means[k], row - means[k]) for row, k in zip(bank, labels, strict=True)], axis=0
    )
    precision = np.linalg.inv(covariance + SHRINKAGE * np.trace(covariance) / 6 * np.eye(6))
    for rows, told in ((STRANGE["features"], found), (FAMILIAR["features"][130:], known)):
        expected = [min((row - mean) @ precision @ (row - mean) for mean in means.values()) for row in unit(rows)]
        np.testing.assert_allclose(told, expected, rtol=1e-6)


@pytest.mark.parametrize("score", ["knn", "mahalanobis"])
def test_features_that_lie_elsewhere_look_unfamiliar(score):
    elsewhere = Evidence({**STRANGE.columns, "features": -np.abs(STRANGE["features"])})
    found, known = scores(elsewhere, FAMILIAR, score)
    assert found.min() > np.median(known)


@pytest.mark.parametrize("score", SCORERS)
def test_a_score_of_a_row_does_not_depend_on_the_rows_beside_it(score):
    whole, _ = scores(STRANGE, FAMILIAR, score)
    part, _ = scores(STRANGE.take(slice(7, 9)), FAMILIAR, score)
    np.testing.assert_allclose(part, whole[7:9], rtol=1e-9)


@pytest.mark.parametrize("score", ["knn", "mahalanobis"])
def test_degenerate_features_give_numbers(score):
    zeros = Evidence({**FAMILIAR.columns, "features": np.zeros((260, 6), np.float32)})
    found, known = scores(zeros, zeros, score)
    assert np.isfinite(found).all()
    assert np.isfinite(known).all()


def test_a_bank_needs_rows():
    with pytest.raises(DataError, match="the score knn needs at least 4 familiar rows, half of them as a bank, not 2"):
        scores(STRANGE, FAMILIAR.take(slice(3)), "knn")


@pytest.mark.parametrize("score", SCORERS)
def test_ood_auroc_by_each_score_is_that_of_scikit_learn(score):
    member = registry.get("ood_auroc").bound({"score": score})
    found = member.judge(STRANGE, FAMILIAR, ">=", 0.5, Levels(early_stopping=False), final=True)
    strange, known = scores(STRANGE, FAMILIAR, score)
    expected = roc_auc_score(np.arange(len(strange) + len(known)) < len(strange), np.concatenate([strange, known]))
    decided_by_pairs = found.method == "fixed-n betting"
    assert found.estimate == pytest.approx(expected, abs=0.2 if decided_by_pairs else 1e-12)
    assert member.columns == SCORERS[score].columns
    assert member.badness(STRANGE, FAMILIAR).mean() == pytest.approx(1 - expected)


def test_a_score_that_the_adapter_cannot_give_is_not_run_with_what_to_write():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (20, 2, 2, 3), dtype=np.uint8)
    (verdict,) = check(
        model=lambda shown: np.full((len(shown), 2), 0.5),
        data=(images, None),
        familiar=(images, [0, 1] * 10),
        generate="unfamiliar",
        require="ood_auroc(score=knn) >= 0.8",
    )
    assert verdict.outcome == "NOT RUN"
    assert verdict.reason.startswith("ood_auroc needs features")
