"""HopSkipJump on models whose nearest error is known in closed form, and what it may ask."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pictures import scenes, seeds
from white_box import Queried, answers, attack, each_alone, linear, network

from pytest_robust.carriers import Predictions
from pytest_robust.generators._decisions import Decisions, drawn_near, random_pictures, sizes, spread
from pytest_robust.generators._standing import CLEAR

INFINITY = float("inf")
BOTH = pytest.mark.parametrize("norm", ["linf", "l2"])


@pytest.fixture(autouse=True)
def _one_thread():
    """Threads that wait for each other are slow on a busy machine, and these networks are small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def grey() -> np.ndarray:
    """Six pictures far from black and white, so that no attack is cut there."""
    return np.random.default_rng(2).integers(100, 156, (6, 6, 6, 3), dtype=np.uint8)


@pytest.fixture
def weights() -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(4).normal(size=(3, 6, 6)).astype(np.float32))


def leads(weights: torch.Tensor, images: np.ndarray) -> np.ndarray:
    return (images / 255 * weights.permute(1, 2, 0).numpy().astype(float)).sum((1, 2, 3))


def test_linf_finds_the_least_number_of_levels(grey, weights):
    bias = -float(leads(weights, grey).max()) - 2.0
    made = attack("boundary", linear(weights, bias), grey, np.zeros(6, np.int64), INFINITY, norm="linf")
    least = np.floor(-(leads(weights, grey) + bias) * 255 / float(weights.abs().sum())) + 1
    found = made.columns["distance"] * 255
    assert least.max() > least.min() + 1
    assert (found >= least - 1e-6).all()
    assert (found <= least + 1 + 1e-6).all()


def test_l2_finds_the_foot_of_the_perpendicular(grey, weights):
    bias = -float(leads(weights, grey).max()) - 2.0
    made = attack("boundary", linear(weights, bias), grey, np.zeros(6, np.int64), INFINITY, norm="l2")
    least = -(leads(weights, grey) + bias) / float(weights.square().sum().sqrt())
    assert (made.columns["distance"] >= least * (1 - 1e-4)).all()
    assert (made.columns["distance"] <= least * 1.1).all()


@BOTH
def test_more_queries_come_nearer_and_no_row_asks_more_than_it_may(norm):
    images, model = scenes(12, 12), network()
    labels = answers(model, images)
    medians = []
    for queries in (1, 37, 300, 1500):
        ask = Queried(model)
        made = attack("boundary", model, images, labels, INFINITY, norm=norm, queries=queries, ask=ask)
        assert ask.images == made.columns["queries"].sum()
        assert made.columns["queries"].max() <= queries
        medians.append(float(np.median(made.columns["distance"])))
    assert medians[1] > 1.2 * medians[2] > 1.4 * medians[3]
    white = attack("fmn", model, images, labels, INFINITY, norm=norm).columns["distance"]
    assert np.median(white) <= medians[3] < 1.6 * np.median(white)


def test_it_sees_decisions_alone():
    """Whatever the model says of its certainty: only which class is first, or which are, but for a hair's breadth."""
    images, model, numbers = scenes(6, 12), network(), seeds(6)
    labels = answers(model, images)

    def decided(tried: np.ndarray) -> Predictions:
        logits = Queried(model)(tried).logits
        first = logits.max(axis=1, keepdims=True) - logits <= CLEAR
        return Predictions((first / first.sum(axis=1, keepdims=True)).astype(np.float32))

    for norm in ("linf", "l2"):
        expected = attack("boundary", model, images, labels, INFINITY, numbers, norm=norm, queries=400)
        made = attack("boundary", model, images, labels, INFINITY, numbers, norm=norm, queries=400, ask=decided)
        assert np.array_equal(made.images, expected.images)


@BOTH
def test_a_row_is_the_same_in_any_batch_and_order(norm):
    images, model, numbers = scenes(8, 12), network(), seeds(8)
    labels, ask, order = answers(model, images), each_alone(model), np.array([6, 2, 7, 3])
    options = {"norm": norm, "queries": 250, "ask": ask}
    whole = attack("boundary", model, images, labels, INFINITY, numbers, **options)
    part = attack("boundary", model, images[order], labels[order], INFINITY, numbers[order], **options)
    assert np.array_equal(part.images, whole.images[order])
    assert np.array_equal(part.columns["queries"], whole.columns["queries"][order])
    other = attack("boundary", model, images[order], labels[order], INFINITY, numbers[order] + np.uint64(99), **options)
    assert (other.images != part.images).any((1, 2, 3)).all()


def test_rows_that_are_wrong_when_clean_cost_nothing_and_what_is_further_than_epsilon_is_not_handed_on():
    images, model = scenes(12, 12), network()
    labels = answers(model, images)
    labels[:4] = (labels[:4] + 1) % 5
    ask = Queried(model)
    whole = attack("boundary", model, images, labels, INFINITY, norm="l2", queries=200, ask=ask)
    assert not whole.columns["queries"][:4].any()
    assert not whole.columns["distance"][:4].any()
    assert np.array_equal(whole.images[:4], images[:4])
    epsilon = float(np.median(whole.columns["distance"][4:]))
    near = attack("boundary", model, images, labels, epsilon, norm="l2", queries=200)
    within = whole.columns["distance"] <= epsilon
    assert 0 < within[4:].sum() < 8
    assert np.array_equal(near.images, np.where(within[:, None, None, None], whole.images, images))
    assert np.array_equal(near.columns["distance"], np.where(within, whole.columns["distance"], INFINITY))


def test_a_model_that_is_never_wrong_is_not_fooled_and_asked_no_more_than_once_a_start():
    images, ask = scenes(3, 8), Queried(lambda pixels: torch.tensor([[5.0, 0.0]]).repeat(len(pixels), 1))
    made = attack("boundary", ask.function, images, np.zeros(3, np.int64), INFINITY, ask=ask)
    assert np.isinf(made.columns["distance"]).all()
    assert np.array_equal(made.images, images)
    assert (made.columns["queries"] == 100).all()


def test_starts_run_from_one_colour_to_one_colour_a_pixel():
    shape = (9, 17, 3)
    streams = [np.random.default_rng(seed) for seed in (1, 2)]
    found = [random_pictures(number, streams, shape) for number in range(7)]
    colours = [len(np.unique(pictures[0].reshape(-1, 3), axis=0)) for pictures in found]
    assert colours[:5] == [1, 4, 16, 64, 9 * 16]
    assert colours[5] == pytest.approx(9 * 17, abs=1)
    assert colours[6] == 1
    assert not np.array_equal(found[0][0], found[0][1])
    assert not np.array_equal(found[0], found[6])


@BOTH
def test_the_way_back_ends_at_the_border(norm):
    """Of a model that compares the sum of all values with a bound, and so knows how far back each way leads.

    Ways are measured in 64ths of a level that the change is cut at, or in 256ths of its length.
    """
    rng = np.random.default_rng(3)
    base = np.full((1, 7, 7, 1), 100, np.uint8)
    grown = rng.integers(1, 100, base.shape)

    def at(part: int) -> int:
        """The sum at the end of a way of so many parts."""
        if norm == "l2":
            return int(np.rint(grown * part / 256).sum())
        return int(np.minimum(grown, np.floor(part / 64 + spread((7, 7, 1)))).sum())

    sums = np.array([at(part) for part in range(100 * 64 if norm == "linf" else 257)])
    for lead in (1, 7, 30, 60, *range(100, 2400, 100)):

        def ask(images: np.ndarray, lead: int = lead) -> Predictions:
            over = images.sum((1, 2, 3), dtype=int) >= 4900 + lead
            return Predictions(np.stack([~over, over], axis=1).astype(np.float32))

        decisions = Decisions(ask, np.zeros(1, np.int64), np.full(1, 1000))
        made, size = drawn_near(base, (base + grown).astype(np.uint8), np.zeros(1, np.intp), decisions, norm)
        shortest = int((sums < lead).sum())
        assert lead <= made.sum(dtype=int) - 4900 <= sums[min(shortest + 1, len(sums) - 1)]
        assert sizes(made, base, norm)[0] <= np.ceil(size[0])
        assert 1000 - decisions.left[0] < 20


def test_a_cut_between_two_levels_leaves_the_higher_to_its_share_of_the_values():
    cuts = np.floor(3.25 + spread((16, 16, 3)))
    assert set(np.unique(cuts)) == {3, 4}
    assert (cuts == 4).mean() == pytest.approx(0.25, abs=0.01)
    assert (cuts[:8] == 4).mean() == pytest.approx(0.25, abs=0.02)
    assert np.array_equal(np.floor(3 + spread((4, 4, 3))), np.full((4, 4, 3), 3))


def test_rows_that_may_ask_no_more_are_not_asked_about():
    model = Queried(linear(torch.ones(1, 2, 2), -1.0))
    decisions = Decisions(model, np.zeros(3, np.int64), np.array([1, 0, 2]))
    bright = np.full((3, 2, 2, 1), 255, np.uint8)
    assert decisions.fool(bright, np.arange(3)).tolist() == [True, False, True]
    assert decisions.fool(bright, np.arange(3)).tolist() == [False, False, True]
    assert decisions.fool(bright, np.arange(3)).tolist() == [False, False, False]
    assert model.images == 3
