"""PGD on models whose best attack is known in closed form, and its promises about the image it hands back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import pictures, scenes, seeds
from torch import Tensor, nn

from pytest_robust.errors import GenerationError, OptionError
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


class Asked:
    """A differentiable model that remembers how many images it was asked about."""

    device = torch.device("cpu")

    def __init__(self, function) -> None:
        self.function = function
        self.images = 0

    def logits(self, pixels: Tensor) -> Tensor:
        assert pixels.min() >= 0
        assert pixels.max() <= 1
        self.images += len(pixels)
        return self.function(pixels)


def linear(weights: Tensor, bias: float = 0.0):
    """Two classes; the second leads by weights . x + bias."""

    def logits(pixels: Tensor) -> Tensor:
        lead = (pixels * weights).sum(dim=(1, 2, 3)) + bias
        return torch.stack([-lead / 2, lead / 2], dim=1)

    return logits


def network() -> nn.Module:
    torch_state = torch.get_rng_state()
    torch.manual_seed(3)
    made = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 8, 3, stride=2),
        nn.Tanh(),
        nn.Flatten(),
        nn.LazyLinear(5),
    )
    with torch.no_grad():
        made(torch.zeros(1, 3, 16, 16))
        made[-1].weight *= 8
    torch.set_rng_state(torch_state)
    return made.eval()


def answers(function, images: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return function(torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255).argmax(1).numpy()


def attack(function, images, labels, epsilon, numbers=None, **options):
    numbers = seeds(len(images)) if numbers is None else numbers
    checked = check_options(PGD.make, options, given=PGD.given)
    model = function if isinstance(function, Asked) else Asked(function)
    return PGD(images, severity=epsilon, seeds=numbers, labels=labels, model=model, **checked)


def offsets(made: np.ndarray, images: np.ndarray) -> np.ndarray:
    return made.astype(float) - images


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


@settings(max_examples=25, deadline=None)
@given(
    epsilon=st.floats(1 / 255, 0.3),
    norm=st.sampled_from(["linf", "l2"]),
    steps=st.integers(1, 6),
    random_start=st.booleans(),
    seed=st.integers(0, 2**63),
)
def test_the_image_handed_back_is_within_epsilon(epsilon, norm, steps, random_start, seed):
    images = np.random.default_rng(seed).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)
    model = network()
    labels = answers(model, images)
    made = attack(model, images, labels, epsilon, norm=norm, steps=steps, random_start=random_start)
    change = np.abs(offsets(made, images)) / 255
    size = change.max() if norm == "linf" else np.sqrt((change**2).sum((1, 2, 3))).max()
    assert size <= epsilon + 1e-7


def test_a_row_that_is_wrong_to_begin_with_stays_as_it_is():
    images, model = scenes(12, 16), network()
    labels = answers(model, images)
    labels[::2] = (labels[::2] + 1) % 5
    made = attack(model, images, labels, 8 / 255)
    assert np.array_equal(made[::2], images[::2])
    assert not np.array_equal(made[1::2], images[1::2])


def test_a_fooled_row_is_not_asked_about_again(grey, weights):
    """Sixteen rows fall at the first step; the model is asked about them clean and after it, and never more."""
    labels = np.zeros(16, np.int64)
    bias = -float(lead(weights, 0, grey[:16]).max()) - 0.01
    easy = Asked(linear(weights, bias))
    made = attack(easy, grey[:16], labels, 128 / 255)
    assert (answers(easy.function, made) == 1).all()
    assert easy.images == 16 * 3  # clean, for the first gradient, and after the first step
    hard = Asked(linear(weights, -1e4))
    attack(hard, grey[:16], labels, 128 / 255, steps=7)
    assert hard.images == 16 * (2 + 7)


def test_an_attack_is_the_same_in_any_batch_and_order():
    images, model = scenes(40, 16), network()
    labels = answers(model, images)
    numbers = seeds(40)
    options = {"random_start": True, "restarts": 2, "steps": 8}
    whole = attack(model, images, labels, 3 / 255, numbers, **options)
    assert (answers(model, whole) != labels).any()
    order = np.random.default_rng(0).permutation(40)
    assert np.array_equal(attack(model, images[order], labels[order], 3 / 255, numbers[order], **options), whole[order])
    for rows in (slice(0, 1), slice(3, 10), slice(5, 38)):
        part = attack(model, images[rows], labels[rows], 3 / 255, numbers[rows], **options)
        assert np.array_equal(part, whole[rows])


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
        wrong = 1 - 4 * (level - level.detach().floor() - 0.5).abs() + 0.01 * level.detach().floor().sub(99)
        return torch.stack([torch.full_like(wrong, 0.5), wrong], dim=1)

    model = Asked(logits)
    made = attack(model, images, np.zeros(16, np.int64), 2 / 255, steps=5, step_size=0.5 / 255)
    assert (answers(logits, made) == 0).all()
    assert model.images > 16 * (2 + 5), "rows that fooled between levels were asked about once more, and went on"


def test_nothing_outside_is_touched():
    model, images = network(), scenes(4, 16)
    labels = answers(model, images)
    before, frozen = torch.get_rng_state(), images.copy()
    images.flags.writeable = False
    made = attack(model, images, labels, 4 / 255, random_start=True)
    assert torch.equal(torch.get_rng_state(), before)
    assert np.array_equal(images, frozen)
    assert all(parameter.grad is None for parameter in model.parameters())
    assert torch.is_grad_enabled()
    assert made.flags.c_contiguous
    assert made.dtype == np.uint8


def test_it_works_when_gradients_are_switched_off_around_it():
    model, images = network(), scenes(4, 16)
    labels = answers(model, images)
    expected = attack(model, images, labels, 4 / 255)
    with torch.no_grad():
        assert np.array_equal(attack(model, images, labels, 4 / 255), expected)


def test_an_epsilon_of_nought_changes_nothing():
    images = pictures(2, 16)
    assert np.array_equal(attack(network(), images, np.zeros(2, np.int64), 0.0), images)


def test_an_epsilon_between_levels_is_rounded_down():
    model, images = network(), scenes(6, 16)
    labels = answers(model, images)
    assert np.array_equal(attack(model, images, labels, 2.9 / 255), attack(model, images, labels, 2 / 255))


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_an_epsilon_below_one_level_is_refused(norm):
    with pytest.raises(GenerationError, match=r"pgd: epsilon 0\.003 is below 1/255"):
        attack(network(), pictures(2, 16), np.zeros(2, np.int64), 0.003, norm=norm)


def test_rows_without_a_label_are_refused():
    with pytest.raises(GenerationError, match="pgd: some rows have no label"):
        attack(network(), pictures(2, 16), np.array([0, -1]), 8 / 255)


def test_a_model_without_a_gradient_is_refused():
    model = network()
    images = pictures(2, 16)
    with pytest.raises(GenerationError, match=r"carries no gradient; look for detach\(\)"):
        attack(lambda pixels: model(pixels).detach(), images, answers(model, images), 8 / 255)


def test_answers_that_are_not_finite_are_refused():
    with pytest.raises(GenerationError, match="not finite"):
        attack(lambda pixels: pixels.flatten(1)[:, :5] / 0 * 0, pictures(2, 16), np.zeros(2, np.int64), 8 / 255)


@pytest.mark.parametrize(
    "options", [{"norm": "l1"}, {"steps": 0}, {"restarts": 0}, {"step_size": 0}, {"step_size": -1}, {"stepz": 3}]
)
def test_wrong_options_are_option_errors(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        check_options(PGD.make, options, given=PGD.given)


def test_it_declares_what_the_engine_must_know():
    assert (PGD.kind, PGD.scale, PGD.levels, PGD.bounds) == ("attack", "epsilon", (), (0, float("inf")))
    assert PGD.needs == {"labels", "gradients"}
    assert check_options(PGD.make, {}, given=PGD.given) == {
        "norm": "linf",
        "steps": 20,
        "restarts": 1,
        "step_size": None,
        "random_start": False,
    }
