"""Chains: written down, drawn by chance, and searched for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import pictures, seeds

from pytest_robust.carriers import Predictions
from pytest_robust.engine.address import source_digest, told
from pytest_robust.engine.plan import make_plan
from pytest_robust.errors import GenerationError, OptionError, SuiteError
from pytest_robust.generators import Made, generator, registry
from pytest_robust.generators._chain import Step, apply_each, derived, drawn, why_not
from pytest_robust.generators._common import COMMON
from pytest_robust.generators.brightness import brightness
from pytest_robust.generators.compose import compose
from pytest_robust.generators.contrast import contrast
from pytest_robust.generators.fog import fog
from pytest_robust.generators.gaussian_noise import gaussian_noise
from pytest_robust.generators.grayscale import grayscale
from pytest_robust.generators.jpeg_compression import jpeg_compression
from pytest_robust.generators.random_chain import random_chain
from pytest_robust.generators.strong_chain import strong_chain
from pytest_robust.generators.worst_chain import worst_chain
from pytest_robust.registry import check_options
from pytest_robust.sources import Roots
from pytest_robust.suite.files import parse

HEAD = """\
model: {adapter: callable, source: model.py:predict}
data: {test: data.py:test}
require: finite_outputs
scenarios:
  s:
"""


def options(member, **written):
    return check_options(member.make, written, given=member.given)


def mistakes(scenario: str, folder: Path) -> list[str]:
    with pytest.raises(SuiteError) as caught:
        make_plan(parse(HEAD + scenario, folder / "suite.yaml"), Roots((folder,)))
    return [f"{problem.line}:{problem.column}: {problem.message}" for problem in caught.value.problems]


def test_a_chain_is_its_steps_one_after_the_other_with_seeds_of_their_own():
    images, numbers = pictures(3, 32), seeds(3)
    made = compose(
        images, severity=3, seeds=numbers, **options(compose, steps=["fog", {"jpeg_compression": {"severity": 1}}])
    )
    foggy = fog(images, severity=3, seeds=derived(numbers, 0))
    assert np.array_equal(made, jpeg_compression(foggy, severity=1, seeds=derived(numbers, 1)))


def test_two_fogs_are_two_different_ones():
    grey = np.full((1, 64, 64, 3), 90, np.uint8)
    once, twice = (
        compose(grey, severity=2, seeds=seeds(1), steps=[Step(fog)] * times)[..., 0].astype(float) for times in (1, 2)
    )
    same = fog(once.astype(np.uint8)[..., None].repeat(3, axis=3), severity=2, seeds=derived(seeds(1), 0))[..., 0]
    assert np.abs(twice - same).mean() > 2
    assert len({*derived(seeds(50), 0).tolist(), *derived(seeds(50), 1).tolist(), *seeds(50).tolist()}) == 150


def test_steps_without_a_scale_and_columns_of_steps_do_no_harm():
    @generator(kind="field", risk="Tells.")
    def telling(images, *, severity, seeds):
        assert severity == 0
        return Made(images, {"told": np.zeros(len(images))})

    images = pictures(2, 32)
    steps = [Step(telling), Step(contrast), Step(registry.get("clean"))]
    made = compose(images, severity=4, seeds=seeds(2), steps=steps)
    assert np.array_equal(made, contrast(images, severity=4, seeds=seeds(2)))


def test_a_step_that_makes_no_images_is_named():
    @generator(kind="field", risk="Wrong.")
    def halved(images, *, severity, seeds):
        return images / 2

    with pytest.raises(GenerationError, match=r"^halved returned something other than uint8 images of shape \(1, 8"):
        compose(pictures(1, 8), severity=1, seeds=seeds(1), steps=[Step(halved), Step(fog)])


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (["low_light", "motion_blur", "jpeg_compression"], "low_light+motion_blur+jpeg_compression"),
        ([{"fog": {"severity": 2}}, "fog"], "fog-2+fog"),
        ([{"flip": {"direction": "vertical"}}, "rain"], "flip-vertical+rain"),
        ([{"compose": ["fog", "snow"]}, "rain"], "fog+snow+rain"),
    ],
)
def test_cells_are_called_by_all_steps(written, name, tmp_path):
    checked = options(compose, steps=written)
    assert compose.called(checked) == name
    text = f"{HEAD}    generate: {{compose: {written}}}\n    severity: 3\n"
    plan = make_plan(parse(text.replace("'", ""), tmp_path / "suite.yaml"), Roots((tmp_path,)))
    assert [check.cell.label for check in plan.checks] == [f"{name}-3"]


def test_what_is_wrong_with_a_step_is_told_at_its_place(tmp_path):
    listed = "    generate:\n    - compose: [fog, fogg, {rain: {severity: 9}}]\n    - compose: []\n"
    nope = "option 'steps.1' cannot be 'fogg'; unknown generator 'fogg'; did you mean 'fog'?"
    assert mistakes(listed, tmp_path) == [
        f"7:22: {nope}",
        "7:28: option 'steps.2' cannot be {'rain': {'severity': 9}}; rain takes `severity` from 1 to 5",
        "8:16: option 'steps' is missing; write `steps: ...`",
    ]
    named = "    generate:\n    - compose:\n        steps:\n        - fog\n        - fogg\n      \n"
    assert mistakes(named, tmp_path) == [f"10:11: {nope}"]
    length = "    generate:\n    - random_chain:\n        of: [fog, rain]\n"
    assert mistakes(length, tmp_path) == [
        "8:9: option 'length' cannot be 3; there are 2 steps to choose from; write `length: 2` or less"
    ]
    wrong = "    generate:\n    - compose: [{translation: {edgee: x}}, {fog: 3}]\n"
    assert [mistake.partition(":")[0] for mistake in mistakes(wrong, tmp_path)] == ["7", "7"]


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ("pgd", "it needs answers, gradients, labels besides images"),
        ("blend", "it needs partner besides images"),
        ("worst_chain", "it needs answers, labels, queries besides images"),
        ("unfamiliar", "what it makes has not the one right class of its input"),
        ("strong_chain", "what it makes has not the one right class of its input"),
    ],
)
def test_what_cannot_be_a_step_is_refused_by_name(step, reason):
    with pytest.raises(OptionError) as caught:
        options(compose, steps=["fog", step])
    said = f"option 'steps.1' cannot be {step!r}; {step} cannot be a step of a chain: {reason}"
    assert caught.value.mistakes == {("steps", 1): said}


def test_a_step_on_another_scale_needs_a_level_of_its_own():
    @generator(kind="field", scale="severity", bounds=(0, 1), risk="Another scale.")
    def dirt(images, *, severity, seeds):
        return images

    assert why_not(Step(dirt)) == (
        "dirt does not take the severities 1 to 5 of a chain; give it a level of its own: {dirt: {severity: 0}}"
    )
    assert why_not(Step(dirt, level=0.5)) is None


@pytest.mark.parametrize("written", [3, None, {"fog": {}, "rain": {}}, {"fog": 3}, {}, ["fog"], {3: {}}])
def test_what_is_no_step_is_told_how_to_write_one(written):
    with pytest.raises(OptionError, match="a step is a name, or one name with its options"):
        options(compose, steps=[written])


def test_a_step_may_be_a_generator_of_the_users_own(tmp_path):
    (tmp_path / "own.py").write_text(
        "from pytest_robust import generator\n"
        "@generator(kind='field', scale='severity', levels=(1, 5), risk='Mine.')\n"
        "def darker(images, *, severity, seeds, by: int = 10):\n    return images // 2 + by\n"
    )
    written = {"steps": ["own.py:darker", {"own.py:darker": {"by": 3}}]}
    checked = check_options(compose.make, written, given=compose.given, roots=Roots((tmp_path,)))
    images = pictures(1, 8)
    assert np.array_equal(compose(images, severity=1, seeds=seeds(1), **checked), (images // 2 + 10) // 2 + 3)
    assert compose.called(checked) == "darker+darker"


def test_the_source_the_options_and_the_level_of_every_step_are_part_of_the_address():
    base = told(options(compose, steps=["fog", "rain"]))
    same, swapped, levelled = (
        told(options(compose, steps=steps))
        for steps in (["fog", "rain"], ["rain", "fog"], ["fog", {"rain": {"severity": 2}}])
    )
    assert same == base
    assert base not in (swapped, levelled)
    assert told(options(compose, steps=[{"flip": {"direction": "vertical"}}])) != told(
        options(compose, steps=[{"flip": {"direction": "horizontal"}}])
    )
    assert source_digest(fog.make) in repr(base)
    assert told({"steps": [Step(fog)]}) != told({"steps": [Step(replace(fog, make=brightness.make))]})


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12), st.data())
def test_drawn_steps_are_different_and_each_row_has_its_own(many, data):
    length = data.draw(st.integers(1, many))
    numbers = seeds(40, first=data.draw(st.integers(0, 2**40)))
    chains = drawn(numbers, many, length)
    assert chains.shape == (40, length)
    assert all(len(set(row)) == length and set(row) <= set(range(many)) for row in chains.tolist())
    assert np.array_equal(drawn(numbers[7:9], many, length), chains[7:9])


def test_all_orders_are_drawn_alike_often():
    """Six orders of three steps in 6,000 rows: 1,000 each, give or take five standard deviations."""
    orders, counts = np.unique(drawn(seeds(6000), 3, 3), axis=0, return_counts=True)
    assert len(orders) == 6
    assert np.abs(counts - 1000).max() < 5 * np.sqrt(6000 * 1 / 6 * 5 / 6)


def test_each_row_gets_its_own_chain_and_no_more():
    images, numbers = pictures(5, 32), seeds(5)
    steps = [Step(fog), Step(gaussian_noise), Step(jpeg_compression, level=2.0)]
    chains = np.array([[0, 1], [1, 0], [2, -1], [-1, -1], [0, 1]])
    severities = np.array([[1, 5], [3, 3], [4, 4], [1, 1], [2, 5]])
    made = apply_each(steps, chains, images, severities=severities, seeds=numbers)
    for row in range(5):
        alone = slice(row, row + 1)
        expected = images[alone]
        for place, (which, severity) in enumerate(zip(chains[row], severities[row], strict=True)):
            if which >= 0:
                expected = steps[which](expected, severity=severity, seeds=derived(numbers[alone], place))
        assert np.array_equal(made[alone], expected)
    assert np.array_equal(made[3], images[3])


def test_random_chains_are_of_the_given_steps():
    images = pictures(8, 32)
    grey = random_chain(images, severity=2, seeds=seeds(8), of=[Step(grayscale)], length=1)
    assert np.array_equal(grey, grayscale(images, severity=0, seeds=seeds(8)))
    both = random_chain(images, severity=5, seeds=seeds(8), of=[Step(contrast), Step(brightness)], length=2)
    one = contrast(brightness(images, severity=5, seeds=seeds(8)), severity=5, seeds=seeds(8))
    other = brightness(contrast(images, severity=5, seeds=seeds(8)), severity=5, seeds=seeds(8))
    order = [np.array_equal(row, a) - np.array_equal(row, b) for row, a, b in zip(both, one, other, strict=True)]
    assert set(order) == {-1, 1}


def test_a_strong_chain_leaves_little_of_a_picture():
    images = pictures(12, 32)
    made = strong_chain(images, severity=0.0, seeds=seeds(12))
    alone = random_chain(images, severity=5, seeds=seeds(12), of=COMMON, length=1)

    def likeness(found):
        return np.mean([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(images, found, strict=True)])

    assert strong_chain.truth == "unfamiliar"
    assert likeness(made) < 0.6 * likeness(alone)


class Bright:
    """A model that answers 1 above a mean brightness, surer the farther from it; counts what it is asked."""

    def __init__(self, threshold: float) -> None:
        self.threshold, self.asked = threshold, 0

    def __call__(self, images: np.ndarray) -> Predictions:
        self.asked += len(images)
        odds = (images.mean(axis=(1, 2, 3)) - self.threshold) / 10
        one = 1 / (1 + np.exp(-odds))
        return Predictions(np.stack([1 - one, one], axis=1).astype(np.float32))


def search(model: Bright, images: np.ndarray, labels: np.ndarray, severity: float = 5, **more) -> Made:
    answers = model(images).probabilities
    model.asked = 0
    return worst_chain(
        images, severity=severity, seeds=seeds(len(images)), labels=labels, ask=model, answers=answers, **more
    )


def test_a_search_ends_for_each_row_with_the_first_chain_that_fools():
    images = pictures(6, 32) // 2 + 30
    model = Bright(threshold=images.mean() + 40)
    of = [Step(contrast), Step(brightness)]
    found = search(model, images, np.zeros(6, np.int64), of=of, length=2, queries=60)
    assert (model(found.images).probabilities.argmax(axis=1) == 1).all()
    chains, levels, asked = (found.columns[name] for name in ("chain", "severities", "queries"))
    assert model.asked - 6 == asked.sum()
    for row in range(6):
        assert 1 <= asked[row] <= 60
        used = chains[row] >= 0
        assert used[0]
        assert ((levels[row] >= 1) == used).all()
        own = derived(seeds(6)[row : row + 1], int(asked[row]) - 1)
        again = apply_each(
            of, chains[row : row + 1], images[row : row + 1], severities=levels[row : row + 1], seeds=own
        )
        assert np.array_equal(again[0], found.images[row]), "the columns say how the image was made"


def test_a_search_that_fails_gives_the_nearest_it_came_to():
    images = pictures(4, 32)
    model = Bright(threshold=600)
    before = model(images).probabilities[:, 1]
    found = search(model, images, np.zeros(4, np.int64), of=[Step(brightness), Step(contrast)], length=1, queries=12)
    assert (found.columns["queries"] == 12).all()
    assert (model(found.images).probabilities[:, 1] > before).all()
    few = search(model, images, np.zeros(4, np.int64), of=[Step(brightness), Step(contrast)], length=1, queries=3)
    assert (model(few.images).probabilities[:, 1] <= model(found.images).probabilities[:, 1]).all()


def test_a_row_that_is_wrong_as_it_is_stays_and_costs_nothing():
    images = pictures(3, 32)
    model = Bright(threshold=0)
    found = search(model, images, np.zeros(3, np.int64))
    assert np.array_equal(found.images, images)
    assert model.asked == 0
    assert (found.columns["chain"] == -1).all()


def test_no_severity_above_the_cells_is_tried_and_none_of_the_allowed_is_left_out():
    images = pictures(3, 32)
    tried: set[int] = set()
    model = Bright(threshold=600)
    for queries in range(1, 40, 4):
        found = search(model, images, np.zeros(3, np.int64), severity=3, length=2, queries=queries)
        tried |= set(found.columns["severities"].ravel().tolist())
    assert tried == {0, 1, 2, 3}


def test_a_search_is_the_same_row_by_row():
    images, labels = pictures(4, 32), np.zeros(4, np.int64)
    whole = search(Bright(threshold=160), images, labels, queries=10)
    for row in range(4):
        alone = slice(row, row + 1)
        answers = Bright(160)(images[alone]).probabilities
        found = worst_chain(
            images[alone],
            severity=5,
            seeds=seeds(4)[alone],
            labels=labels[alone],
            ask=Bright(160),
            answers=answers,
            queries=10,
        )
        assert np.array_equal(found.images, whole.images[alone])
        assert all(np.array_equal(found.columns[name], whole.columns[name][alone]) for name in whole.columns)


def test_rows_without_a_label_are_refused_and_no_rows_are_none():
    with pytest.raises(GenerationError, match="worst_chain: some rows have no label"):
        search(Bright(100), pictures(2, 8), np.array([0, -1]))
    nothing = search(Bright(100), np.zeros((0, 8, 8, 3), np.uint8), np.zeros(0, np.int64))
    assert nothing.images.shape == (0, 8, 8, 3)
