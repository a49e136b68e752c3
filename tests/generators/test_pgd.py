"""PGD on models whose best attack is known in closed form, and its promises about the image it hands back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import white_box
from pictures import scenes
from torch import Tensor
from white_box import Asked, answers, linear, network, offsets

from pytest_robust.errors import OptionError
from pytest_robust.generators import registry
from pytest_robust.registry import check_options

PGD = registry.get("pgd")


@pytest.fixture(autouse=True)
def _one_thread():
    """Threads that wait for each other are slow on a busy machine, and these networks are small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def attack(function, images, labels, epsilon, numbers=None, **options):
    return white_box.attack("pgd", function, images, labels, epsilon, numbers, **options).images


@pytest.fixture
def grey() -> np.ndarray:
    """Twenty pictures far from black and white, so that no attack is cut there."""
    return np.random.default_rng(2).integers(90, 160, (20, 6, 6, 3), dtype=np.uint8)


@pytest.fixture
def weights() -> Tensor:
    return torch.from_numpy(np.random.default_rng(4).normal(size=(3, 6, 6)).astype(np.float32))


def lead(weights: Tensor, bias: float, images: np.ndarray) -> np.ndarray:
    return (images / 255 * weights.permute(1, 2, 0).numpy().astype(float)).sum((1, 2, 3)) + bias


def test_linf_falls_exactly_those_rows_that_can_fall_and_takes_the_corner_of_the_box(grey, weights):
    epsilon = 4 / 255
    reach = epsilon * float(weights.abs().sum())
    bias = -float(np.median(lead(weights, 0, grey))) - reach  # half of the rows are within reach of the border
    margins = lead(weights, bias, grey)
    labels = np.zeros(20, np.int64)
    made = attack(linear(weights, bias), grey, labels, epsilon)
    expected = margins + reach > 1e-3
    assert np.array_equal(answers(linear(weights, bias), made) != labels, expected)
    assert 5 < expected.sum() < 15
    corner = 4 * np.sign(weights.permute(1, 2, 0).numpy())
    assert (offsets(made, grey)[~expected] == corner).all()


def test_a_model_that_is_very_sure_is_attacked_all_the_same(grey, weights):
    """The gradient of its cross-entropy is too small for a float32: exp(-1000)."""
    made = attack(linear(weights, -1e3), grey, np.zeros(20, np.int64), 4 / 255)
    assert (offsets(made, grey) == 4 * np.sign(weights.permute(1, 2, 0).numpy())).all()


def test_l2_goes_along_the_gradient_to_the_sphere(grey, weights):
    bias = -1e4
    made = attack(linear(weights, bias), grey, np.zeros(20, np.int64), 0.3, norm="l2")
    change = offsets(made, grey) / 255
    lengths = np.sqrt((change**2).sum((1, 2, 3)))
    gain = (change * weights.permute(1, 2, 0).numpy()).sum((1, 2, 3))
    best = 0.3 * float(weights.square().sum().sqrt())
    assert (lengths <= 0.3 + 1e-9).all()
    assert (gain > 0.98 * best).all()


def test_a_fooled_row_is_not_asked_about_again_and_none_when_clean(grey, weights):
    """Sixteen rows fall at the first step; the model is asked for its gradient and after the step, and never more."""
    labels = np.zeros(16, np.int64)
    bias = -float(lead(weights, 0, grey[:16]).max()) - 0.01
    easy = Asked(linear(weights, bias))
    made = attack(easy, grey[:16], labels, 128 / 255)
    assert (answers(easy.function, made) == 1).all()
    assert (easy.images, easy.gradients) == (16 * 2, 16 * 2)
    hard = Asked(linear(weights, -1e4))
    attack(hard, grey[:16], labels, 128 / 255, steps=7)
    assert (hard.images, hard.gradients) == (16 * (1 + 7), 16 * 7)


def test_random_starts_come_from_the_row_s_seed():
    images = np.repeat(scenes(1, 16), 3, axis=0)
    flat = Asked(lambda pixels: torch.stack([1 + 0 * pixels.sum(dim=(1, 2, 3)), 0 * pixels.sum(dim=(1, 2, 3))], dim=1))
    numbers = np.array([5, 6, 5], np.uint64)
    for norm in ("linf", "l2"):
        made = attack(flat, images, np.zeros(3, np.int64), 0.2, numbers, norm=norm, random_start=True, steps=1)
        assert np.array_equal(made[0], made[2])
        assert not np.array_equal(made[0], made[1])
        assert not np.array_equal(made[0], images[0])


def test_restarts_find_what_has_no_gradient_at_the_image():
    """The second class rises with the distance from the image, from where no way leads up."""
    images = np.full((8, 4, 4, 1), 128, np.uint8)

    def logits(pixels: Tensor) -> Tensor:
        away = (pixels - 128 / 255).square().sum(dim=(1, 2, 3)) * 255**2
        return torch.stack([torch.full_like(away, 150.0), away], dim=1)

    labels = np.zeros(8, np.int64)
    once = attack(logits, images, labels, 4 / 255)
    assert (answers(logits, once) == 0).all()
    twice = attack(logits, images, labels, 4 / 255, restarts=2)
    assert (answers(logits, twice) == 1).all()


def test_what_fools_only_between_two_levels_does_not_count():
    """The model is wrong near half levels alone: an 8-bit image cannot fool it, and all steps are tried."""
    images = np.full((16, 2, 2, 1), 100, np.uint8)

    def logits(pixels: Tensor) -> Tensor:
        level = pixels[:, 0, 0, 0] * 255
        wrong = 1 - 4 * (level - level.detach().floor() - 0.45).abs() + 0.01 * level.detach().floor().sub(99)
        return torch.stack([torch.full_like(wrong, 0.5), wrong], dim=1)

    model = Asked(logits)
    made = attack(model, images, np.zeros(16, np.int64), 2 / 255, steps=5, step_size=0.5 / 255)
    assert (answers(logits, made) == 0).all()
    assert model.images == 16 * (1 + 5 + 3), "rows that fooled between levels were asked about once more, and went on"


def test_an_epsilon_between_levels_is_rounded_down():
    model, images = network(), scenes(6, 16)
    labels = answers(model, images)
    assert np.array_equal(attack(model, images, labels, 2.9 / 255), attack(model, images, labels, 2 / 255))


@pytest.mark.parametrize(
    "options",
    [{"norm": "l1"}, {"steps": 0}, {"restarts": 0}, {"step_size": 0}, {"step_size": -1}, {"averaged": 0}, {"stepz": 3}],
)
def test_wrong_options_are_option_errors(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        check_options(PGD.make, options, given=PGD.given)


def test_it_declares_what_the_engine_must_know():
    assert (PGD.kind, PGD.scale, PGD.levels, PGD.bounds) == ("attack", "epsilon", (), (0, float("inf")))
    assert PGD.needs == {"labels", "gradients", "answers"}
    assert check_options(PGD.make, {}, given=PGD.given) == {
        "norm": "linf",
        "steps": 20,
        "restarts": 1,
        "step_size": None,
        "random_start": False,
        "averaged": 1,
    }
