"""What holds for every attack that follows gradients, whatever model it is let loose on."""

from __future__ import annotations

import pickle
import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import pictures, scenes, seeds
from white_box import Asked, Queried, answers, attack, network, offsets, probabilities

from pytest_robust.errors import GenerationError
from pytest_robust.generators import registry

FEW: dict[str, dict[str, object]] = {
    "fgsm": {},
    "pgd": {"steps": 6, "random_start": True, "restarts": 2},
    "apgd_ce": {"steps": 12, "restarts": 2},
    "apgd_dlr": {"steps": 12},
    "apgd_t": {"steps": 8, "targets": 3},
    "apgd_ensemble": {"profile": "quick"},
}
"""Options that make them quick."""

every = pytest.mark.parametrize("name", FEW)


@pytest.fixture(autouse=True)
def _one_thread():
    """Threads that wait for each other are slow on a busy machine, and these networks are small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_these_are_all_that_follow_gradients_within_a_ball():
    found = {member.name for member in registry.all() if {"gradients", "labels"} <= member.needs and not member.minimal}
    assert set(FEW) <= found
    for name in FEW:
        member = registry.get(name)
        assert (member.kind, member.scale, member.levels, member.bounds) == ("attack", "epsilon", (), (0, float("inf")))
        assert "answers" in member.needs


@settings(max_examples=60)
@given(
    name=st.sampled_from(sorted(FEW)),
    norm=st.sampled_from(["linf", "l2"]),
    reach=st.floats(1, 60),
    side=st.integers(4, 12),
    channels=st.sampled_from([1, 3]),
    classes=st.integers(2, 6),
    seed=st.integers(0, 2**62),
)
def test_the_image_handed_back_is_within_epsilon_and_fools_and_is_the_same_in_any_batch(
    name, norm, reach, side, channels, classes, seed
):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (5, side, side + 1, channels), dtype=np.uint8)
    model, numbers = network(classes, channels), rng.integers(0, 2**63, 5).astype(np.uint64)
    clean = probabilities(model, images)
    labels = np.where(rng.random(5) < 0.8, clean.argmax(1), rng.integers(0, classes, 5))
    made = attack(name, model, images, labels, reach / 255, numbers, norm=norm, **FEW[name])

    assert made.images.dtype == np.uint8
    assert made.images.shape == images.shape
    assert made.images.flags.c_contiguous
    change = np.abs(offsets(made.images, images))
    sizes = change.max((1, 2, 3)) if norm == "linf" else np.sqrt((change**2).sum((1, 2, 3)))
    assert (sizes <= reach * (1 + 1e-6)).all()

    wrong_before, wrong_after = clean.argmax(1) != labels, answers(model, made.images) != labels
    assert np.array_equal(made.images[wrong_before], images[wrong_before])
    assert wrong_after[wrong_before].all()
    assert made.columns["vanished"].shape == (5,)
    assert not made.columns["vanished"][wrong_after].any()

    backwards = np.arange(5)[::-1]
    again = attack(
        name, model, images[backwards], labels[backwards], reach / 255, numbers[backwards], norm=norm, **FEW[name]
    )
    assert np.array_equal(again.images[backwards], made.images)
    alone = attack(name, model, images[2:3], labels[2:3], reach / 255, numbers[2:3], norm=norm, **FEW[name])
    assert np.array_equal(alone.images, made.images[2:3])


@every
def test_many_rows_are_the_same_in_any_batch_and_order(name):
    images, model, numbers = scenes(40, 16), network(), seeds(40)
    labels = answers(model, images)
    whole = attack(name, model, images, labels, 3 / 255, numbers, **FEW[name]).images
    assert (answers(model, whole) != labels).any()
    order = np.random.default_rng(0).permutation(40)
    mixed = attack(name, model, images[order], labels[order], 3 / 255, numbers[order], **FEW[name]).images
    assert np.array_equal(mixed, whole[order])
    for rows in (slice(3, 10), slice(5, 38)):
        part = attack(name, model, images[rows], labels[rows], 3 / 255, numbers[rows], **FEW[name]).images
        assert np.array_equal(part, whole[rows])


@every
def test_rows_that_are_wrong_when_clean_cost_nothing(name):
    images, model = scenes(12, 16), Asked(network())
    labels = (answers(model.function, images) + 1) % 5
    labels[0] = 7  # a class that the model does not have
    clean, ask = probabilities(model.function, images), Queried(model.function)
    made = attack(name, model, images, labels, 8 / 255, clean=clean, ask=ask, **FEW[name])
    assert np.array_equal(made.images, images)
    assert (model.images, ask.images) == (0, 0)


@every
@pytest.mark.parametrize("classes", [2, 3, 4, 5, 8, 1000])
@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_any_number_of_classes_works(name, classes, norm):
    images, model = scenes(3, 16), network(classes)
    labels = answers(model, images)
    made = attack(name, model, images, labels, {"linf": 24, "l2": 2000}[norm] / 255, norm=norm, **FEW[name])
    assert (answers(model, made.images) != labels).all()


@every
def test_no_epsilon_and_no_rows_change_nothing_and_ask_nothing(name):
    images, model, ask = pictures(2, 16), Asked(network()), Queried(network())
    made = attack(name, model, images, np.zeros(2, np.int64), 0.0, ask=ask, **FEW[name])
    assert np.array_equal(made.images, images)
    assert not made.columns["vanished"].any()
    none = attack(name, model, images[:0], np.zeros(0, np.int64), 0.1, clean=np.zeros((0, 5)), ask=ask, **FEW[name])
    assert none.images.shape == (0, 16, 16, 3)
    assert (model.images, ask.images) == (0, 0)


@every
@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_an_epsilon_below_one_level_is_refused(name, norm):
    with pytest.raises(GenerationError, match=rf"^{name}: epsilon 0\.003 is below 1/255"):
        attack(name, network(), pictures(2, 16), np.zeros(2, np.int64), 0.003, norm=norm)


@every
def test_rows_without_a_label_are_refused(name):
    with pytest.raises(GenerationError, match=rf"^{name}: some rows have no label"):
        attack(name, network(), pictures(2, 16), np.array([0, -1]), 8 / 255)


@every
def test_a_model_without_a_gradient_is_refused(name):
    model, images = network(), pictures(2, 16)
    with pytest.raises(GenerationError, match=r"carries no gradient; look for detach\(\)"):
        attack(name, lambda pixels: model(pixels).detach(), images, answers(model, images), 8 / 255)


@every
def test_a_row_whose_answer_is_not_finite_stays_and_is_told_while_the_others_go_on(name):
    images, plain = scenes(6, 16), network()
    images[::2, 0, 0, 0], images[1::2, 0, 0, 0] = 255, 0

    def logits(pixels):
        """Not a number where the first value is above one half."""
        return plain(pixels) + 0 * (pixels[:, :1, 0, 0] > 0.5).float().sub(0.5).mul(-1).sqrt()

    labels = answers(plain, images)
    clean = probabilities(plain, images)
    made = attack(name, logits, images, labels, 8 / 255, clean=clean, **FEW[name])
    assert np.array_equal(made.images[::2], images[::2])
    assert made.columns["vanished"][::2].all()
    fallen = answers(plain, made.images[1::2]) != labels[1::2]
    assert fallen.any()
    assert not made.columns["vanished"][1::2][fallen].any()


@every
def test_a_row_whose_answer_ceases_to_be_finite_on_the_way_stays_as_it_was(name):
    images, plain = scenes(6, 16), network()
    images[:, 0, 0, 0] = 128

    def logits(pixels):
        """Finite at the very images given."""
        moved = (pixels[:, :1, 0, 0] * 255 - 128).abs() > 1e-3
        return plain(pixels) + torch.where(moved, torch.nan, 0.0)

    labels = answers(plain, images)
    made = attack(name, logits, images, labels, 8 / 255, **FEW[name])
    assert np.array_equal(made.images, images)
    assert made.columns["vanished"].all()


@every
def test_a_gradient_of_nought_is_told_of_the_rows_that_stand(name):
    images, plain = scenes(6, 16), network()
    labels = answers(plain, images)

    def steps(pixels):
        """The same answers for all pixels of a coarse level: no slope anywhere, and none to lose."""
        return plain((pixels * 4).round() / 4) + 0 * plain(pixels)

    kept = answers(steps, images) == labels
    made = attack(name, steps, images, labels, 2 / 255, **FEW[name])
    standing = answers(steps, made.images) == labels
    assert standing.any()
    assert np.array_equal(made.columns["vanished"], standing & kept)


@every
def test_nothing_outside_is_touched(name):
    model, images = network(), scenes(4, 16)
    labels = answers(model, images)
    before = random.getstate(), pickle.dumps(np.random.get_state()), torch.get_rng_state()
    frozen = images.copy()
    images.flags.writeable = False
    attack(name, model, images, labels, 4 / 255, **FEW[name])
    assert random.getstate() == before[0]
    assert pickle.dumps(np.random.get_state()) == before[1]
    assert torch.equal(torch.get_rng_state(), before[2])
    assert np.array_equal(images, frozen)
    assert all(parameter.grad is None for parameter in model.parameters())
    assert torch.is_grad_enabled()


@every
def test_it_works_when_gradients_are_switched_off_around_it(name):
    model, images = network(), scenes(4, 16)
    labels = answers(model, images)
    expected = attack(name, model, images, labels, 4 / 255, **FEW[name]).images
    with torch.no_grad():
        assert np.array_equal(attack(name, model, images, labels, 4 / 255, **FEW[name]).images, expected)
