"""The reference authors' attacks through this house: same strength, none of their traps."""

from __future__ import annotations

import logging
import random
import sys
import threading

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pictures import pictures, scenes, seeds
from white_box import Asked, answers, attack, linear, network, offsets, probabilities

from pytest_robust.errors import GenerationError, OptionError
from pytest_robust.generators import registry
from pytest_robust.generators._reference import FULL_QUERIES, Reference, grid_fits, part, raided
from pytest_robust.generators.autoattack import raids
from pytest_robust.registry import check_options

pytest.importorskip("pyautoattack", reason="the extra `autoattack` is not installed")

QUICK = {"profile": "quick"}


@pytest.fixture(autouse=True)
def _one_thread():
    """Threads that wait for each other are slow on a busy machine, and these networks are small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def sizes(made: np.ndarray, images: np.ndarray, norm: str) -> np.ndarray:
    change = np.abs(offsets(made, images))
    return change.max((1, 2, 3)) if norm == "linf" else np.sqrt((change**2).sum((1, 2, 3)))


# AutoAttack


@settings(max_examples=8)
@given(
    norm=st.sampled_from(["linf", "l2"]),
    reach=st.floats(1, 60),
    side=st.integers(5, 12),
    channels=st.sampled_from([1, 3]),
    classes=st.integers(2, 6),
    seed=st.integers(0, 2**62),
)
def test_the_image_is_within_epsilon_and_fools_and_is_the_same_in_any_batch(norm, reach, side, channels, classes, seed):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (5, side, side + (norm == "linf"), channels), dtype=np.uint8)
    assume(norm == "linf" or grid_fits(side, side))
    model, numbers = network(classes, channels), rng.integers(0, 2**63, 5).astype(np.uint64)
    clean = probabilities(model, images)
    labels = np.where(rng.random(5) < 0.8, clean.argmax(1), rng.integers(0, classes, 5))
    made = attack("autoattack", model, images, labels, reach / 255, numbers, norm=norm, **QUICK)

    assert made.images.dtype == np.uint8
    assert made.images.flags.c_contiguous
    assert (sizes(made.images, images, norm) <= reach * (1 + 1e-6)).all()
    wrong_before, wrong_after = clean.argmax(1) != labels, answers(model, made.images) != labels
    assert np.array_equal(made.images[wrong_before], images[wrong_before])
    assert wrong_after[wrong_before].all()
    assert not made.columns["vanished"][wrong_after].any()

    alone = attack("autoattack", model, images[2:3], labels[2:3], reach / 255, numbers[2:3], norm=norm, **QUICK)
    assert np.array_equal(alone.images, made.images[2:3])


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_many_rows_are_the_same_in_any_batch_and_order(norm):
    images, model, numbers = scenes(36, 16), network(), seeds(36)
    labels, reach = answers(model, images), {"linf": 3 / 255, "l2": 0.25}[norm]

    def made(rows) -> np.ndarray:
        return attack("autoattack", model, images[rows], labels[rows], reach, numbers[rows], norm=norm, **QUICK).images

    whole = made(slice(None))
    fooled = answers(model, whole) != labels
    assert fooled.any()
    assert not fooled.all()
    order = np.random.default_rng(0).permutation(36)
    assert np.array_equal(made(order), whole[order])
    for rows in (slice(0, 1), slice(3, 10), slice(5, 25)):
        assert np.array_equal(made(rows), whole[rows])


def test_the_published_attacks_come_in_their_order_with_their_budgets(monkeypatch):
    said = []
    for name in ("apgd", "fab", "square"):
        monkeypatch.setattr(Reference, name, lambda _, *loss, name=name, **rest: said.append((name, *loss, rest)))
    package = Reference(None, "linf", 8 / 255)

    def called(profile, classes):
        said.clear()
        list(raids(package, profile, classes))
        return list(said)

    nine = range(2, 11)
    assert (
        called("standard", 10)
        == called("standard", 1000)
        == [
            ("apgd", "ce", {"iterations": 100}),
            *(("apgd", "dlr-targeted", {"iterations": 100, "target": target}) for target in nine),
            *(("fab", {"iterations": 100, "target": target}) for target in nine),
            ("square", {"queries": 5000}),
        ]
    )
    for classes in (4, 5, 8):
        targets = [rest["target"] for name, *_, rest in called("standard", classes) if name == "fab"]
        assert targets == list(range(2, classes + 1))
    assert [loss for name, *loss, _ in called("standard", 3) if name == "apgd"] == [["ce"], *[["ce-targeted"]] * 2]
    passes = {"iterations": 100, "averaged": 20}
    assert called("rand", 10) == [("apgd", "ce", passes), ("apgd", "dlr", passes)]
    assert called("rand", 2) == [("apgd", "ce", passes)]


@pytest.mark.parametrize("classes", [2, 3, 4, 5, 8, 11, 1000])
@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_any_number_of_classes_works(classes, norm):
    images, model = scenes(3, 16), network(classes)
    labels = answers(model, images)
    reach = {"linf": 24, "l2": 2000}[norm] / 255
    made = attack("autoattack", model, images, labels, reach, norm=norm, **QUICK)
    assert (answers(model, made.images) != labels).all()


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_every_attack_of_the_full_profile_runs_on_few_classes(classes):
    """Nothing falls at an epsilon so small, so all of them are tried; Square is cut short for the sake of time."""
    images, model = scenes(2, 8), network(classes)
    labels = answers(model, images)
    clean, right = torch.from_numpy(images).permute(0, 3, 1, 2).float(), torch.from_numpy(labels)
    package, streams = Reference(Asked(model), "linf", 1e-6), [np.random.default_rng(row) for row in range(2)]
    for raid in [*list(raids(package, "standard", classes))[:-1], package.square(queries=20)]:
        made = raided(raid, clean, right, streams)
        assert made.isfinite().all()
        assert made.min() >= 0
        assert made.max() <= 255


def test_one_class_only_is_refused():
    with pytest.raises(GenerationError, match="autoattack: the model has one class only"):
        attack("autoattack", network(1), scenes(2, 8), np.zeros(2, np.int64), 8 / 255)
    with pytest.raises(GenerationError, match="fab_t: the model has one class only"):
        attack("fab_t", network(1), scenes(2, 8), np.zeros(2, np.int64), 8 / 255)


def test_it_falls_exactly_those_rows_that_can_fall():
    """Of a linear model it is known which rows an epsilon reaches."""
    images = np.random.default_rng(2).integers(90, 160, (20, 6, 6, 3), dtype=np.uint8)
    weights = torch.from_numpy(np.random.default_rng(4).normal(size=(3, 6, 6)).astype(np.float32))
    lead = (images / 255 * weights.permute(1, 2, 0).numpy().astype(float)).sum((1, 2, 3))
    reach = 4 / 255 * float(weights.abs().sum())
    bias = -float(np.median(lead)) - reach
    labels = np.zeros(20, np.int64)
    clear = np.abs(lead + bias + reach) > 1e-2
    made = attack("autoattack", linear(weights, bias), images, labels, 4 / 255, **QUICK)
    wrong = answers(linear(weights, bias), made.images) != labels
    assert np.array_equal(wrong[clear], (lead + bias + reach > 0)[clear])
    assert 5 < wrong.sum() < 15


def test_it_spares_the_model_the_clean_pass_and_rows_that_are_wrong():
    images, model = scenes(12, 16), Asked(network())
    labels = (answers(model.function, images) + 1) % 5
    labels[0] = 7  # a class that the model does not have
    made = attack("autoattack", model, images, labels, 8 / 255, clean=probabilities(model.function, images), **QUICK)
    assert np.array_equal(made.images, images)
    assert model.images == 0


def test_what_fools_only_between_two_levels_does_not_count():
    """The model is wrong near half levels alone, which no 8-bit image shows."""
    images = np.full((4, 5, 5, 1), 100, np.uint8)

    def logits(pixels):
        level = pixels[:, 0, 0, 0] * 255
        wrong = 1 - 4 * (level - level.detach().floor() - 0.5).abs() + 0 * pixels.sum(dim=(1, 2, 3))
        return torch.stack([torch.full_like(wrong, 0.5), wrong], dim=1)

    package, streams = Reference(Asked(logits), "linf", 2 / 255), [np.random.default_rng(row) for row in range(4)]
    clean, right = torch.from_numpy(images).permute(0, 3, 1, 2).float(), torch.zeros(4, dtype=torch.long)
    between = raided(package.apgd("ce", iterations=20), clean, right, streams)
    assert (logits(between / 255).argmax(1) == 1).any(), "between levels it is fooled"
    made = attack("autoattack", logits, images, np.zeros(4, np.int64), 2 / 255, **QUICK)
    assert (answers(logits, made.images) == 0).all()


def test_levels_are_rounded_away_where_the_nearest_fool_no_more():
    """One pixel must rise by more than one level: FAB ends a third of a level beyond, and rounds to what is right."""
    images = np.full((3, 5, 5, 1), 100, np.uint8)

    def logits(pixels):
        lead = pixels.sum(dim=(1, 2, 3)) * 255 - 25 * 101.3
        return torch.stack([torch.zeros_like(lead), lead], dim=1)

    made = attack("autoattack", logits, images, np.zeros(3, np.int64), 2 / 255)
    assert (answers(logits, made.images) == 1).all()
    least = attack("fab_t", logits, images, np.zeros(3, np.int64), np.inf, norm="l2")
    assert (answers(logits, least.images) == 1).all()


def test_a_gradient_of_nought_is_told_of_the_rows_that_stand():
    images, plain = scenes(6, 16), network()
    labels = answers(plain, images)

    def steps(pixels):
        return plain((pixels * 4).round() / 4) + 0 * plain(pixels)

    kept = answers(steps, images) == labels
    made = attack("autoattack", steps, images, labels, 2 / 255, **QUICK)
    standing = answers(steps, made.images) == labels
    assert standing.any()
    assert np.array_equal(made.columns["vanished"], standing & kept)


def test_a_row_whose_answer_is_not_finite_stays_while_the_others_go_on():
    images, plain = scenes(6, 16), network()
    images[::2, 0, 0, 0], images[1::2, 0, 0, 0] = 255, 0

    def logits(pixels):
        return plain(pixels) + 0 * (pixels[:, :1, 0, 0] > 0.5).float().sub(0.5).mul(-1).sqrt()

    model = Asked(logits)
    model.logits = logits  # which takes what is not finite, too
    labels = answers(plain, images)
    made = attack("autoattack", model, images, labels, 8 / 255, clean=probabilities(plain, images), **QUICK)
    assert np.array_equal(made.images[::2], images[::2])
    assert made.columns["vanished"][::2].all()
    assert (answers(plain, made.images[1::2]) != labels[1::2]).any()


def test_a_model_without_a_gradient_is_refused():
    model, images = network(), pictures(2, 16)
    for name in ("autoattack", "fab_t"):
        with pytest.raises(GenerationError, match=r"carries no gradient; look for detach\(\)"):
            attack(name, lambda pixels: model(pixels).detach(), images, answers(model, images), 8 / 255)


def test_a_model_that_answers_by_chance_is_judged_by_its_mean_answer():
    """The noise of one pass turns the answer often, that of twenty almost never; the image has no part in it."""

    def logits(pixels):
        noise = torch.randn(len(pixels))
        return torch.stack([torch.full_like(noise, 1.2), noise], dim=1) + 0 * pixels.sum(dim=(1, 2, 3))[:, None]

    images, labels = pictures(16, 5), np.zeros(16, np.int64)
    torch.manual_seed(0)
    sure = np.tile(np.float32([0.9, 0.1]), (16, 1))
    fallen = {}
    for profile in ("rand", "quick"):
        made = attack("autoattack", logits, images, labels, 4 / 255, clean=sure, profile=profile)
        fallen[profile] = 16 - made.columns["vanished"].sum()
    assert fallen["rand"] == 0
    assert fallen["quick"] > 0


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_it_agrees_with_the_package_s_own_evaluation(norm):
    """The package as its authors run it, on floats, with Square cut short on both sides."""
    images, model = scenes(16, 16), network(10)
    labels = answers(model, images)
    reach = {"linf": 2 / 255, "l2": 0.15}[norm]
    pixels, right = torch.from_numpy(images).permute(0, 3, 1, 2).float().contiguous() / 255, torch.from_numpy(labels)
    import pyautoattack

    own = pyautoattack.AutoAttack(model, norm={"linf": "Linf", "l2": "L2"}[norm], eps=reach, seed=0, version="custom",
                                  attacks=["apgd-ce", "apgd-t", "fab-t"])  # fmt: skip
    own.apgd.n_restarts = own.fab.n_restarts = 1
    before = sys.gettrace()
    state = torch.get_rng_state()
    found, _ = own.run_standard_evaluation(pixels, right, batch_size=16)
    sys.settrace(before)
    torch.set_rng_state(state)
    with torch.no_grad():
        reference = (model(found).argmax(1) == right).numpy()
    made = attack("autoattack", model, images, labels, reach, norm=norm, profile="quick")
    standing = answers(model, made.images) == labels
    assert 2 < reference.sum() < 14
    assert standing.sum() <= reference.sum() + 1


# Its traps


def test_nothing_of_the_process_is_changed(recwarn, caplog, capsys):
    images, model = scenes(3, 8), network()
    labels = answers(model, images)
    for parameter in model.parameters():
        assert parameter.requires_grad
    frozen = images.copy()
    images.flags.writeable = False

    def tracer(frame, event, argument):
        return None

    before = random.getstate(), np.random.get_state()[1].copy(), torch.get_rng_state(), threading.gettrace()
    tracing = sys.gettrace()
    sys.settrace(tracer)
    try:
        with caplog.at_level(logging.DEBUG):
            attack("autoattack", model, images, labels, 1 / 255, **QUICK)
            attack("fab_t", model, images, labels, np.inf, steps=5)
        assert sys.gettrace() is tracer, "a debugger or coverage goes on"
    finally:
        sys.settrace(tracing)
    assert random.getstate() == before[0]
    assert np.array_equal(np.random.get_state()[1], before[1])
    assert torch.equal(torch.get_rng_state(), before[2])
    assert threading.gettrace() is before[3]
    assert np.array_equal(images, frozen)
    assert all(parameter.grad is None for parameter in model.parameters())
    assert torch.is_grad_enabled()
    assert len(recwarn) == 0
    assert caplog.records == []
    assert capsys.readouterr() == ("", "")


def test_it_works_when_gradients_are_switched_off_around_it():
    model, images = network(), scenes(4, 16)
    labels = answers(model, images)
    expected = attack("autoattack", model, images, labels, 4 / 255, **QUICK).images
    with torch.no_grad():
        assert np.array_equal(attack("autoattack", model, images, labels, 4 / 255, **QUICK).images, expected)


def test_the_clock_has_no_part_in_it(monkeypatch):
    model, images = network(), scenes(4, 16)
    labels = answers(model, images)
    expected = attack("autoattack", model, images, labels, 2 / 255, **QUICK).images
    monkeypatch.setattr("time.time", lambda: 0.0)
    torch.manual_seed(5)
    assert np.array_equal(attack("autoattack", model, images, labels, 2 / 255, **QUICK).images, expected)


def test_a_model_of_another_memory_layout_is_attacked_all_the_same():
    """The package views gradients as if they lay as the images do."""
    model, images = network(), scenes(4, 16)
    labels = answers(model, images)

    def logits(pixels):
        return model(pixels.to(memory_format=torch.channels_last))

    made = attack("autoattack", logits, images, labels, 24 / 255, **QUICK)
    assert (answers(model, made.images) != labels).any()


def sure(pixels: torch.Tensor) -> torch.Tensor:
    level = pixels.mean(dim=(1, 2, 3))
    return torch.stack([level + 9, level], dim=1)


def asked_square(height: int, width: int) -> None:
    clean = torch.full((1, 3, height, width), 128.0)
    package = Reference(Asked(sure), "l2", 1.0)
    raided(package.square(queries=1), clean, torch.zeros(1, dtype=torch.long), [np.random.default_rng()], "l2")


@settings(max_examples=40)
@given(height=st.integers(1, 40), width=st.integers(1, 40))
def test_square_works_at_every_size_at_which_it_is_let_run(height, width):
    assume(grid_fits(height, width))
    asked_square(height, width)


@pytest.mark.parametrize("size", [(4, 4), (12, 12), (32, 30), (24, 16)], ids=str)
def test_square_fails_at_sizes_at_which_it_is_not(size):
    """When a release of the package mends this, `grid_fits` can go."""
    assert not grid_fits(*size)
    with pytest.raises((RuntimeError, ZeroDivisionError)):
        asked_square(*size)


def test_sizes_at_which_square_fails_are_refused_before_anything_is_asked():
    images, model = pictures(2, 12), Asked(network())
    clean = np.tile(np.float32([0.9, 0.1, 0, 0, 0]), (2, 1))
    options = {"clean": clean, "profile": "quick"}
    with pytest.raises(GenerationError, match=r"^autoattack: images are 12 x 12 pixels"):
        attack("autoattack", model, images, np.zeros(2, np.int64), 2 / 255, norm="l2", **options)
    assert model.images == 0
    attack("autoattack", model, images, np.zeros(2, np.int64), 2 / 255, norm="linf", **options)


def test_without_the_package_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyautoattack", None)
    monkeypatch.delitem(sys.modules, "pyautoattack.square")
    with pytest.raises(GenerationError, match=r'`pip install "pytest-robust\[autoattack\]"`'):
        part("square")


def test_no_epsilon_and_no_rows_change_nothing():
    images, model = pictures(2, 16), Asked(network())
    assert np.array_equal(attack("autoattack", model, images, np.zeros(2, np.int64), 0.0).images, images)
    none = attack("autoattack", model, images[:0], np.zeros(0, np.int64), 0.1, clean=np.zeros((0, 5)))
    assert none.images.shape == (0, 16, 16, 3)
    none = attack("fab_t", model, images[:0], np.zeros(0, np.int64), np.inf, clean=np.zeros((0, 5)))
    assert none.columns["distance"].shape == (0,)


@pytest.mark.parametrize("name", ["autoattack", "fab_t"])
def test_what_is_declared_and_what_is_refused(name):
    member = registry.get(name)
    assert (member.kind, member.scale, member.needs) == ("attack", "epsilon", {"labels", "gradients", "answers"})
    assert member.requires == {"pyautoattack": "pytest-robust[autoattack]"}
    assert member.minimal == (name == "fab_t")
    assert FULL_QUERIES == 5000
    for options in ({"norm": "l1"}, {"profile": "slow"}, {"steps": 0}):
        with pytest.raises(OptionError, match=next(iter(options))):
            check_options(member.make, options, given=member.given)
    with pytest.raises(GenerationError, match=rf"^{name}: some rows have no label"):
        attack(name, network(), pictures(2, 16), np.array([0, -1]), 8 / 255)


# FAB-T


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_fab_finds_nearly_the_smallest_change_there_is(norm):
    """To the border of a linear model: |lead| / sum |w|, or / |w|; and rounding costs at most a level."""
    rng = np.random.default_rng(2)
    images = rng.integers(90, 160, (20, 8, 8, 3), dtype=np.uint8)
    weights = torch.from_numpy(rng.normal(size=(3, 8, 8)).astype(np.float32))
    flat = weights.permute(1, 2, 0).numpy().astype(float)
    lead = (images / 255 * flat).sum((1, 2, 3))
    bias = -float(lead.max()) - 0.5
    best = -(lead + bias) / (np.abs(flat).sum() if norm == "linf" else np.linalg.norm(flat))
    model = linear(weights, bias)
    made = attack("fab_t", model, images, np.zeros(20, np.int64), np.inf, norm=norm, steps=20)
    distance = made.columns["distance"]
    assert (answers(model, made.images) == 1).all()
    assert np.allclose(sizes(made.images, images, norm) / 255, distance, atol=1e-6)
    assert (distance >= best - 1e-6).all()
    slack = 1 / 255 if norm == "linf" else 0.15 * best + 4 / 255
    assert (distance <= 1.06 * best + slack).all()


def test_fab_leaves_alone_what_is_wrong_when_clean_and_tells_what_it_cannot_reach():
    images = np.full((3, 8, 8, 3), 120, np.uint8)

    def never(pixels):
        level = 0 * pixels.sum(dim=(1, 2, 3))
        return torch.stack([level, level - 1, level - 2], dim=1)

    made = attack("fab_t", never, images, np.array([0, 1, 0]), np.inf, steps=5)
    assert made.columns["distance"].tolist() == [np.inf, 0.0, np.inf]
    assert made.columns["vanished"].tolist() == [True, False, True]
    assert np.array_equal(made.images, images)


def test_what_fab_finds_beyond_a_level_is_not_found():
    images, model = scenes(12, 16), network()
    labels, options = answers(model, images), {"steps": 10, "targets": 2}
    every = attack("fab_t", model, images, labels, np.inf, **options).columns["distance"]
    limit = float(np.median(every[np.isfinite(every)]))
    made = attack("fab_t", model, images, labels, limit, **options)
    assert np.array_equal(made.columns["distance"], np.where(every <= limit, every, np.inf))
    assert np.array_equal(made.images[every > limit], images[every > limit])


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_fab_is_the_same_in_any_batch_and_order(norm):
    images, model, numbers = scenes(20, 16), network(), seeds(20)
    labels = answers(model, images)
    options = {"norm": norm, "steps": 10, "targets": 2}
    whole = attack("fab_t", model, images, labels, np.inf, numbers, **options)
    assert np.isfinite(whole.columns["distance"]).any()
    for rows in (np.arange(20)[::-1], np.arange(4, 9)):
        part_ = attack("fab_t", model, images[rows], labels[rows], np.inf, numbers[rows], **options)
        assert np.array_equal(part_.images, whole.images[rows])
        assert np.array_equal(part_.columns["distance"], whole.columns["distance"][rows])
