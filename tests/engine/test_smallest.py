"""The simplest input that still fails, where the lowest level at which each row fails is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_world import CLEAN, Answering, cell, check, generator, lost, plan, right

from pytest_robust.engine.bench import Bench
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.smallest import smallest
from pytest_robust.errors import GenerationError
from pytest_robust.generators import registry
from pytest_robust.generators._chain import Step
from pytest_robust.properties import mean_property

HALF = 128
ROWS = 120


def dark_and_bright():
    """Even images, dark ones of class 0 and bright ones of class 1; a few of each are labelled wrong."""
    rng = np.random.default_rng(3)
    labels = np.arange(ROWS) % 2
    brightness = np.where(labels, rng.integers(HALF, 256, ROWS), rng.integers(0, HALF, ROWS))
    images = np.repeat(brightness.astype(np.uint8), 4 * 4 * 3).reshape(ROWS, 4, 4, 3)
    labels[:6] = 1 - labels[:6]
    return {"images": images, "labels": labels, "classes": ["dark", "bright"]}


def says_bright(images: Any) -> Any:
    bright = (images.mean(axis=(1, 2, 3)) >= HALF).astype(np.float32)
    return np.stack([1 - bright, bright], axis=1)


def brightened(images: Any, amount: Any) -> Any:
    return np.clip(images + np.floor(np.asarray(amount)), 0, 255).astype(np.uint8)


@generator(kind="corruption", scale="severity", levels=(200,), bounds=(0, 255), risk="A lamp of any strength.")
def lamp(images: Any, *, severity: float, seeds: Any) -> Any:
    return brightened(images, severity)


@generator(kind="corruption", scale="severity", levels=(1, 2, 3, 4, 5), risk="A lamp of five strengths.")
def lamps(images: Any, *, severity: float, seeds: Any) -> Any:
    return brightened(images, severity * 30)


@generator(kind="attack", scale="epsilon", needs=("queries", "labels"), risk="Somebody with a lamp.")
def torch_beam(images: Any, *, severity: float, seeds: Any, ask: Any, labels: Any) -> Any:
    assert ask(images).probabilities.shape == (len(labels), 2)
    assert severity >= 1 / 255, "an 8-bit image cannot be changed by less"
    return brightened(images, round(severity * 255, 6))


@mean_property(range=(0, 1), truths={"label"}, summary="How unsure it is of what is wrong.")
def unsure_or_right(evidence: Any) -> Any:
    return np.where(evidence.correct, 1.0, 1 - evidence.confidence / np.arange(2, 2 + len(evidence)))


def model():
    return Answering(function=says_bright, classes=("dark", "bright"))


def world(*checks, **suite):
    return plan(model(), *checks, data={"test": f"{__file__}:dark_and_bright"}, **suite)


def found_by(where, property_=right, places=range(ROWS)):
    bench = Bench(world(), None, [])
    site = bench.site(where)
    drawn = (
        dark_and_bright()["images"][site.draw.first, 0, 0, 0].astype(int),
        dark_and_bright()["labels"][site.draw.first],
    )
    return smallest(bench, site, property_, None, list(places)), *drawn


def test_between_bounds_the_lowest_level_is_found_within_a_tenth_in_every_case():
    found, brightness, labels = found_by(cell(lamp, 200))
    turns = np.flatnonzero((brightness < HALF) & (brightness + 200 >= HALF) & (labels == 0))
    assert sorted(found) == turns.tolist()
    assert len(turns) > 40
    for row in turns.tolist():
        truth = HALF - brightness[row]
        assert truth <= float(found[row].level) <= truth * 1.1 + 1e-9
        assert says_bright(found[row].image[None])[0, 1] == found[row].answer[1] == 1


def test_of_listed_levels_it_is_the_lowest_that_fails():
    found, brightness, labels = found_by(cell(lamps, 5))
    for row, one in found.items():
        assert float(one.level) == min(level for level in range(1, 6) if brightness[row] + 30 * level >= HALF)
    assert sorted(found) == np.flatnonzero((brightness < HALF) & (brightness + 150 >= HALF) & (labels == 0)).tolist()


def test_an_epsilon_is_written_in_grey_values_and_seen_on_an_8_bit_image():
    found, brightness, _ = found_by(cell(torch_beam, 200 / 255))
    assert found
    for row, one in found.items():
        truth = HALF - brightness[row]
        assert one.level.endswith("/255")
        assert truth <= float(one.level.partition("/")[0]) + 1e-6 <= truth * 1.1 + 1e-6
        assert one.image.dtype == np.uint8


def test_where_the_property_is_no_yes_or_no_a_row_fails_where_its_answer_is_wrong():
    found = found_by(cell(lamp, 200), unsure_or_right)[0]
    assert {row: one.level for row, one in found.items()} == {
        row: one.level for row, one in found_by(cell(lamp, 200))[0].items()
    }


@pytest.mark.parametrize("where", [cell(CLEAN)])
def test_where_there_is_no_level_there_is_nothing_to_lower(where):
    assert found_by(where)[0] == {}


@generator(kind="corruption", scale="severity", levels=(1, 2, 3, 4, 5), risk="Nothing at all.")
def still(images: Any, *, severity: float, seeds: Any) -> Any:
    return images


@generator(kind="pipeline", risk="A mirror.")
def mirror(images: Any, *, severity: float, seeds: Any) -> Any:
    return images[:, :, ::-1].copy()


def chain_of(name, *steps, **options):
    written = {"steps" if name == "compose" else "of": [Step(step) for step in steps]}
    return cell(registry.get(name), 5, **written, **options)


def test_of_a_chain_only_what_is_needed_is_left_at_its_lowest_level():
    found, brightness, labels = found_by(chain_of("compose", still, lamps, mirror, still))
    assert sorted(found) == np.flatnonzero((brightness < HALF) & (brightness + 150 >= HALF) & (labels == 0)).tolist()
    for row, one in found.items():
        assert one.level == f"lamps-{min(level for level in range(1, 6) if brightness[row] + 30 * level >= HALF)}"


@generator(kind="corruption", scale="severity", levels=(1, 2, 3, 4, 5), risk="A small lamp.")
def glow(images: Any, *, severity: float, seeds: Any) -> Any:
    return brightened(images, severity * 10)


def test_where_two_steps_are_needed_neither_can_be_left_out_or_lowered():
    found, brightness, _ = found_by(chain_of("compose", glow, still, glow))
    lengths = set()
    for row, one in found.items():
        levels = [int(step.removeprefix("glow-")) for step in one.level.split("+")]
        assert brightness[row] + 10 * sum(levels) >= HALF > brightness[row] + 10 * (sum(levels) - 1)
        assert len(levels) == 1 or brightness[row] + 10 * 5 < HALF, "one at its brightest would do"
        lengths.add(len(levels))
    assert lengths == {1, 2}


def test_a_chain_of_which_nothing_can_be_left_out_or_lowered_keeps_the_name_of_its_cell():
    @generator(kind="corruption", scale="severity", levels=(1, 2, 3, 4, 5), risk="A lamp that needs all its strength.")
    def weak(images: Any, *, severity: float, seeds: Any) -> Any:
        return brightened(images, 200 if severity == 5 else 0)

    found, *_ = found_by(chain_of("compose", weak))
    assert {one.level for one in found.values()} == {"5"}


def test_each_row_of_a_random_chain_has_its_own():
    found, brightness, _ = found_by(chain_of("random_chain", still, lamps, mirror, length=2))
    assert found
    for row, one in found.items():
        assert one.level == f"lamps-{min(level for level in range(1, 6) if brightness[row] + 30 * level >= HALF)}"
        assert one.image.max() == brightness[row] + 30 * int(one.level[-1])


def test_of_the_chain_that_a_search_found_the_lamp_alone_is_left_at_its_lowest_level():
    hits = cases = 0
    for steps in ((still, lamps, mirror), (mirror, still, lamps), (lamps, mirror, still)):
        found, brightness, labels = found_by(chain_of("worst_chain", *steps, length=3, queries=50))
        turns = np.flatnonzero((brightness < HALF) & (brightness + 150 >= HALF) & (labels == 0))
        for row in turns.tolist():
            least = min(level for level in range(1, 6) if brightness[row] + 30 * level >= HALF)
            hits += row in found and found[row].level == f"lamps-{least}"
            assert row not in found or says_bright(found[row].image[None])[0, 1] == found[row].answer[1] == 1
        cases += len(turns)
    assert cases >= 100
    assert hits >= 0.95 * cases


@generator(kind="corruption", scale="severity", levels=(1, 2, 3, 4, 5), risk="Another small lamp.")
def gleam(images: Any, *, severity: float, seeds: Any) -> Any:
    return brightened(images, severity * 10)


def test_of_a_searched_chain_of_which_two_steps_are_needed_neither_can_be_left_out_or_lowered():
    hits = cases = 0
    for steps in ((still, glow, gleam), (gleam, mirror, glow), (glow, gleam, still), (mirror, gleam, glow)):
        found, brightness, labels = found_by(chain_of("worst_chain", *steps, length=3, queries=50))
        for row in np.flatnonzero((brightness + 50 < HALF) & (brightness + 70 >= HALF) & (labels == 0)).tolist():
            cases += 1
            if row not in found:
                continue
            names, levels = zip(*(step.split("-") for step in found[row].level.split("+")), strict=True)
            reached = brightness[row] + 10 * sum(map(int, levels))
            hits += sorted(names) == ["gleam", "glow"] and reached >= HALF > reached - 10
    assert cases >= 20
    assert hits >= 0.95 * cases


def test_a_step_of_a_searched_chain_with_a_level_of_its_own_is_lowered_too():
    where = cell(registry.get("worst_chain"), 5, of=[Step(lamps, level=4.0), Step(still)], length=2, queries=20)
    found, brightness, labels = found_by(where)
    turns = np.flatnonzero((brightness < HALF) & (brightness + 120 >= HALF) & (labels == 0))
    assert sorted(found) == turns.tolist()
    for row, one in found.items():
        assert one.level == f"lamps-{min(level for level in range(1, 5) if brightness[row] + 30 * level >= HALF)}"


def test_a_searched_chain_is_made_again_by_the_randomness_that_it_was_found_with():
    @generator(kind="corruption", scale="severity", levels=(1, 2, 3, 4, 5), risk="A lamp that nobody can foresee.")
    def chancy(images: Any, *, severity: float, seeds: Any) -> Any:
        return brightened(images, (seeds % 128).astype(np.float64)[:, None, None, None])

    found, brightness, labels = found_by(chain_of("worst_chain", chancy, still, length=2, queries=8))
    likely = np.flatnonzero((brightness < HALF) & (brightness > 80) & (labels == 0))
    assert set(likely.tolist()) <= set(found)
    assert {one.level for one in found.values()} == {"chancy-1"}


def judged(cache, *, generator_=lamp, level=200, **suite):
    claimed = check(cell(generator_, level), lost, "lost <= 0.1")
    engine = Engine(world(claimed, **suite), cache=cache)
    return engine.judge(claimed), engine


def test_a_failed_claim_shows_the_smallest_with_its_pictures_and_the_second_time_without_a_question(tmp_path):
    verdict, engine = judged(tmp_path)
    assert verdict.outcome == "FAIL"
    assert len(verdict.counterexamples) == 5
    for example in verdict.counterexamples:
        assert example.smallest is not None
        assert 0 < float(example.smallest.level) < 200
        assert example.smallest.after[0].label == "bright"
        assert example.smallest.perturbed != example.perturbed
        assert example.smallest.difference
    again, second = judged(tmp_path)
    assert again == verdict
    assert (engine.predictions > 0, second.predictions) == (True, 0)
    assert judged(None)[0] == verdict


def test_the_search_is_bounded_in_questions():
    without = Engine(world(check(cell(lamp, 200), right, "right >= 0.1")), cache=None)
    without.judge(without.plan.checks[0])
    _, engine = judged(None)
    level, region = 10 + 4 + 1, 1 + 4 + 1 + 1
    assert engine.predictions - without.predictions <= (level + region) * 32


@generator(kind="corruption", scale="severity", levels=(200,), bounds=(0, 255), risk="A lamp with a bad contact.")
def bad_contact(images: Any, *, severity: float, seeds: Any) -> Any:
    if severity < 100:
        raise GenerationError("the lamp flickers")
    return brightened(images, severity)


def test_a_search_that_goes_wrong_is_told_and_the_verdict_stands():
    verdict, engine = judged(None, generator_=bad_contact)
    assert verdict.outcome == "FAIL"
    assert [example.smallest for example in verdict.counterexamples] == [None] * 5
    (warning,) = engine.warnings
    assert "its smallest counterexamples are not known: " in warning
    assert "the lamp flickers" in warning
