"""A search for the smallest change is made once; every level shows what lies within it."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_world import Answering, Brightest, cell, check, colours, plan, right

from pytest_robust.engine.engine import Engine
from pytest_robust.engine.inputs import within
from pytest_robust.engine.summary import accuracy_by_epsilon
from pytest_robust.errors import GenerationError
from pytest_robust.generators import Made, generator
from pytest_robust.record import CellSummary

CALLS: list[tuple[int, float]] = []
"""Rows and severity of each call of `darken` in this process."""
EPSILONS = (5 / 255, 20 / 255, 60 / 255)
EVERY_ROW = {"early_stopping": False}


@generator(
    kind="attack",
    scale="epsilon",
    bounds=(0, 1),
    needs=("labels", "answers"),
    minimal=True,
    risk="One channel fades.",
)
def darken(images: Any, *, severity: float, seeds: Any, labels: Any, answers: Any, log: str = "") -> Made:
    """Takes from the label's channel what it leads by, and one level more: exact for `Brightest`."""
    CALLS.append((len(images), severity))
    if log:
        with Path(log).open("a") as file:
            file.write(f"{len(images)}\n")
    made, distance = images.copy(), np.full(len(images), np.inf)
    for row, (image, label) in enumerate(zip(images, labels.tolist(), strict=True)):
        distance[row] = least(image, label) / 255
        if np.isfinite(distance[row]):
            made[row, ..., label] = image[..., label] - np.uint8(round(distance[row] * 255))
    assert ((distance == 0) == (answers.argmax(axis=1) != labels)).all()
    return Made(made, {"distance": distance})


def least(image: np.ndarray, label: int) -> float:
    """By how many levels the label's channel must fade for another to be brightest; inf where that is below black."""
    means = image.mean(axis=(0, 1))
    ahead = means[label] - np.delete(means, label).max()
    if ahead < 0 or (ahead == 0 and means.argmax() != label):
        return 0
    levels = int(np.floor(ahead)) + 1
    return levels if levels <= image[..., label].min() else np.inf


@pytest.fixture(autouse=True)
def _count_anew():
    CALLS.clear()


def checks(**options: Any) -> list[Any]:
    return [check(cell(darken, level, **options), right, "right >= 0.5") for level in EPSILONS]


def distances() -> np.ndarray:
    data = colours()
    return np.array([least(*row) for row in zip(data["images"], data["labels"].tolist(), strict=True)]) / 255


@pytest.mark.parametrize("cached", [True, False])
def test_one_search_serves_every_level_and_each_shows_what_lies_within_it(tmp_path, cached):
    wanted = checks()
    engine = Engine(plan(Brightest(), *wanted, statistics=EVERY_ROW), cache=tmp_path if cached else None)
    verdicts = [engine.judge(one) for one in wanted]
    assert [(8, np.inf)] * 7 + [(4, np.inf)] == CALLS, "sixty rows once, in chunks of eight, whatever the levels"
    expected = [(distances() > epsilon).mean() for epsilon in EPSILONS]
    assert [verdict.estimate for verdict in verdicts] == pytest.approx(expected)
    assert 0.95 > expected[0] > expected[1] > expected[2] > 0


def test_a_level_that_is_asked_for_later_needs_no_search(tmp_path):
    first, *others = checks()
    Engine(plan(Brightest(), first, statistics=EVERY_ROW), cache=tmp_path).judge(first)
    made = len(CALLS)
    engine = Engine(plan(Brightest(), *others, statistics=EVERY_ROW), cache=tmp_path)
    for one in others:
        engine.judge(one)
    assert len(CALLS) == made == 8
    assert engine.predictions == 2 * 60, "what the levels show is asked about, the clean rows are not again"


def judge_in_a_process(folder: str, log: str, number: int) -> float | None:
    one = checks(log=log)[number]
    return Engine(plan(Brightest(), one, statistics=EVERY_ROW), cache=Path(folder)).judge(one).estimate


def test_processes_share_one_search(tmp_path):
    log = tmp_path / "log"
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        told = pool.starmap(judge_in_a_process, [(str(tmp_path / "cache"), str(log), number) for number in range(3)])
    assert told == pytest.approx([(distances() > epsilon).mean() for epsilon in EPSILONS])
    assert sorted(map(int, log.read_text().split())) == [4, *[8] * 7]


def test_another_option_is_another_search(tmp_path):
    for options in ({}, {"log": str(tmp_path / "log")}):
        for one in checks(**options):
            Engine(plan(Brightest(), one, statistics=EVERY_ROW), cache=tmp_path / "cache").judge(one)
    assert len(CALLS) == 2 * 8


def test_evidence_tells_the_distance_and_holds_the_images_within_the_level(tmp_path):
    model = Answering(function=lambda images: Brightest().answers(images))
    wanted = checks()[1]
    engine = Engine(plan(model, wanted, statistics=EVERY_ROW), cache=tmp_path)
    engine.judge(wanted)
    evidence = engine._bench.site(wanted.cell).evidence.rows(60)
    data = colours()
    place = {name: row for row, name in enumerate(data["ids"])}
    drawn = [place[name] for name in evidence.ids.tolist()]
    assert np.array_equal(evidence["distance"], distances()[drawn])
    for row in range(60):
        original, shown = engine._bench.pixels(engine._bench.site(wanted.cell), row)
        assert np.array_equal(original, data["images"][drawn[row]])
        change = np.abs(original.astype(int) - shown).max() / 255
        assert change == pytest.approx(evidence["distance"][row] if evidence["distance"][row] <= EPSILONS[1] else 0)


def test_the_whole_curve_is_in_the_summary_of_each_level(tmp_path):
    wanted = checks()
    engine = Engine(plan(Brightest(), *wanted, statistics=EVERY_ROW), cache=tmp_path)
    for one in wanted:
        engine.judge(one)
    curves = [engine.summary(one.cell).accuracy_by_epsilon for one in wanted]
    assert curves[0] == curves[1] == curves[2]
    for epsilon, accuracy in curves[0]:
        assert accuracy == pytest.approx((distances() > epsilon).mean())
    assert curves[0][0][0] == 0
    steps = dict(curves[0])
    for one, level in zip(wanted, EPSILONS, strict=True):
        below = max(epsilon for epsilon in steps if epsilon <= level + 1e-6)
        assert steps[below] == engine.summary(one.cell).accuracy
    kept = engine.summary(wanted[0].cell)
    assert CellSummary.model_validate_json(kept.model_dump_json()) == kept


def test_a_curve_has_at_most_fifty_points_and_keeps_its_ends():
    distance = np.append(np.random.default_rng(0).random(1000), [np.inf] * 250)
    curve = accuracy_by_epsilon(distance)
    assert len(curve) == 50
    assert curve[0] == (0.0, 1.0)
    assert curve[-1] == (distance[:1000].max(), 0.2)
    assert [accuracy for _, accuracy in curve] == sorted((accuracy for _, accuracy in curve), reverse=True)
    assert accuracy_by_epsilon(np.full(5, np.inf)) == [(0.0, 1.0)]
    assert accuracy_by_epsilon(np.zeros(5)) == [(0.0, 0.0)]


def test_a_level_takes_in_what_is_exactly_as_far():
    base = np.zeros((3, 2, 2, 1), np.uint8)
    found = {"images": base + 8, "distance": np.array([8 / 255, np.nextafter(8 / 255, 1), 9 / 255]), "more": base[:, 0]}
    made = within(cell(darken, "8/255"), base, found)
    assert [int(image.max()) for image in made.images] == [8, 8, 0]
    assert set(made.columns) == {"distance", "more"}


@pytest.mark.parametrize(
    "made",
    [
        lambda images: images,
        lambda images: Made(images),
        lambda images: Made(images, {"distance": np.zeros(len(images) + 1)}),
        lambda images: Made(images, {"distance": np.zeros((len(images), 1))}),
        lambda images: Made(images, {"distance": np.full(len(images), -1.0)}),
        lambda images: Made(images, {"distance": np.full(len(images), np.nan)}),
    ],
)
def test_a_search_that_does_not_tell_how_far_it_went_is_named(made):
    @generator(kind="attack", scale="epsilon", minimal=True, risk="None.")
    def silent(images: Any, *, severity: float, seeds: Any) -> Any:
        return made(images)

    one = check(cell(silent, 0.5), right, "right >= 0.5")
    with pytest.raises(GenerationError, match=r"generator 'silent' is `minimal`, and must return .* `distance`: 8 num"):
        Engine(plan(Brightest(), one), cache=None).judge(one)
