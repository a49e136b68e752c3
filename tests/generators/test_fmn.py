"""FMN on models whose nearest error is known in closed form, and its promises about the image it hands back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pictures import scenes
from white_box import Asked, answers, attack, linear, network, offsets

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
    """Twenty pictures far from black and white, so that no attack is cut there."""
    return np.random.default_rng(2).integers(110, 146, (20, 6, 6, 3), dtype=np.uint8)


@pytest.fixture
def weights() -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(4).normal(size=(3, 6, 6)).astype(np.float32))


def gaps(weights: torch.Tensor, bias: float, images: np.ndarray) -> np.ndarray:
    """By how much the first class leads, with pixels counted from 0 to 255."""
    return -((images * weights.permute(1, 2, 0).numpy().astype(float)).sum((1, 2, 3)) + bias * 255)


def test_linf_finds_the_least_number_of_levels(grey, weights):
    bias = -float((grey / 255 * weights.permute(1, 2, 0).numpy()).sum((1, 2, 3)).max()) - 6.0
    model = linear(weights, bias)
    made = attack("fmn", model, grey, np.zeros(20, np.int64), INFINITY)
    least = np.floor(gaps(weights, bias, grey) / float(weights.abs().sum())) + 1
    found = made.columns["distance"] * 255
    assert least.max() > least.min() + 3
    assert (np.rint(found) == found.round(4)).all()
    assert (found >= least - 1e-6).all()
    assert (found <= least + 1 + 1e-6).all()
    assert (found <= least + 1e-6).mean() > 0.8


def test_l2_finds_the_foot_of_the_perpendicular(grey, weights):
    bias = -float((grey / 255 * weights.permute(1, 2, 0).numpy()).sum((1, 2, 3)).max()) - 3.0
    made = attack("fmn", linear(weights, bias), grey, np.zeros(20, np.int64), INFINITY, norm="l2")
    least = gaps(weights, bias, grey) / float(weights.square().sum().sqrt()) / 255
    assert (made.columns["distance"] >= least * (1 - 1e-4)).all()
    assert (made.columns["distance"] <= least * 1.03).all()
    assert least.max() > 1.4 * least.min()


@BOTH
def test_a_row_that_is_very_near_to_the_border_is_found_though_rounding_swallows_the_first_steps(grey, weights, norm):
    """Even one that lies on it: the lead is 0, and so is the way to where it is made up."""
    ahead = (grey / 255 * weights.permute(1, 2, 0).numpy()).sum((1, 2, 3))
    for row in range(5):
        for gap in (0.0, 1e-6, 1e-3):
            model = linear(weights, -float(ahead[row]) - gap)
            label = answers(model, grey[row : row + 1])
            made = attack("fmn", model, grey[row : row + 1], label, INFINITY, norm=norm)
            assert made.columns["distance"][0] <= {"linf": 1, "l2": 4}[norm] / 255
            assert answers(model, made.images) != label


@BOTH
def test_the_curve_of_one_run_is_what_attacks_at_each_epsilon_find(norm):
    images, model = scenes(40, 16), network()
    labels = answers(model, images)
    made = attack("fmn", model, images, labels, INFINITY, norm=norm)
    distance = made.columns["distance"]
    levels = {"linf": (1, 2, 4, 8), "l2": (10, 30, 60, 120)}[norm]
    for level in levels:
        standing = (distance > level / 255 * (1 + 1e-6)).sum()
        pgd = attack("pgd", model, images, labels, level / 255, norm=norm, steps=40).images
        assert standing <= (answers(model, pgd) == labels).sum() + 1, level
    assert 0.2 < (distance > levels[1] / 255).mean() < 1
    sizes = np.abs(offsets(made.images, images)).max((1, 2, 3))
    if norm == "l2":
        sizes = np.sqrt((offsets(made.images, images) ** 2).sum((1, 2, 3)))
    assert distance * 255 == pytest.approx(sizes)
    assert (answers(model, made.images) != labels).all()


def test_a_row_that_one_level_fools_is_finished(grey, weights):
    """No image is nearer: it costs the steps until it was found, and the others go on."""
    ahead = (grey / 255 * weights.permute(1, 2, 0).numpy()).sum((1, 2, 3))
    easy, hard = ((Asked(linear(weights, -float(ahead.max()) - gap))) for gap in (1e-3, 60.0))
    rows = np.flatnonzero(ahead > ahead.max() - 0.2)
    for model in (easy, hard):
        attack("fmn", model, grey[rows], np.zeros(len(rows), np.int64), INFINITY, steps=50)
    assert easy.images < 16 * 20
    assert (hard.images, hard.gradients) == (16 * 51, 16 * 50)


def test_white_and_black_are_the_ends_of_the_way():
    """The second class leads for a picture brighter than can be: no change does."""
    images = np.full((2, 4, 4, 1), 250, np.uint8)
    made = attack("fmn", linear(torch.ones(1, 4, 4), -16.1), images, np.zeros(2, np.int64), INFINITY)
    assert np.isinf(made.columns["distance"]).all()
    assert np.array_equal(made.images, images)
    near = attack("fmn", linear(torch.ones(1, 4, 4), -15.99), images, np.zeros(2, np.int64), INFINITY)
    assert near.columns["distance"] * 255 == pytest.approx([5, 5])
