"""Auto-PGD against algorithm 1 of its paper, written for one row at a time, and its losses against their formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pictures import scenes, seeds
from torch import Tensor
from torch.nn.functional import cross_entropy
from white_box import Asked, Queried, answers, attack, network, offsets, probabilities

from pytest_robust.generators._apgd_steps import intervals
from pytest_robust.generators._losses import dlr, rise, targeted_dlr


@pytest.fixture(autouse=True)
def _one_thread():
    """Threads that wait for each other are slow on a busy machine, and these networks are small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Double:
    """A network that computes in float64, so that two ways to write the same sum agree on every sign."""

    def __init__(self, classes: int = 5) -> None:
        self.inner = network(classes).double()

    def __call__(self, pixels: Tensor) -> Tensor:
        return self.inner(pixels.double()).float()


def paper_dlr(z: Tensor, y: int) -> Tensor:
    """Equation 3 of the paper, for one row."""
    ranked = z.sort(descending=True).values
    others = torch.cat([z[:y], z[y + 1 :]])
    return -(z[y] - others.max()) / (ranked[0] - ranked[2])


def paper_targeted(z: Tensor, y: int, t: int) -> Tensor:
    """Equation 4 of the paper, for one row."""
    ranked = z.sort(descending=True).values
    return -(z[y] - z[t]) / (ranked[0] - (ranked[2] + ranked[3]) / 2)


def checkpoints(steps: int) -> list[int]:
    """Section 3.1: p_0 = 0, p_1 = 0.22, p_(j+1) = p_j + max(p_j - p_(j-1) - 0.03, 0.06); w_j = p_j N, rounded up."""
    shares = [0.0, 0.22]
    while shares[-1] < 1:
        shares.append(shares[-1] + max(shares[-1] - shares[-2] - 0.03, 0.06))
    return [math.ceil(share * steps - 1e-9) for share in shares[1:] if share < 1]


def algorithm_1(
    loss, clean: Tensor, start: Tensor, radius: float, steps: int, norm: str
) -> tuple[Tensor, list[Tensor]]:
    """The best image and all on the way; images and radius in levels, (c, h, w)."""

    def project(image: Tensor) -> Tensor:
        change = image - clean
        change = change.clamp(-radius, radius) if norm == "linf" else change * min(1, radius / max(change.norm(), 1e-9))
        return (clean + change).clamp(0, 255)

    def told(image: Tensor) -> tuple[float, Tensor]:
        image = image.clone().requires_grad_()
        value = loss(image)
        (slope,) = torch.autograd.grad(value, image)
        return value.item(), slope.sign() if norm == "linf" else slope / slope.norm()

    eta, x, before = 2 * radius, start, start
    f, way = told(x)
    path, best, best_f, best_way = [x], x, f, way
    marks, last = checkpoints(steps), 0
    risen, last_best, last_halved = 0, f, True
    for k in range(1, steps + 1):
        z = project(x + eta * way)
        new = z if k == 1 else project(x + 0.75 * (z - x) + 0.25 * (x - before))
        before, x = x, new
        previous, (f, way) = f, told(x)
        path.append(x)
        risen += f > previous
        if f > best_f:
            best, best_f, best_way = x, f, way
        if k in marks:
            halve = risen <= 0.75 * (k - last) or (not last_halved and last_best >= best_f)
            last, risen, last_best, last_halved = k, 0, best_f, halve
            if halve:
                eta, x, way = eta / 2, best, best_way
    return best, path


def cube_start(number: int, clean: Tensor, radius: float) -> Tensor:
    """Where the row of this seed starts in an L-infinity ball."""
    rng = np.random.Generator(np.random.PCG64(number))
    offset = rng.uniform(-radius, radius, tuple(clean.shape)).astype(np.float32)
    return (clean + torch.from_numpy(offset)).clamp(0, 255).double()


@pytest.mark.parametrize("name", ["apgd_ce", "apgd_dlr", "apgd_t"])
def test_it_goes_the_way_of_the_published_algorithm(name):
    """Rows that stand get its best image, to the level; a row falls where one of its images fools when rounded."""
    images, model, radius, steps = scenes(24, 12), Double(), 1.0, 40
    numbers, clean = seeds(24), probabilities(model, images)
    labels = clean.argmax(1)
    options = {"targets": 1} if name == "apgd_t" else {}
    made = attack(name, model, images, labels, radius / 255, numbers, steps=steps, **options).images
    fell = answers(model, made) != labels
    for row in range(24):
        y, t = int(labels[row]), int(np.argsort(-clean[row])[1])
        base = torch.tensor(images[row]).permute(2, 0, 1).double()

        def loss(image, y=y, t=t):
            z = model((image / 255)[None])[0]
            if name == "apgd_ce":
                return cross_entropy(z[None], torch.tensor([y]))
            return paper_dlr(z, y) if name == "apgd_dlr" else paper_targeted(z, y, t)

        best, path = algorithm_1(loss, base, cube_start(int(numbers[row]), base, radius), radius, steps, "linf")
        whole = torch.stack(path).sub(base).round().add(base)
        with torch.no_grad():
            wrong_between = model(torch.stack(path) / 255).argmax(1) != y
            wrong = (model(whole / 255).argmax(1) != y) & wrong_between
        assert fell[row] == wrong.any().item()
        ours = torch.tensor(made[row]).permute(2, 0, 1).double()
        expected = whole[int(wrong.int().argmax())] if fell[row] else (best - base).round() + base
        # Halves are rounded one way or the other, by the last bit.
        assert (ours != expected).double().mean() < 0.02
    assert 4 < fell.sum() < 20


@pytest.mark.parametrize("name", ["apgd_ce", "apgd_dlr", "apgd_t"])
def test_l2_finds_what_the_published_algorithm_finds(name):
    images, model, radius, steps = scenes(16, 12), Double(), 60.0, 40
    clean = probabilities(model, images)
    labels = clean.argmax(1)
    made = attack(name, model, images, labels, radius / 255, norm="l2", steps=steps).images
    fell = answers(model, made) != labels
    reference = []
    for row in range(16):
        y = int(labels[row])
        base = torch.tensor(images[row]).permute(2, 0, 1).double()

        def loss(image, y=y):
            return cross_entropy(model((image / 255)[None]), torch.tensor([y]))

        best, _ = algorithm_1(loss, base, base, radius, steps, "l2")
        with torch.no_grad():
            reference.append((model((best / 255)[None]).argmax(1) != y).item())
    assert fell.sum() >= sum(reference) - 1
    assert 2 < sum(reference) < 16
    assert np.sqrt((offsets(made, images) ** 2).sum((1, 2, 3))).max() <= radius * (1 + 1e-6)


@given(steps=st.integers(1, 400))
def test_checkpoints_come_ever_sooner_and_end_before_the_last_step(steps):
    found = list(intervals(steps))
    assert all(0 < number < steps for number, _ in found)
    lengths = [length for _, length in found]
    assert lengths == sorted(lengths, reverse=True)
    assert [number for number, _ in found] == list(np.cumsum(lengths))


@pytest.mark.parametrize("steps", [100, 200, 500])
def test_checkpoints_are_the_published_ones(steps):
    assert [number for number, _ in intervals(steps)] == checkpoints(steps)


@given(seed=st.integers(0, 2**32), classes=st.integers(4, 1000), spread=st.floats(0.1, 50))
def test_losses_are_their_formulas(seed, classes, spread):
    rng = np.random.default_rng(seed)
    logits = torch.from_numpy(rng.normal(scale=spread, size=(3, classes)))
    labels = torch.from_numpy(rng.integers(0, classes, 3))
    targets = (labels + 1) % classes
    for row in range(3):
        y, t = int(labels[row]), int(targets[row])
        assert dlr(logits, labels, targets)[row].item() == pytest.approx(paper_dlr(logits[row], y).item())
        assert targeted_dlr(logits, labels, targets)[row].item() == pytest.approx(
            paper_targeted(logits[row], y, t).item()
        )
        entropy = cross_entropy(logits[row : row + 1], labels[row : row + 1]).item()
        assert math.log1p(math.exp(rise(logits, labels, targets)[row].item())) == pytest.approx(
            entropy, rel=1e-6, abs=1e-9
        )


def test_with_three_classes_the_third_stands_for_the_fourth_and_with_two_the_difference_is_left():
    logits = torch.tensor([[5.0, 3.0, 1.0]])
    label, target = torch.tensor([0]), torch.tensor([1])
    assert targeted_dlr(logits, label, target).item() == pytest.approx(-2 / 4)
    assert dlr(logits, label, target).item() == pytest.approx(-2 / 4)
    for loss in (dlr, targeted_dlr):
        assert loss(logits[:, :2], label, target).item() == -2


def test_a_model_that_is_very_sure_is_attacked_all_the_same():
    """The cross-entropy of logits a thousand times as large is 0 in float32, and so is its gradient."""
    images, model = scenes(12, 12), network()
    labels = answers(model, images)
    sure = lambda pixels: 1000 * model(pixels)  # noqa: E731
    for name in ("pgd", "apgd_ce", "apgd_dlr"):
        usual = answers(model, attack(name, model, images, labels, 6 / 255, steps=20).images) != labels
        assert usual.any()
        made = attack(name, sure, images, labels, 6 / 255, steps=20)
        assert (answers(model, made.images) != labels).sum() >= usual.sum() - 1
        assert not made.columns["vanished"].any()


def test_targets_are_tried_from_the_likeliest_on_and_only_on_rows_that_stand():
    images, model = scenes(64, 12), network(4)
    labels = answers(model, images)
    asked = [Asked(model) for _ in range(4)]
    for targets, one in zip((1, 2, 3, 9), asked, strict=True):
        attack("apgd_t", one, images, labels, 6 / 255, targets=targets, steps=10)
    counts = [one.gradients for one in asked]
    assert counts[0] < counts[1] < counts[2] == counts[3], "three wrong classes are all that there are"
    assert counts[1] - counts[0] < counts[0]


def test_a_gradient_averaged_over_passes_is_asked_for_so_often_and_leads_through_noise():
    images, plain = scenes(16, 12), network()
    labels = answers(plain, images)
    chance = torch.Generator().manual_seed(1)

    def noisy(pixels: Tensor) -> Tensor:
        return plain(pixels + 0.2 * torch.randn(pixels.shape, generator=chance))

    model = Asked(noisy)
    attack("apgd_ce", model, images, labels, 1 / 255, clean=probabilities(plain, images), steps=3, averaged=5)
    assert model.gradients % (16 * 5) == 0
    assert 16 * 5 <= model.gradients <= 16 * 5 * 3


def test_the_ensemble_asks_long_only_where_gradients_mislead():
    """A model whose slope leads to its labels and away from errors, whatever its answers are."""
    images, plain = scenes(16, 12), network()
    labels = answers(plain, images)

    def misleading(pixels: Tensor) -> Tensor:
        logits = plain(pixels)
        return 2 * logits.detach() - logits

    def count(model):
        ask = Queried(plain)
        made = attack("apgd_ensemble", model, images, labels, 4 / 255, profile="quick", ask=ask)
        return ask.images, (answers(plain, made.images) == labels).sum()

    honest, standing = count(plain)
    masked, standing_masked = count(misleading)
    alone = attack("apgd_ce", misleading, images, labels, 4 / 255, steps=30)
    assert (answers(plain, alone.images) == labels).sum() > standing_masked, "Square finds what gradients hide"
    assert honest <= 100 * 16
    assert masked > 100 * (answers(plain, alone.images) == labels).sum()
    assert standing <= standing_masked


def test_the_ensemble_averaged_is_the_published_version_for_models_that_answer_by_chance():
    images, model, ask = scenes(16, 12), Asked(network()), Queried(network())
    labels = answers(model.function, images)
    attack("apgd_ensemble", model, images, labels, 1 / 255, profile="quick", averaged=2, ask=ask)
    assert ask.images == 0
    assert model.gradients <= 16 * 2 * 2 * 30
