"""Square on models whose best attack is known, and against the formulas of its paper (Andriushchenko et al. 2020)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import scenes, seeds
from white_box import Queried, answers, attack, each_alone, linear, network, offsets, probabilities

from pytest_robust.carriers import Predictions
from pytest_robust.errors import GenerationError, OptionError
from pytest_robust.generators import registry
from pytest_robust.generators._square import _bump, _trade, part_of_image, square_side
from pytest_robust.generators._standing import CLEAR
from pytest_robust.registry import check_options

SQUARE = registry.get("square")
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
    return np.random.default_rng(2).integers(90, 160, (20, 5, 5, 3), dtype=np.uint8)


@pytest.fixture
def weights() -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(4).normal(size=(3, 5, 5)).astype(np.float32))


def certain(pixels: torch.Tensor) -> torch.Tensor:
    """A model that nothing sways."""
    return torch.tensor([[1.0, 0.0]]).repeat(len(pixels), 1)


class Recorded:
    """What a model was asked, question by question."""

    def __init__(self, ask: Callable[[np.ndarray], Predictions] | None = None) -> None:
        self.ask = ask or Queried(certain)
        self.asked: list[np.ndarray] = []

    def __call__(self, images: np.ndarray) -> Predictions:
        self.asked.append(images.copy())
        return self.ask(images)


def leads(weights: torch.Tensor, images: np.ndarray) -> np.ndarray:
    return (images / 255 * weights.permute(1, 2, 0).numpy().astype(float)).sum((1, 2, 3))


def published_part(number: int, queries: int, first: float) -> float:
    """The share of the image in iteration `number`, as the authors' code has it, line by line."""
    number = int(number / queries * 10000)
    for after, until, divisor in [
        (10, 50, 2),
        (50, 200, 4),
        (200, 500, 8),
        (500, 1000, 16),
        (1000, 2000, 32),
        (2000, 4000, 64),
        (4000, 6000, 128),
        (6000, 8000, 256),
        (8000, 10000, 512),
    ]:
        if after < number <= until:
            return first / divisor
    return first


def test_linf_falls_exactly_those_rows_that_can_fall_and_ends_at_the_corner_of_the_box(grey, weights):
    """A square of one pixel is tried so often that every pixel gets its best colour in the end."""
    reach = 4 / 255 * float(weights.abs().sum())
    bias = -float(np.median(leads(weights, grey))) - reach  # half of the rows are within reach of the border
    made = attack("square", linear(weights, bias), grey, np.zeros(20, np.int64), 4 / 255, queries=2500)
    can = leads(weights, grey) + bias + reach > 1e-3
    assert 5 < can.sum() < 15
    assert np.array_equal(answers(linear(weights, bias), made.images) == 1, can)
    corner = 4 * np.sign(weights.permute(1, 2, 0).numpy())
    assert (offsets(made.images, grey)[~can] == corner).all()


def test_l2_gains_ever_more_of_what_can_be_gained_with_all_the_length_allowed(grey, weights):
    best = 0.3 * float(weights.square().sum().sqrt())
    shares = []
    for queries in (1, 100, 2000):
        made = attack("square", linear(weights, -1e4), grey, np.zeros(20, np.int64), 0.3, norm="l2", queries=queries)
        lengths = np.sqrt((offsets(made.images, grey) ** 2).sum((1, 2, 3)))
        assert lengths.max() <= 0.3 * 255
        assert lengths.min() > 0.85 * 0.3 * 255
        shares.append((leads(weights, made.images) - leads(weights, grey)) / best)
    assert abs(shares[0].mean()) < 0.1, "where it starts is chance"
    assert shares[1].min() > 0.2
    assert shares[2].min() > 0.4, "not all: no square is smaller than three pixels, and weights are of any sign"
    assert shares[2].mean() > shares[1].mean() + 0.1


@given(queries=st.integers(1, 20000), first=st.floats(0.01, 1), data=st.data())
def test_the_square_shrinks_as_published_at_any_budget(queries, first, data):
    number = data.draw(st.integers(0, queries - 1))
    # Next to a bound the authors' division may round to either side of it.
    near = {published_part(number + hair, queries, first) for hair in (-1e-9, 1e-9)}
    assert part_of_image(number, queries, first) in near


def test_the_bounds_of_the_schedule_are_the_published_ones():
    parts = [part_of_image(number, 10000, 0.8) for number in range(10000)]
    smaller = [number for number in range(1, 10000) if parts[number] != parts[number - 1]]
    assert smaller == [11, 51, 201, 501, 1001, 2001, 4001, 6001, 8001]
    assert [parts[number] for number in (0, *smaller)] == [0.8 / 2**halvings for halvings in range(10)]


@given(part=st.floats(1e-4, 1), height=st.integers(1, 64), width=st.integers(1, 64))
def test_a_square_covers_its_share_of_the_image_where_it_fits(part, height, width):
    side = square_side(part, height, width, "linf")
    assert side == min(max(round(math.sqrt(part * height * width)), 1), height, width)
    least = max(round(math.sqrt(part * height * width)), 3)
    assert square_side(part, height, width, "l2") == min(least + (least % 2 == 0), height, width)


def test_squares_are_as_large_as_the_schedule_says_and_anywhere():
    """Seen by the images that are asked about: where nothing is gained, each is the first one but for its square."""
    images, model, queries = np.empty((8, 15, 20, 3), np.uint8), Recorded(), 1000
    images[:] = np.arange(60, 220, 20)[:, None, None, None]  # tells the rows apart
    attack("square", certain, images, np.zeros(8, np.int64), 4 / 255, queries=queries, ask=model)
    first, *others = model.asked
    assert len(others) == queries - 1
    whole, lefts, tops = 0, set(), set()
    for number, tried in enumerate(others):
        expected = min(max(round(math.sqrt(published_part(number, queries, 0.8) * 300)), 1), 15)
        rows = np.rint((tried.mean((1, 2, 3)) - 60) / 20).astype(int)
        for changed in (tried != first[rows]).any(3):
            down, right = np.nonzero(changed)
            assert max(np.ptp(down), np.ptp(right)) < expected
            if max(np.ptp(down), np.ptp(right)) == expected - 1:
                whole += 1
            if expected == 1:
                tops.add(int(down[0]))
                lefts.add(int(right[0]))
    asked = sum(map(len, others))
    assert whole > 0.9 * asked, "not always: a column in the colour that was there does not show"
    assert asked > 0.85 * 8 * (queries - 1), "the same for a square of one pixel: 1 in 8 asks nothing new"
    assert (tops, lefts) == (set(range(15)), set(range(20)))


def test_linf_starts_at_vertical_stripes_of_the_whole_change(grey):
    model = Recorded()
    attack("square", certain, grey, np.zeros(20, np.int64), 4 / 255, queries=1, ask=model)
    change = offsets(model.asked[0], grey)
    assert set(np.unique(change)) == {-4, 4}
    assert (change == change[:, :1]).all()
    assert abs(change[:, 0].mean()) < 1, "a sign for each column and channel: 300 coins"


@pytest.mark.parametrize("side", [1, 2, 3, 4, 5, 8, 13])
def test_a_bump_is_the_sum_of_the_paper(side):
    """Section 3.4: two halves of either sign, at distance d of its middle the sum of 1 / k^2 for k from d + 1."""

    def half(height: int, width: int) -> np.ndarray:
        ends, made = max(height // 2, width // 2) + 1, np.zeros((height, width))
        for row in range(height):
            for column in range(width):
                away = max(abs(row - height // 2), abs(column - width // 2))
                made[row, column] = sum(1 / k**2 for k in range(away + 1, ends + 1))
        return made / max(np.sqrt((made**2).sum()), 1e-9)

    exact = np.concatenate([half(side // 2, side), -half(side - side // 2, side)])
    exact /= np.sqrt((exact**2).sum())
    assert _bump(side, False) == pytest.approx(exact, abs=1e-6)
    assert np.array_equal(_bump(side, True), _bump(side, False).T)


def test_an_l2_step_is_that_of_the_paper():
    """Algorithm 3, a channel at a time, in real numbers: what is left of a step in whole levels points the same way."""
    rng = np.random.default_rng(5)
    height, width, side, radius = 11, 13, 5, 900.0
    base = rng.integers(100, 156, (40, height, width, 3), dtype=np.uint8)
    # Some use all the length that is allowed, some leave as much as is used.
    now = np.clip(np.rint(base + rng.normal(0, [[[[30]]], [[[43]]]] * 20, base.shape)), 0, 255).astype(np.uint8)
    draws = rng.random((40, 8))
    made = _trade(base, now, draws, side, radius)
    for row in range(40):
        down, right, to_down, to_right = (
            int(draw * (size - side + 1)) for draw, size in zip(draws[row], (height, width) * 2, strict=False)
        )
        taken, given_ = np.zeros((2, height, width), bool)
        taken[down : down + side, right : right + side] = True
        given_[to_down : to_down + side, to_right : to_right + side] = True
        change = offsets(now[row], base[row])
        unused = max(radius**2 - (change**2).sum(), 0)
        assert (unused > 0.3 * radius**2) == (row % 2 == 0)
        after = change.copy()
        after[taken] = 0
        for channel in range(3):
            there = change[..., channel][given_]
            bump = _bump(side, bool(draws[row, 4] < 0.5)).ravel() * (-1 if draws[row, 5 + channel] < 0.5 else 1)
            bump = bump + there / max(np.linalg.norm(there), 1e-10)
            budget = (change[..., channel][taken | given_] ** 2).sum() + unused / 3
            after[..., channel][given_] = bump / np.linalg.norm(bump) * np.sqrt(budget)
        exact = np.clip(base[row] + after * radius / np.linalg.norm(after), 0, 255) - base[row]
        found = offsets(made[row], base[row])
        assert np.linalg.norm(found) <= radius
        assert np.linalg.norm(found - exact) < 0.03 * radius


@settings(max_examples=40)
@given(
    norm=st.sampled_from(["linf", "l2"]),
    reach=st.floats(1, 60),
    side=st.integers(1, 12),
    channels=st.sampled_from([1, 3]),
    queries=st.integers(1, 150),
    seed=st.integers(0, 2**62),
)
def test_the_image_handed_back_is_within_epsilon_and_no_row_asks_more_than_it_may(
    norm, reach, side, channels, queries, seed
):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (5, side, side + 1, channels), dtype=np.uint8)
    model = linear(torch.from_numpy(rng.normal(size=(channels, side, side + 1)).astype(np.float32)))
    clean, ask = probabilities(model, images), Queried(model)
    labels = np.where(rng.random(5) < 0.8, clean.argmax(1), rng.integers(0, 2, 5))
    numbers = rng.integers(0, 2**63, 5).astype(np.uint64)
    made = attack("square", model, images, labels, reach / 255, numbers, norm=norm, queries=queries, ask=ask)

    assert made.images.dtype == np.uint8
    assert made.images.shape == images.shape
    change = np.abs(offsets(made.images, images))
    sizes = change.max((1, 2, 3)) if norm == "linf" else np.sqrt((change**2).sum((1, 2, 3)))
    assert (sizes <= reach * (1 + 1e-6)).all()
    asked = made.columns["queries"]
    assert ask.images == asked.sum()
    assert asked.max() <= queries
    wrong_before = clean.argmax(1) != labels
    assert np.array_equal(made.images[wrong_before], images[wrong_before])
    assert np.array_equal(asked == 0, wrong_before)


@BOTH
def test_a_row_is_the_same_in_any_batch_and_order(norm):
    images, model, numbers = scenes(40, 12), network(), seeds(40)
    labels, ask, order = answers(model, images), each_alone(model), np.array([33, 2, 7, 39, 12])
    options = {"norm": norm, "queries": 80, "ask": ask}
    epsilon = {"linf": 4, "l2": 60}[norm] / 255
    whole = attack("square", model, images, labels, epsilon, numbers, **options)
    part = attack("square", model, images[order], labels[order], epsilon, numbers[order], **options)
    assert np.array_equal(part.images, whole.images[order])
    assert np.array_equal(part.columns["queries"], whole.columns["queries"][order])
    other = attack("square", model, images[order], labels[order], epsilon, numbers[order] + np.uint64(99), **options)
    assert (other.images != part.images).any((1, 2, 3)).all()
    assert 0 < (answers(model, whole.images) != labels).sum() < 40


@BOTH
def test_a_row_is_finished_with_the_question_that_fools_and_every_step_before_brings_it_nearer(norm):
    images, model = scenes(12, 12), network()
    labels = answers(model, images)
    epsilon, fallen = {"linf": 4, "l2": 80}[norm] / 255, 0
    for row in range(12):
        ask = Recorded(each_alone(model))
        one, label = images[row : row + 1], labels[row : row + 1]
        made = attack("square", model, one, label, epsilon, norm=norm, queries=300, ask=ask)
        tried = np.concatenate(ask.asked)
        assert len(tried) == made.columns["queries"][0]
        told = each_alone(model)(tried).logits
        ahead = np.delete(told, label[0], axis=1).max(1) - told[:, label[0]]
        assert (ahead[:-1] <= CLEAR).all()
        fallen += ahead[-1] > CLEAR
        # The image handed on is that of all asked about in which another class comes nearest to the label.
        assert np.array_equal(made.images[0], tried[ahead.argmax()])
    assert 4 < fallen < 12


def test_an_error_by_a_hair_does_not_count():
    """Asked in another batch the model may round to the other side."""
    for lead in (CLEAR / 2, CLEAR * 2):
        logits = torch.tensor([[0.0, lead]])
        ask = Queried(lambda pixels, logits=logits: logits.repeat(len(pixels), 1))
        made = attack("square", certain, scenes(3, 8), np.zeros(3, np.int64), 8 / 255, queries=30, ask=ask)
        assert ((made.columns["queries"] == 1) == (lead > CLEAR)).all()


def test_what_changes_nothing_is_not_asked():
    """Of an image of one value there are two others: each question but the first would be a coin's toss."""
    images = np.full((200, 1, 1, 1), 128, np.uint8)
    made = attack("square", certain, images, np.zeros(200, np.int64), 8 / 255, queries=41)
    assert made.columns["queries"].mean() == pytest.approx(1 + 20, abs=1)
    assert made.columns["queries"].std() == pytest.approx(math.sqrt(40 / 4), abs=0.6)


@BOTH
def test_rows_that_are_wrong_when_clean_cost_nothing(norm):
    images, model = scenes(12, 16), network()
    labels = (answers(model, images) + 1) % 5
    labels[0] = 7  # a class that the model does not have
    ask = Queried(model)
    made = attack("square", model, images, labels, 8 / 255, norm=norm, ask=ask)
    assert np.array_equal(made.images, images)
    assert ask.images == 0


def test_an_epsilon_between_levels_is_rounded_down():
    model, images = network(), scenes(6, 12)
    labels = answers(model, images)
    whole, between = (attack("square", model, images, labels, e / 255, queries=50).images for e in (2, 2.9))
    assert np.array_equal(whole, between)


@BOTH
def test_no_epsilon_and_no_rows_change_nothing_and_ask_nothing(norm):
    images, ask = scenes(2, 8), Queried(network())
    for rows, epsilon in ((slice(2), 0.0), (slice(0), 0.1)):
        few = images[rows]
        made = attack("square", network(), few, np.zeros(len(few), np.int64), epsilon, norm=norm, ask=ask)
        assert np.array_equal(made.images, few)
        assert made.columns["queries"].shape == (len(few),)
    assert ask.images == 0


@BOTH
def test_an_epsilon_below_one_level_and_rows_without_a_label_are_refused(norm):
    with pytest.raises(GenerationError, match=r"^square: epsilon 0\.003 is below 1/255"):
        attack("square", network(), scenes(2, 8), np.zeros(2, np.int64), 0.003, norm=norm)
    with pytest.raises(GenerationError, match=r"^square: some rows have no label"):
        attack("square", network(), scenes(2, 8), np.array([0, -1]), 8 / 255, norm=norm)


@pytest.mark.parametrize("options", [{"norm": "l1"}, {"queries": 0}, {"p_init": 0}, {"p_init": 1.1}, {"steps": 3}])
def test_wrong_options_are_option_errors(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        check_options(SQUARE.make, options, given=SQUARE.given)


def test_it_declares_what_the_engine_must_know():
    assert (SQUARE.kind, SQUARE.scale, SQUARE.levels, SQUARE.bounds) == ("attack", "epsilon", (), (0, float("inf")))
    assert SQUARE.needs == {"labels", "queries", "answers"}
    assert check_options(SQUARE.make, {}, given=SQUARE.given) == {"norm": "linf", "queries": 5000, "p_init": 0.8}
