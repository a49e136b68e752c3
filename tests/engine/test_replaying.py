"""Which counterexamples can be asked alone, and what the model says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_world import (
    Answering,
    Brightest,
    cell,
    check,
    colours,
    grain,
    lost,
    mix,
    on_both,
    plan,
    right,
    strange,
    sums_to_one,
)

from pytest_robust.engine.engine import Engine
from pytest_robust.engine.replaying import can_be_asked
from pytest_robust.properties import mean_property, registry

NOISY = check(cell(grain, 3), right, "right >= 0.99")


@mean_property(range=(0, 1), truths={"label"}, summary="How unsure it is.")
def unsure(evidence: Any) -> Any:
    return 1 - evidence.confidence


def judged(model: Any, one: Any = NOISY, cache: Path | None = None) -> tuple[Engine, list[Any]]:
    engine = Engine(plan(model, one), cache=cache)
    verdict = engine.judge(one)
    assert verdict.outcome == "FAIL"
    return engine, engine.worth_keeping(one, verdict, suite="suite.yaml", known=())


@pytest.mark.parametrize(
    ("one", "can"),
    [
        (NOISY, True),
        (check(cell(grain, 3), lost, "lost <= 0.1"), True),
        (check(cell(mix, 0.5), on_both, "on_both >= 0.9"), False),
        (check(cell(mix, 0.5), sums_to_one, "sums_to_one"), True),
        (check(cell(strange, data="letters"), registry.get("finite_outputs"), "finite_outputs"), True),
        (check(cell(grain, 3), registry.get("same_in_any_batch"), "same_in_any_batch"), False),
    ],
)
def test_a_picture_alone_contradicts_a_right_class_or_what_is_true_of_every_row(one: Any, can: bool) -> None:
    assert can_be_asked(one) == can


def test_what_is_kept_is_the_simplest_picture_and_what_the_model_answers_to_it_alone() -> None:
    model = Brightest(sharpness=0.1)
    _, kept = judged(model)
    assert 0 < len(kept) <= 5
    for example, image in kept:
        answer = model.answers(image[None])[0]
        assert example.after[0].label == model.classes[int(answer.argmax())] != example.label
        assert example.after[0].probability == pytest.approx(float(answer.max()), abs=1e-5)
        row = int(example.row.removeprefix("row-"))
        assert example.label == model.classes[colours()["labels"][row]]
        assert image.shape == (4, 4, 3)
        assert example.level in ("1", "2", "3")


def test_what_is_known_is_not_kept_again_and_not_asked_again() -> None:
    engine, kept = judged(Brightest(sharpness=0.1))
    from pytest_robust.engine.examples import identity

    known = [identity(*one) for one in kept]
    verdict = engine.judge(NOISY)
    before = engine.predictions
    assert engine.worth_keeping(NOISY, verdict, suite="suite.yaml", known=known) == []
    assert engine.predictions == before


def test_a_row_that_is_answered_right_is_no_example_of_a_claim_about_answers() -> None:
    one = check(cell(grain, 1), unsure, "unsure >= 0.99")
    engine, kept = judged(Brightest(sharpness=2.0), one)
    verdict = engine.judge(one)
    rights = [found for found in verdict.counterexamples if found.after[0].label == found.label]
    assert rights
    assert not {found.row for found in rights} & {example.row for example, _ in kept}


def test_all_are_asked_at_once_and_the_second_time_the_cache_answers(tmp_path: Path) -> None:
    _, kept = judged(Brightest(sharpness=0.1), cache=tmp_path)
    other = Brightest(sharpness=0.2)
    engine = Engine(plan(other, NOISY), cache=tmp_path)
    engine.model()
    other.asked.clear()
    answers = engine.replay(NOISY, kept)
    assert engine.predictions == len(kept) == len(answers)
    assert len(other.asked) == 1 + 2, "one question; the first one of all is asked twice"
    again = Engine(plan(Brightest(sharpness=0.2), NOISY), cache=tmp_path)
    assert again.replay(NOISY, kept) == answers
    assert (again.predictions, again.cached) == (0, len(kept))


def test_one_passes_when_its_right_class_is_the_answer_and_not_before() -> None:
    _, kept = judged(Brightest(sharpness=0.1))
    (label,) = {example.label for example, _ in kept[:1]}
    for answered in range(3):
        knows = Answering(function=lambda images, it=answered: np.eye(3, dtype=np.float32)[[it] * len(images)])
        (found,) = Engine(plan(knows, NOISY), cache=None).replay(NOISY, kept[:1])
        assert found.fails == (knows.classes[answered] != label)
        assert found.now[0].label == knows.classes[answered]


def test_an_answer_that_is_no_number_fails() -> None:
    _, kept = judged(Brightest(sharpness=0.1))
    broken = Answering(function=lambda images: np.full((len(images), 3), np.nan, np.float32))
    (found,) = Engine(plan(broken, NOISY), cache=None).replay(NOISY, kept[:1])
    assert found.fails


@pytest.mark.parametrize(
    ("change", "shape", "said"),
    [
        ({"data": "letters"}, (4, 4, 3), "it is of data 'letters', its check of 'test'"),
        ({"row": "row-99"}, (4, 4, 3), "data 'test' has no row 'row-99'"),
        ({}, (4, 5, 3), "its picture is 4 x 5 x 3, those of data 'test' are 4 x 4 x 3"),
        ({"label": "grey"}, (4, 4, 3), "the model has no class 'grey'"),
        ({"label": "a\x1b[31m"}, (4, 4, 3), r"the model has no class 'a\x1b[31m'"),
        ({}, (4, 4, 3), None),
    ],
)
def test_why_one_cannot_be_asked(change: dict, shape: tuple[int, ...], said: str | None) -> None:
    engine, kept = judged(Brightest(sharpness=0.1))
    example = kept[0][0].model_copy(update=change)
    assert engine.why_not(NOISY, example, np.zeros(shape, np.uint8)) == said
