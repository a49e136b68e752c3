"""A patch on models whose best patch is known in closed form, and its promises about where it is."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import scenes
from white_box import Asked, answers, attack, linear, network, offsets, probabilities

from pytest_robust.errors import GenerationError, OptionError
from pytest_robust.generators import registry
from pytest_robust.registry import check_options

PATCH = registry.get("patch")
EVERYWHERE = 2000
"""So many random places on a small picture that all are among them."""


@pytest.fixture(autouse=True)
def _one_thread():
    """Threads that wait for each other are slow on a busy machine, and these networks are small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (20, 8, 10, 3), dtype=np.uint8)


@pytest.fixture
def weights() -> np.ndarray:
    return np.random.default_rng(4).normal(size=(8, 10, 3))


def model_of(weights: np.ndarray, bias: float):
    return linear(torch.from_numpy(weights.transpose(2, 0, 1)).float(), bias)


def leads(weights: np.ndarray, images: np.ndarray) -> np.ndarray:
    return (images / 255 * weights).sum((1, 2, 3))


def squares(height: int, width: int, side: int) -> list[tuple[slice, slice]]:
    """All places of a square."""
    return [
        (slice(top, top + side), slice(left, left + side))
        for top in range(height - side + 1)
        for left in range(width - side + 1)
    ]


def box(changed: np.ndarray) -> tuple[int, int, int, int]:
    """Top, left, height and width of what changed, of (h, w, c) bool."""
    down, right = np.nonzero(changed.any(2))
    return int(down.min()), int(right.min()), int(np.ptp(down)) + 1, int(np.ptp(right)) + 1


def test_it_stands_where_the_model_is_swayed_most_and_fools_the_rows_that_a_patch_there_can(images, weights):
    """The best filling is white where weights are positive and black elsewhere; the steps lead there."""
    steepest = max(squares(8, 10, 3), key=lambda place: np.abs(weights[place]).sum())
    best = images.copy()
    best[:, *steepest] = np.where(weights[steepest] > 0, 255, 0)
    bias = -float(np.median(leads(weights, best)))
    # Rows that are fooled as they are would tell nothing.
    rows = leads(weights, images) + bias < -1e-3
    images, best = images[rows], best[rows]
    can = leads(weights, best) + bias > 1e-3
    assert 4 < can.sum() < rows.sum() - 4
    model, options = model_of(weights, bias), {"area": 9 / 80, "places": EVERYWHERE}
    made = attack("patch", model, images, np.zeros(len(images), np.int64), 0.0, **options)
    assert np.array_equal(answers(model, made.images) == 1, can)
    assert np.array_equal(made.images[~can], best[~can])
    outside = np.ones((8, 10), bool)
    outside[steepest] = False
    assert np.array_equal(made.images[:, outside], images[:, outside])
    assert not made.columns["vanished"].any()


def test_each_restart_takes_the_next_best_place(images, weights):
    """A row that stands ends with the place, of those tried, on which another class came nearest to the label."""
    steepest = sorted(squares(8, 10, 3), key=lambda place: -np.abs(weights[place]).sum())
    for restarts in (1, 4):
        options = {"area": 9 / 80, "places": EVERYWHERE, "restarts": restarts}
        made = attack("patch", model_of(weights, -1e3), images, np.zeros(20, np.int64), 0.0, **options).images
        first = 0
        for row, image in enumerate(images):
            filled = np.repeat(image[None], restarts, axis=0)
            for number, place in enumerate(steepest[:restarts]):
                filled[number][place] = np.where(weights[place] > 0, 255, 0)
            best = int(leads(weights, filled).argmax())
            assert np.array_equal(made[row], filled[best])
            first += best == 0
        assert first == 20 if restarts == 1 else 2 < first < 18


@settings(max_examples=40)
@given(
    area=st.floats(0.001, 1),
    height=st.integers(3, 14),
    width=st.integers(3, 14),
    channels=st.sampled_from([1, 3]),
    places=st.sampled_from([1, 10, 500]),
    seed=st.integers(0, 2**62),
)
def test_nothing_but_one_square_of_the_area_changes_and_rows_are_the_same_in_any_batch(
    area, height, width, channels, places, seed
):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (5, height, width, channels), dtype=np.uint8)
    model, numbers = network(3, channels), rng.integers(0, 2**63, 5).astype(np.uint64)
    clean = probabilities(model, images)
    labels = np.where(rng.random(5) < 0.8, clean.argmax(1), rng.integers(0, 3, 5))
    options = {"area": area, "places": places, "steps": 3, "restarts": 2}
    made = attack("patch", model, images, labels, 0.0, numbers, **options)
    side = min(max(round((area * height * width) ** 0.5), 1), height, width)
    wrong_before, wrong_after = clean.argmax(1) != labels, answers(model, made.images) != labels
    for row in range(5):
        changed = made.images[row] != images[row]
        if wrong_before[row]:
            assert not changed.any()
        elif changed.any():
            assert max(box(changed)[2:]) <= side
    assert made.images.dtype == np.uint8
    assert wrong_after[wrong_before].all()
    assert not made.columns["vanished"][wrong_after].any()
    order = np.array([3, 1])
    again = attack("patch", model, images[order], labels[order], 0.0, numbers[order], **options)
    assert np.array_equal(again.images, made.images[order])


def flat(pixels: torch.Tensor) -> torch.Tensor:
    """Right whatever it sees, with a slope of nought."""
    return torch.tensor([[1.0, 0.0]]) + 0 * pixels.sum((1, 2, 3))[:, None]


def test_it_may_lie_anywhere_and_starts_at_pixels_of_any_colour():
    """Where nothing leads the row ends as it started, and that is told."""
    images = np.full((1000, 6, 7, 3), 128, np.uint8)
    made = attack("patch", flat, images, np.zeros(1000, np.int64), 0.0, area=0.15, places=1)
    boxes = np.array([box(changed) for changed in made.images != images])
    assert (boxes[:, 2:] == 3).all(), "the root of 0.15 x 6 x 7 is 2.51"
    seen, counts = np.unique(boxes[:, :2], axis=0, return_counts=True)
    assert len(seen) == 4 * 5
    assert counts.max() < 2.5 * counts.min()
    filling = made.images[(made.images != images).any(3)]
    assert np.bincount(filling.ravel(), minlength=256) == pytest.approx(len(filling) * 3 / 256, rel=0.6)
    assert made.columns["vanished"].all()


def test_a_step_changes_every_pixel_of_it_by_its_size_and_no_further_than_white_and_black(images, weights):
    options = {"area": 0.3, "places": 1, "steps": 1, "step_size": 40 / 255}
    labels = np.zeros(20, np.int64)
    start = attack("patch", flat, images, labels, 0.0, **options).images
    made = attack("patch", model_of(weights, -1e3), images, labels, 0.0, **options).images
    for row in range(20):
        top, left, high, wide = box(start[row] != images[row])
        place = slice(top, top + high), slice(left, left + wide)
        exact = start[row].astype(int)
        exact[place] += np.where(weights[place] > 0, 40, -40)
        assert np.array_equal(made[row], np.clip(exact, 0, 255))


def test_of_all_that_it_was_the_filling_nearest_to_an_error_is_handed_on():
    """Of one pixel a model doubts most what is next to 130, and steps of 40 go back and forth there."""
    images, labels, options = np.full((30, 1, 1, 1), 10, np.uint8), np.zeros(30, np.int64), {"area": 1, "places": 1}

    def logits(pixels: torch.Tensor) -> torch.Tensor:
        doubt = -1 - (pixels[:, 0, 0] - 130.3 / 255).abs()
        return torch.cat([torch.zeros_like(doubt), doubt], dim=1)

    start = attack("patch", flat, images, labels, 0.0, **options).images.ravel().astype(int)
    made = attack("patch", logits, images, labels, 0.0, steps=8, step_size=40 / 255, **options).images.ravel()
    for level, found in zip(start, made, strict=True):
        seen = [level]
        for _ in range(8):
            seen.append(min(max(seen[-1] + (40 if seen[-1] < 130.3 else -40), 0), 255))
        assert found == min(seen, key=lambda one: abs(one - 130.3))


def test_a_row_that_is_fooled_is_left_alone(images, weights):
    """Sixteen rows, each the same number of questions: for its steepness, at the start and after every step."""
    labels, options = np.zeros(16, np.int64), {"area": 0.2, "steps": 6}
    clean = np.tile(np.array([0.9, 0.1], np.float32), (16, 1))
    for bias, steps in ((1e3, 0), (-1e3, 6)):
        model = Asked(model_of(weights, bias))
        attack("patch", model, images[:16], labels, 0.0, clean=clean, **options)
        assert model.images == 16 * (1 + 1 + steps)
        assert model.gradients == 16 * (1 + max(steps, 1))
        alone = Asked(model.function)
        attack("patch", alone, images[:16], labels, 0.0, clean=clean, places=1, **options)
        assert model.images - alone.images == 16, "one place needs no choice"


def test_patches_find_more_the_larger_they_are_and_the_more_places_are_looked_at():
    images, model = scenes(60, 16), network()
    labels = answers(model, images)

    def standing(side: int, places: int) -> int:
        options = {"area": side**2 / 256, "places": places, "steps": 12}
        made = attack("patch", model, images, labels, 0.0, **options).images
        return int((answers(model, made) == labels).sum())

    assert 60 > standing(1, 10) > standing(2, 10) > standing(3, 10)
    assert standing(2, 1) > standing(2, 50) + 5


def test_a_row_whose_answer_is_not_finite_stays_and_is_told_while_the_others_go_on(images, weights):
    images[::2, 0, 0, 0], images[1::2, 0, 0, 0] = 255, 0
    plain = model_of(weights, -1e3)

    def logits(pixels: torch.Tensor) -> torch.Tensor:
        """Not a number where the first value is above one half."""
        return plain(pixels) + torch.where(pixels[:, :1, 0, 0] > 0.5, torch.nan, 0.0)

    clean = np.tile(np.array([0.9, 0.1], np.float32), (20, 1))
    made = attack("patch", logits, images, np.zeros(20, np.int64), 0.0, clean=clean, area=0.1, steps=10)
    ends = (made.images[::2, 0, 0, 0] > 127) & made.columns["vanished"][::2]
    assert np.array_equal(made.images[::2][ends], images[::2][ends])
    assert ends.sum() > 5
    assert not made.columns["vanished"][1::2].all()
    assert (offsets(made.images, images)[1::2] != 0).any((1, 2, 3)).all()


def test_rows_that_are_wrong_when_clean_cost_nothing_and_no_rows_are_no_mistake():
    images, model = scenes(6, 12), Asked(network())
    labels = (answers(model.function, images) + 1) % 5
    clean = probabilities(model.function, images)
    made = attack("patch", model, images, labels, 0.0, clean=clean)
    assert np.array_equal(made.images, images)
    none = attack("patch", model, images[:0], labels[:0], 0.0, clean=clean[:0])
    assert none.images.shape == (0, 12, 12, 3)
    assert model.images == 0


def test_rows_without_a_label_and_models_without_a_gradient_are_refused():
    images, model = scenes(2, 12), network()
    labels = answers(model, images)
    with pytest.raises(GenerationError, match=r"^patch: some rows have no label"):
        attack("patch", model, images, np.array([0, -1]), 0.0)
    for places in (1, 10):
        with pytest.raises(GenerationError, match=r"carries no gradient; look for detach\(\)"):
            attack("patch", lambda pixels: model(pixels).detach(), images, labels, 0.0, places=places)


@pytest.mark.parametrize(
    "options", [{"area": 0}, {"area": 1.1}, {"places": 0}, {"steps": 0}, {"restarts": 0}, {"step_size": 0.001}]
)
def test_wrong_options_are_option_errors(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        check_options(PATCH.make, options, given=PATCH.given)


def test_it_declares_what_the_engine_must_know_and_is_called_by_its_area():
    assert (PATCH.kind, PATCH.scale, PATCH.levels) == ("attack", None, ())
    assert PATCH.needs == {"labels", "gradients", "answers"}
    assert PATCH.called(check_options(PATCH.make, {}, given=PATCH.given)) == "patch-0.05"
