"""The smallest region, through the engine and models of which the part that they look at is known."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from small_world import Answering, cell, check, generator, lost, plan, right, sums_to_one

from pytest_robust.engine.bench import Bench
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.smallest import smallest
from pytest_robust.generators import registry
from pytest_robust.generators._chain import Step
from pytest_robust.record import Region

CASES = 100
HEIGHT, WIDTH = 24, 32
GREY = 100


def grey():
    return {
        "images": np.full((60, HEIGHT, WIDTH, 3), GREY, np.uint8),
        "labels": [0] * 60,
        "classes": ["dark", "bright"],
    }


@generator(kind="corruption", scale="severity", levels=(1, 2, 3, 4, 5), risk="A lamp of five strengths.")
def lamps(images: Any, *, severity: float, seeds: Any) -> Any:
    return images + np.uint8(10 * severity)


@generator(kind="corruption", scale="severity", levels=(1, 2, 3, 4, 5), moves=True, risk="A lamp that swings.")
def swinging(images: Any, *, severity: float, seeds: Any) -> Any:
    return images + np.uint8(10 * severity)


@generator(kind="corruption", scale="severity", levels=(1, 2, 3), risk="A lamp that lights up a corner.")
def corner(images: Any, *, severity: float, seeds: Any) -> Any:
    made = images.copy()
    made[:, :5, -9:] += np.uint8(30)
    return made


def bright_where(says: Any) -> Answering:
    """A model that says bright where a function of the brightness (n, h, w) says so."""

    def answers(images: Any) -> Any:
        bright = np.asarray(says(images[..., 0].astype(int)), np.float32)
        return np.stack([1 - bright, bright], axis=1)

    return Answering(function=answers, classes=("dark", "bright"))


def found_by(model: Any, where: Any = None, property_: Any = right, places: Any = (0, 1, 2)) -> Any:
    bench = Bench(plan(model, data={"test": f"{__file__}:grey"}), None, [])
    return smallest(bench, bench.site(where or cell(lamps, 5)), property_, None, places)


def rectangle(rng: Any, most: float = 0.5) -> Any:
    """Of at most this share of the image."""
    while True:
        top, bottom = sorted(rng.choice(HEIGHT + 1, 2, replace=False).tolist())
        left, right_ = sorted(rng.choice(WIDTH + 1, 2, replace=False).tolist())
        if (bottom - top) * (right_ - left) <= most * HEIGHT * WIDTH:
            return top, bottom, left, right_


def region(top: int, bottom: int, left: int, right_: int) -> Region:
    return Region(top=top, left=left, height=bottom - top, width=right_ - left, image_height=HEIGHT, image_width=WIDTH)


def test_the_part_that_a_model_looks_at_is_found():
    rng, hits = np.random.default_rng(1), 0
    for _ in range(CASES):
        top, bottom, left, right_ = known = rectangle(rng)
        found = found_by(
            bright_where(lambda image, t=top, b=bottom, x=left, y=right_: image[:, t:b, x:y].min(axis=(1, 2)) >= 120)
        )
        assert sorted(found) == [0, 1, 2]
        hits += all((one.level, one.region) == ("2", region(*known)) for one in found.values())
    assert hits >= 0.95 * CASES


def test_of_a_part_of_which_a_share_is_enough_no_more_than_a_tenth_too_much_is_found():
    rng, hits = np.random.default_rng(2), 0
    for _ in range(CASES):
        top, bottom, left, right_ = rectangle(rng)
        sides = np.multiply.outer(np.arange(1, bottom - top + 1), np.arange(1, right_ - left + 1))
        enough = int(np.ceil(rng.uniform(0.2, 1) * sides.max()))

        def says(image: Any, part: Any = np.s_[:, top:bottom, left:right_], enough: int = enough) -> Any:
            return (image[part] > GREY).sum(axis=(1, 2)) >= enough

        one = found_by(bright_where(says), places=[0])[0]
        assert one.region is not None
        hits += one.region.height * one.region.width <= 1.1 * sides[sides >= enough].min()
    assert hits >= 0.95 * CASES


@given(st.integers(0, 2**32 - 1), st.floats(0.05, 0.95))
@settings(max_examples=30, deadline=None)
def test_what_is_found_fails_is_the_original_outside_and_is_found_again(seed: int, share: float):
    weights = np.random.default_rng(seed).normal(0.2, 1, (HEIGHT, WIDTH))
    threshold = share * (weights * 50).sum()
    model = bright_where(lambda image: ((image - GREY) * weights).sum(axis=(1, 2)) > max(threshold, 1))
    found, again = found_by(model), found_by(model)
    assert sorted(found) == sorted(again)
    for row, one in found.items():
        assert model.answers(one.image[None])[0, 1] == one.answer[1] == 1
        assert (one.region, one.level) == (again[row].region, again[row].level)
        assert np.array_equal(one.image, again[row].image)
        changed = np.zeros((HEIGHT, WIDTH), bool)
        if one.region is None:
            changed[:] = True
        else:
            assert 0 < one.region.height * one.region.width <= HEIGHT * WIDTH / 2
            changed[
                one.region.top : one.region.top + one.region.height,
                one.region.left : one.region.left + one.region.width,
            ] = True
        level = int(one.level)
        assert np.array_equal(one.image[..., 0], np.where(changed, GREY + 10 * level, GREY))


def test_more_than_half_of_an_image_is_not_told():
    (one,) = found_by(bright_where(lambda image: (image > GREY).mean(axis=(1, 2)) > 0.51), places=[0]).values()
    assert one.region is None
    assert (one.image > GREY).all()


def test_where_a_corner_was_changed_only_it_begins_there():
    model = bright_where(lambda image: (image > GREY).sum(axis=(1, 2)) >= 45)
    (one,) = found_by(model, cell(corner, 3), places=[0]).values()
    assert one.region == region(0, 5, WIDTH - 9, WIDTH)


def test_what_lies_elsewhere_than_before_has_no_region():
    model = bright_where(lambda image: (image > GREY).any(axis=(1, 2)))
    assert found_by(model, places=[0])[0].region is not None
    assert found_by(model, cell(swinging, 5), places=[0])[0].region is None
    for steps, told in (((lamps,), True), ((swinging,), False), ((swinging, lamps), True)):
        chain = cell(registry.get("compose"), 5, steps=[Step(step) for step in steps])
        assert (found_by(model, chain, places=[0])[0].region is not None) == told, steps


def test_a_row_that_contradicts_the_claim_as_it_was_has_no_region():
    model = Answering(function=lambda images: np.full((len(images), 2), 0.75, np.float32), classes=("dark", "bright"))
    found = found_by(model, property_=sums_to_one, places=[0])
    assert all(one.region is None for one in found.values())


def test_a_record_has_it_and_it_is_looked_for_once(tmp_path):
    def judged():
        model = bright_where(lambda image: (image[:, 3:9, 20:31] > 110).all(axis=(1, 2)))
        claimed = check(cell(lamps, 5), lost, "lost <= 0.1")
        engine = Engine(plan(model, claimed, data={"test": f"{__file__}:grey"}), cache=tmp_path)
        return engine.judge(claimed), engine.predictions

    (verdict, first), (again, second) = judged(), judged()
    assert [example.smallest.region for example in verdict.counterexamples] == [region(3, 9, 20, 31)] * 5
    assert again == verdict
    assert (first > 0, second) == (True, 0)
