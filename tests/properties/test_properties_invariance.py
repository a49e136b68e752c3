"""Invariance, consistency and honesty: metamorphic relations against their definitions, and models that break them."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from test_properties_members import evidence, softmax
from test_properties_right import answered, ask, member, series

import pytest_robust
from pytest_robust.carriers import Evidence
from pytest_robust.errors import OptionError
from pytest_robust.generators import generator
from pytest_robust.properties import registry
from pytest_robust.statistics import Levels

EPSILON = 1e-6


def again(*answers: np.ndarray, ids=None) -> Evidence:
    """What a model answered each time that it was asked in another way."""
    first = evidence(answers[0], ids=ids)
    later = {f"probabilities@{k}": np.asarray(one, np.float32) for k, one in enumerate(answers[1:], start=1)}
    return Evidence({**first.columns, **later})


# --- same_answer


def test_same_answer_is_paired_by_id_and_needs_no_labels() -> None:
    clean = evidence(np.eye(3)[[0, 1, 2, 0]], ids=list("dcba"))
    now = evidence([[0.6, 0.4, 0], [0.6, 0.4, 0], [0, 0.3, 0.7]], ids=list("abd"))
    found = ask(member("same_answer"), now, clean)
    assert found.estimate == pytest.approx(1 / 3)
    assert found.method == "Clopper-Pearson"
    assert member("same_answer").badness(now, clean) == pytest.approx([0, 0.6, 0.7])
    assert not registry.get("same_answer").labelled


# --- same_in_any_batch


def test_an_answer_that_depends_on_its_company_is_named_with_the_way_and_by_how_much() -> None:
    asked = np.tile([0.5, 0.5], (4, 1))
    moved = asked.copy()
    moved[2] = [0.52, 0.48]
    rows = evidence(asked, ids=list("abcd"))
    for place, way in enumerate(("in reverse order", "in smaller batches", "among other images")):
        ways = [asked, asked, asked]
        ways[place] = moved
        found = ask(member("same_in_any_batch"), rows, again(*ways, ids=list("abcd")))
        assert (found.outcome, found.n, found.estimate) == ("FAIL", 3, pytest.approx(2 / 3))
        assert found.reason == f"the answer to row c differs by 0.02 {way}"
    badness = member("same_in_any_batch").badness(rows, again(moved, asked, asked, ids=list("abcd")))
    assert badness == pytest.approx([0, 0, 0.02, 0], abs=EPSILON)


def test_the_tolerance_is_an_option() -> None:
    asked = np.tile([0.5, 0.5], (3, 1))
    reference = again(asked, asked + np.array([0.005, -0.005]), asked)
    tolerant = ask(member("same_in_any_batch", tolerance="0.01"), evidence(asked), reference)
    assert (tolerant.outcome, tolerant.n, tolerant.estimate) == ("PASS", 3, 1.0)
    assert ask(member("same_in_any_batch"), evidence(asked), reference).n == 1
    with pytest.raises(OptionError, match="option 'tolerance' cannot be"):
        member("same_in_any_batch", tolerance=-1)


@pytest.mark.parametrize(
    ("asked", "told", "outcome"),
    [
        ([np.nan, 1.0], [np.nan, 1.0], "PASS"),
        ([np.inf, 0.0], [np.inf, 0.0], "PASS"),
        ([np.nan, 1.0], [0.5, 1.0], "FAIL"),
        ([np.inf, 0.0], [-np.inf, 0.0], "FAIL"),
    ],
)
def test_what_is_no_number_is_the_same_as_itself_alone(asked, told, outcome) -> None:
    found = ask(member("same_in_any_batch"), evidence([asked]), again([told], [told], [told]))
    assert found.outcome == outcome


def test_it_waits_for_every_row() -> None:
    asked = np.tile([0.5, 0.5], (3, 1))
    judge = member("same_in_any_batch").judge
    assert judge(evidence(asked), again(asked), None, None, Levels(), final=False).outcome is None
    assert judge(evidence(asked[:0]), again(asked), None, None, Levels(), final=True).outcome == "INCONCLUSIVE"


def test_a_model_that_normalises_by_its_batch_is_found_out() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(80) % 2
    images = (rng.integers(0, 120, (80, 6, 6, 1)) + 100 * labels[:, None, None, None]).astype(np.uint8)

    def normalising(images):
        bright = images.mean(axis=(1, 2, 3)) - images.mean()
        return np.stack([1 / (1 + np.exp(bright / 10)), 1 / (1 + np.exp(-bright / 10))], axis=1)

    def fixed(images):
        bright = images.mean(axis=(1, 2, 3)) - 110
        return np.stack([1 / (1 + np.exp(bright / 10)), 1 / (1 + np.exp(-bright / 10))], axis=1)

    for model, outcome in ((normalising, "FAIL"), (fixed, "PASS")):
        (verdict,) = pytest_robust.check(model=model, data=(images, labels), require="same_in_any_batch")
        assert verdict.outcome == outcome, verdict


# --- monotone_in_severity, monotone_in_weight


def ladder(*right: float) -> list[np.ndarray]:
    """A row's answers at one level after the other, by the probability of its class."""
    return [np.array([[p, 1 - p]]) for p in right]


@pytest.mark.parametrize(
    ("right", "slack", "holds"),
    [
        ((0.9, 0.8, 0.1), 0.05, True),
        ((0.5, 0.54, 0.5), 0.05, True),
        ((0.5, 0.56, 0.1), 0.05, False),
        ((0.5, 0.54, 0.58), 0.05, False),  # creeps up by less than the slack at each step
        ((0.5, 0.54, 0.58), 0.1, True),
        ((0.2, 0.2, 0.2), 0.0, True),
        ((0.0, 1.0), 0.9, False),
    ],
)
def test_a_row_is_monotone_where_no_level_lies_above_a_milder_one(right, slack, holds) -> None:
    cells = series(*(evidence(answers, [0]) for answers in ladder(*right)))
    asked = member("monotone_in_severity", slack=slack)
    assert asked.values(cells, None).tolist() == [holds]
    rise = max(b - a for i, a in enumerate(right) for b in right[i:])
    assert asked.badness(cells, None) == pytest.approx([0.0 if holds else rise], abs=EPSILON)
    # The same of the first parent, the other way round: its weight grows.
    pairs = [
        evidence(answers, truth="parents", parents=[[0, 1]], weight=[0.5])
        for answers in ladder(*(1 - p for p in right))
    ]
    weights = [0.1 * (place + 1) for place in range(len(pairs))]
    more = member("monotone_in_weight", slack=slack)
    assert more.values(series(*pairs, levels=weights), None).tolist() == [holds]
    assert more.badness(series(*pairs, levels=weights), None) == pytest.approx([0.0 if holds else rise], abs=EPSILON)


@given(st.lists(st.floats(0, 1, width=32), min_size=2, max_size=5), st.randoms())
def test_the_order_of_the_suite_does_not_matter_the_levels_do(right, random) -> None:
    cells = [evidence(answers, [0]) for answers in ladder(*right)]
    order = list(range(len(cells)))
    random.shuffle(order)
    shuffled = series(*(cells[place] for place in order), levels=[float(place) for place in order])
    asked = member("monotone_in_severity")
    assert asked.values(shuffled, None) == asked.values(series(*cells), None)


def test_the_first_parent_is_the_one_whose_weight_it_is() -> None:
    cells = [
        evidence([[0, 0.2, 0.8]], truth="parents", parents=[[1, 2]]),
        evidence([[0, 0.7, 0.3]], truth="parents", parents=[[1, 2]]),
    ]
    assert member("monotone_in_weight").values(series(*cells, levels=(0.3, 0.7)), None).tolist() == [1]
    assert member("monotone_in_weight").values(series(*cells, levels=(0.7, 0.3)), None).tolist() == [0]


# --- swap_symmetry


def test_swap_symmetry_is_one_less_the_mean_leaning_to_a_side() -> None:
    rows = evidence(
        [[0.9, 0.1, 0], [0.2, 0.7, 0.1], [0.5, 0.5, 0], [0, 0, 1]],
        truth="parents",
        parents=[[0, 1], [0, 1], [1, 0], [0, 1]],
        side=[0, 2, 1, 3],
    )
    other = evidence([[0.3, 0.7, 0], [0.2, 0.7, 0.1], [0.1, 0.9, 0], [0.4, 0.1, 0.5]])
    # first less second: 0.8 and -0.4; alike; 0 and 0.8, the first being class 1; 0 and 0.3, the first on the far side
    leaning = [(0.8 + 0.4) / 2, 0.0, (0 - 0.8) / 2, -(0 - 0.3) / 2]
    found = ask(member("swap_symmetry"), rows, other)
    assert found.estimate == pytest.approx(1 - abs(sum(leaning)) / 4, abs=EPSILON)
    assert found.interval[0] <= found.estimate <= found.interval[1] <= 1
    assert member("swap_symmetry").badness(rows, other) == pytest.approx([0.6, 0, 0, 0.15], abs=EPSILON)


@given(st.integers(0, 2**32), st.integers(2, 6))
def test_which_picture_is_called_the_first_does_not_matter(seed, classes) -> None:
    """Parents exchanged, and the picture with its twin: the same two pictures, named the other way round."""
    rng = np.random.default_rng(seed)
    first, second = rng.dirichlet(np.full(classes, 0.1), (2, 9)).astype(np.float32)
    parents, side = np.array([rng.permutation(classes)[:2] for _ in range(9)]), rng.integers(4, size=9)
    rows = evidence(first, truth="parents", parents=parents, side=side)
    again = evidence(second, truth="parents", parents=parents[:, ::-1], side=side)
    found = ask(member("swap_symmetry"), rows, evidence(second))
    assert 0 <= found.estimate <= 1
    assert found.estimate == pytest.approx(ask(member("swap_symmetry"), again, evidence(first)).estimate)
    assert ask(member("swap_symmetry"), rows, evidence(first)).estimate == pytest.approx(1)


BARS = {"images": np.zeros((400, 8, 8, 1), np.uint8), "labels": np.arange(400) % 3}
for image, label in zip(BARS["images"], BARS["labels"], strict=True):
    image[:] = (30, 120, 210)[label]


def sees(images: np.ndarray) -> np.ndarray:
    """How much of each picture shows each of the three greys."""
    shares = np.stack([(abs(images.astype(int) - grey) < 30).mean(axis=(1, 2, 3)) for grey in (30, 120, 210)], axis=1)
    return (shares + 1e-3) / (shares + 1e-3).sum(axis=1, keepdims=True)


def sees_the_left(images: np.ndarray) -> np.ndarray:
    return sees(images[:, :, : images.shape[2] // 2])


@pytest.mark.parametrize("weight", [0.25, 0.5])
def test_a_model_that_looks_to_the_left_is_found_out(weight) -> None:
    for model, outcome in ((sees, "PASS"), (sees_the_left, "FAIL")):
        (verdict,) = pytest_robust.check(
            model=model, data=BARS, generate="chimera", weight=weight, require="swap_symmetry >= 0.9"
        )
        assert verdict.outcome == outcome, verdict


def test_a_model_that_likes_one_side_scores_zero() -> None:
    for side in (slice(0, 3), slice(5, 8)):  # what reaches neither into the other half nor above or below
        (verdict,) = pytest_robust.check(
            model=lambda images, side=side: sees(images[:, :, side]),
            data=BARS,
            generate="chimera",
            weight=0.5,
            require="swap_symmetry >= 0.9",
            statistics={"early_stopping": False},
        )
        # Half of the seams lie across, and there it sees both halves of the same width.
        assert verdict.estimate == pytest.approx(0.5, abs=0.15)
        assert verdict.counterexamples


# --- not_random


def test_a_row_is_random_where_it_is_both_unsteady_and_off() -> None:
    sure = np.eye(4)
    parents = [[0, 1]] * 4
    rows = evidence(sure[[2, 0, 2, 0]], truth="parents", parents=parents)
    # unsteady and off; unsteady on a parent; steady and off; steady on a parent
    ways = [sure[[3, 1, 2, 0]], sure[[0, 2, 2, 0]], sure[[1, 3, 2, 0]], sure[[3, 0, 2, 0]]]
    found = ask(member("not_random"), rows, again(*ways))
    assert (found.estimate, found.method) == (0.75, "Clopper-Pearson")
    assert member("not_random").values(rows, again(*ways)).tolist() == [0, 1, 1, 1]
    assert member("not_random").badness(rows, again(*ways)).tolist() == [1, 0, 0, 0]


@pytest.mark.parametrize(("bound", "random"), [(0.09, True), (0.11, False)])
def test_unsteadiness_is_the_mean_divergence_from_the_answer_without_noise(bound, random) -> None:
    rng = np.random.default_rng(2)
    before = softmax(rng, 1, 5, 2.0)
    ways = [softmax(rng, 1, 5, 2.0) for _ in range(4)]
    exact = np.mean([jensenshannon(before[0], way[0], base=2) ** 2 for way in ways])
    rows = evidence(before, truth="parents", parents=[[int(place) for place in np.argsort(before[0])[:2]]])
    asked = member("not_random", divergence=str(exact * bound / 0.1))
    assert asked.values(rows, again(*ways)).tolist() == [not random]
    half = member("not_random").function.__doc__
    assert "(.5, .5) to (.84, .16)" in half
    assert jensenshannon([0.5, 0.5], [0.84, 0.16], base=2) ** 2 == pytest.approx(0.1, abs=0.003)


def guesses(images: np.ndarray) -> np.ndarray:
    """Of a picture that is one of ten even greys, the right class; of all else, whatever its pixels' hash says."""
    answers = np.full((len(images), 10), 0.01)
    for image, answer in zip(images, answers, strict=True):
        even = np.ptp(image) <= 4
        number = round(float(image.mean()) / 25) if even else zlib.crc32(image.tobytes())
        answer[min(number % 10, 9)] += 0.9
    return answers


def doubts(images: np.ndarray) -> np.ndarray:
    """The share of the picture that is each of ten greys."""
    nearest = np.clip(np.rint(images / 25.0), 0, 9)
    shares = np.stack([(nearest == grey).mean(axis=(1, 2, 3)) for grey in range(10)], axis=1)
    return 0.9 * shares + 0.01


def is_stubborn(images: np.ndarray) -> np.ndarray:
    """Class 7, always: wrong, but not at random."""
    return np.tile(np.where(np.arange(10) == 7, 0.91, 0.01), (len(images), 1))


GREYS = {
    "images": np.repeat(25 * (np.arange(300) % 10), 64).reshape(300, 8, 8, 1).astype(np.uint8),
    "labels": np.arange(300) % 10,
}


@pytest.mark.parametrize(("model", "outcome"), [(guesses, "FAIL"), (doubts, "PASS"), (is_stubborn, "PASS")])
def test_guessing_fails_and_graceful_failure_passes(model, outcome) -> None:
    (verdict,) = pytest_robust.check(
        model=model, data=GREYS, generate="chimera", weight=0.5, require="not_random >= 0.9"
    )
    assert verdict.outcome == outcome, verdict


def test_a_pure_guesser_scores_what_chance_lets_it() -> None:
    (verdict,) = pytest_robust.check(
        model=guesses,
        data=GREYS,
        generate="chimera",
        weight=0.5,
        require="not_random >= 0.9",
        statistics={"early_stopping": False},
    )
    assert verdict.estimate == pytest.approx(2 / 10, abs=0.1)
    assert verdict.counterexamples


def test_of_two_classes_none_is_off_both() -> None:
    rows = evidence(np.eye(2), truth="parents", parents=[[0, 1]] * 2)
    assert ask(member("not_random"), rows, again(*[np.eye(2)[::-1]] * 4)).estimate == 1


# --- all of them, end to end


@generator(kind="field", scale="severity", levels=(1, 2, 3), risk="A lamp that fails.")
def dimming(images, *, severity, seeds):
    return (images * (1 - severity / 10)).astype(np.uint8)


def test_what_follows_a_row_through_levels_is_one_verdict_a_generator() -> None:
    verdicts = pytest_robust.check(
        model=doubts,
        data=GREYS,
        generate=dimming,
        severity=[1, 2, 3],
        require=[
            "monotone_in_severity >= 0.3",
            "flip_rate <= 0.9",
            "top5_distance(against=first) <= 0.9",
            "same_answer >= 0.1",
        ],
        statistics={"early_stopping": False},
    )
    assert [verdict.id for verdict in verdicts] == [
        *(f"check::dimming-{level}::same_answer" for level in (1, 2, 3)),
        *(f"check::dimming::{name}" for name in ("monotone_in_severity", "flip_rate", "top5_distance")),
    ]
    frames = [doubts(dimming(GREYS["images"], severity=level, seeds=None)) for level in (1, 2, 3)]
    right = np.stack([frame[np.arange(300), GREYS["labels"]] for frame in frames])
    told = {verdict.id: verdict.estimate for verdict in verdicts}
    monotone = (np.maximum(right[1:].max(axis=0) - right[0], right[2] - right[1]) <= 0.05).mean()
    assert told["check::dimming::monotone_in_severity"] == pytest.approx(monotone)
    top = np.stack([frame.argmax(axis=1) for frame in frames])
    assert told["check::dimming::flip_rate"] == pytest.approx((top[1:] != top[:-1]).mean())
    unchanged = doubts(GREYS["images"]).argmax(axis=1)
    assert told["check::dimming-2::same_answer"] == pytest.approx((top[1] == unchanged).mean())


def test_answered_rows_are_what_these_tests_take_them_for() -> None:
    assert answered(0, 1).correct.tolist() == [True, False]
