"""How far answers lie from what is known of ambiguous inputs: posteriors, votes, the clean row of a ladder's rung."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from pytest_robust.carriers import Evidence, Truth
from pytest_robust.errors import DataError
from pytest_robust.properties import registry
from pytest_robust.properties._divergence import jensen_shannon
from pytest_robust.statistics import Levels

PATIENT = Levels(early_stopping=False)


def evidence(probabilities, truth: Truth, **columns) -> Evidence:
    answers = np.asarray(probabilities, np.float32)
    ids = np.array([f"row-{i}" for i in range(len(answers))])
    labels = np.full(len(answers), -1)
    return Evidence({"ids": ids, "labels": labels, "probabilities": answers, **columns}, truth)


def estimate(name: str, rows: Evidence, reference: Evidence | None = None, operator="<=", threshold=0.5):
    return registry.get(name).judge(rows, reference, operator, threshold, PATIENT, final=True)


def test_what_each_truth_can_be_asked():
    asked = {truth: {one.name for one in registry.all() if truth in one.truths} for truth in get_args(Truth)}
    assert all("finite_outputs" in names for names in asked.values())
    assert asked["posterior"] >= {"divergence_from_posterior"}
    assert asked["votes"] >= {"divergence_from_votes"}
    assert asked["order"] >= {"entropy_rise", "ece"}
    assert "accuracy" not in asked["order"]


@given(st.integers(0, 2**32), st.integers(2, 12))
def test_the_divergence_is_scipys_squared(seed, classes):
    rng = np.random.default_rng(seed)
    first, second = rng.dirichlet(np.full(classes, 0.3), (2, 20))
    expected = [jensenshannon(p, q, base=2) ** 2 for p, q in zip(first, second, strict=True)]
    assert jensen_shannon(first, second) == pytest.approx(np.array(expected), abs=1e-12)
    assert jensen_shannon(second, first) == pytest.approx(jensen_shannon(first, second), abs=1e-15)


def test_the_divergence_is_that_of_entropies():
    """JS(p, q) = H(m) - (H(p) + H(q)) / 2, worked out by hand for p = (1, 0) and q = (1/2, 1/2)."""
    middle = -(0.75 * math.log2(0.75) + 0.25 * math.log2(0.25))
    assert jensen_shannon(np.array([[1.0, 0.0]]), np.array([[5, 5]]))[0] == pytest.approx(middle - 0.5)


def test_divergence_from_posterior_is_the_mean_and_its_badness_the_rows():
    rows = evidence([[1, 0], [0, 1], [0.5, 0.5]], "posterior", posterior=np.array([[1, 0], [1, 0], [0.5, 0.5]]))
    found = estimate("divergence_from_posterior", rows)
    assert found.estimate == pytest.approx(1 / 3)
    assert registry.get("divergence_from_posterior").badness(rows, None).tolist() == [0, 1, 0]


def test_divergence_from_votes_takes_counts():
    rows = evidence([[0.75, 0.25], [0.5, 0.5]], "votes", votes=np.array([[30, 10], [0, 7]]))
    expected = jensenshannon([0.5, 0.5], [0, 1], base=2) ** 2 / 2
    assert estimate("divergence_from_votes", rows).estimate == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(("seen", "told"), [(2, 0.0037), (10, 0.036)])
def test_votes_bias_the_divergence_by_what_the_docstring_says(seen, told):
    rng = np.random.default_rng(3)
    shares = np.r_[np.full(seen, 1 / seen), np.zeros(10 - seen)]
    votes = rng.multinomial(50, shares, 20_000)
    rows = evidence(np.tile(shares, (len(votes), 1)), "votes", votes=votes)
    bias = registry.get("divergence_from_votes").badness(rows, None).mean()
    assert bias == pytest.approx((seen - 1) / (8 * 50 * math.log(2)), rel=0.12)
    assert bias == pytest.approx(told, rel=0.04)


@given(st.integers(0, 2**32))
def test_votes_never_flatter_the_model(seed):
    """Jensen: over draws of votes the mean divergence is no smaller than that from the true shares."""
    rng = np.random.default_rng(seed)
    answer, shares = rng.dirichlet(np.ones(4), 2)
    votes = rng.multinomial(20, shares, 2_000)
    found = jensen_shannon(np.tile(answer, (2_000, 1)), votes)
    exact = jensen_shannon(answer[None], shares[None])[0]
    assert found.mean() + 4 * found.std() / np.sqrt(2_000) >= exact


@pytest.mark.parametrize(
    ("name", "column"), [("divergence_from_posterior", "posterior"), ("divergence_from_votes", "votes")]
)
def test_another_number_of_classes_is_refused_by_name(name, column):
    rows = evidence([[0.5, 0.5]], column, **{column: np.array([[1, 1, 1]])})
    with pytest.raises(DataError, match="the model answers for 2 classes, and 3 are known of each row"):
        estimate(name, rows)


def test_the_entropy_of_a_rung_is_compared_with_the_same_rows_clean():
    sure, half = [1.0, 0.0], [0.5, 0.5]
    clean = evidence([sure, half, sure, half], "label")
    rung = evidence([half, sure, sure, half], "order").take(np.array([3, 1, 0]))
    # row-3: half, half; row-1: half, sure; row-0: sure, half
    found = estimate("entropy_rise", rung, clean, ">=", 0.1)
    assert found.estimate == pytest.approx((0 - 1 + 1) / 3)
    assert registry.get("entropy_rise").badness(rung, clean).tolist() == pytest.approx([1, 2, 0])


def test_a_model_whose_confidence_falls_with_its_accuracy_is_calibrated_on_a_rung():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 0.6, 4_000)
    labels = (rng.random(4_000) > confidence).astype(np.int64)
    humble = evidence(np.stack([confidence, 1 - confidence], axis=1), "order")
    proud = evidence(np.tile([0.95, 0.05], (4_000, 1)), "order")
    for rows, outcome in ((humble, "PASS"), (proud, "FAIL")):
        asked = Evidence({**rows.columns, "labels": labels}, "order")
        assert estimate("ece", asked, threshold=0.1).outcome == outcome
