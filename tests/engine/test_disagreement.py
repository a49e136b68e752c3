"""Bins of images on which people disagree alike, against scipy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy

from pytest_robust.carriers import Evidence
from pytest_robust.engine.disagreement import disagreement


def evidence(votes: np.ndarray, answers: np.ndarray) -> Evidence:
    return Evidence({"ids": np.arange(len(votes)).astype(str), "votes": votes, "probabilities": answers}, "votes")


def people_and_model(count: int, seed: int = 3) -> Evidence:
    """As many unsure people as there may be, and a model that is half as unsure as they are."""
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet([0.4] * 4, count)
    votes = np.stack([rng.multinomial(50, one) for one in shares])
    return evidence(votes, (0.5 * votes / 50 + 0.5 * np.eye(4)[votes.argmax(axis=1)]).astype(np.float32))


def test_bins_hold_as_many_images_and_mean_entropies_in_units_of_ln_k() -> None:
    found = people_and_model(400)
    bins = disagreement(found, 0.95)
    assert [one.count for one in bins] == pytest.approx([40] * 10, abs=12)
    order = np.argsort(entropy(found["votes"], axis=1), kind="stable")
    first = order[: bins[0].count]
    assert bins[0].people == pytest.approx(np.mean(entropy(found["votes"][first], axis=1)) / np.log(4))
    assert bins[0].model == pytest.approx(
        np.mean(entropy(found.probabilities[first].astype(float), axis=1)) / np.log(4)
    )
    assert all(one.interval is not None and one.interval[0] <= one.model <= one.interval[1] for one in bins)


@settings(deadline=None, max_examples=30)
@given(count=st.integers(1, 60), seed=st.integers(0, 1000))
def test_every_image_is_in_one_bin_and_bins_rise(count: int, seed: int) -> None:
    bins = disagreement(people_and_model(count, seed), 0.95)
    assert sum(one.count for one in bins) == count
    assert len(bins) <= 10
    people = [one.people for one in bins]
    assert people == sorted(people)
    assert all(0 <= one.people <= 1 and 0 <= one.model <= 1 for one in bins)


def test_images_that_people_agree_on_share_a_bin() -> None:
    votes = np.array([[9, 0]] * 30)
    (found,) = disagreement(evidence(votes, np.full((30, 2), 0.5, np.float32)), 0.95)
    assert (found.people, found.model, found.count) == (0, pytest.approx(1), 30)


def test_images_that_nobody_voted_on_are_left_out() -> None:
    answers = np.full((3, 2), 0.5, np.float32)
    (found,) = disagreement(evidence(np.array([[4, 4], [0, 0], [4, 4]]), answers), 0.95)
    assert (found.people, found.count) == (pytest.approx(1), 2)
    assert disagreement(evidence(np.zeros((3, 2), int), answers), 0.95) == []
