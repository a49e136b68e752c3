"""One row in several cells, drawn several times, or asked about in other ways: it stays one base image."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_world import CLEAN, Answering, Brightest, cell, check, colours, grain, mix, plan, right

from pytest_robust.carriers import Evidence
from pytest_robust.engine.counterexamples import most_telling
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.seeds import row_order, row_seeds
from pytest_robust.engine.variants import NOISE
from pytest_robust.errors import ModelError, SourceError
from pytest_robust.generators import generator
from pytest_robust.properties import mean_property
from pytest_robust.statistics import Levels
from pytest_robust.statistics.means import decide_mean
from pytest_robust.suite import parse_level

ALL_ROWS = {"statistics": {"early_stopping": False}}


@mean_property(range=(0, 1), truths={"label"}, summary="Right in every cell.", scope="scenario")
def right_in_all(series):
    return np.all([one.correct for one in series], axis=0)


@mean_property(range=(0, 1), truths={"label"}, summary="Right, of one class.")
def right_of(evidence, *, number: int = 0):
    return np.ma.array(evidence.correct, mask=evidence.labels != number)


@mean_property(range=(0, 1), truths={"label"}, summary="Largest change.", reference="redrawn", operators=("<=",))
def wobble(evidence, reference):
    draws = [draw.probabilities for draw in reference.draws()]
    assert len(draws) == 4
    return np.max([np.abs(draw - evidence.probabilities).max(axis=1) for draw in draws], axis=0)


@mean_property(range=(0, 1), truths={"label"}, summary="Largest change.", reference="rebatched", operators=("<=",))
def depends_on_its_batch(evidence, reference):
    draws = [draw.probabilities for draw in reference.draws()]
    return np.max([np.abs(draw - evidence.probabilities).max(axis=1) for draw in draws], axis=0)


def grains(level: int, draw: int = 0, strength: int = 10):
    """What `grain` makes of all rows, in the order of the data."""
    data = colours()
    ids = np.array(data["ids"])
    return grain(data["images"], severity=level, seeds=row_seeds(0, "s", ids, draw), strength=strength), data["labels"]


def order(chosen):
    """The places of chosen rows, of the chosen alone, in the order in which the engine draws."""
    drawn = row_order(0, "test", np.array(colours()["ids"]))
    return (np.cumsum(chosen) - 1)[drawn[chosen[drawn]]]


def share_right(images, labels):
    return Brightest().answers(images).argmax(axis=1) == labels


def test_a_claim_about_a_series_is_one_value_a_base_image():
    cells = tuple(cell(grain, level) for level in (1, 2, 3))
    whole = cell(grain)
    claim = check(whole, right_in_all, "right_in_all >= 0.5", series=cells)
    engine = Engine(plan(Brightest(), claim, **ALL_ROWS), cache=None)
    verdict = engine.judge(claim)
    expected = np.all([share_right(*grains(level)) for level in (1, 2, 3)], axis=0)
    assert verdict.n == 60
    assert verdict.estimate == pytest.approx(expected.mean())
    assert verdict.id == "s::grain::right_in_all"


def test_a_series_that_fails_shows_the_first_cell_in_which_a_row_falls():
    claim = check(cell(grain), right_in_all, "right_in_all >= 0.99", series=(cell(grain, 3, strength=60), cell(CLEAN)))
    verdict = Engine(plan(Brightest(), claim, **ALL_ROWS), cache=None).judge(claim)
    assert verdict.outcome == "FAIL"
    assert verdict.counterexamples
    for one in verdict.counterexamples:
        assert one.cell == "grain-3"
        assert one.before[0].label == one.label != one.after[0].label
        assert one.perturbed is not None


def test_the_most_telling_cell_is_the_first_that_is_wrong_and_else_the_last():
    def one(truth, *predicted):
        return Evidence({"labels": np.zeros(3, int), "probabilities": np.eye(2)[list(predicted)]}, truth)

    wrong, shown = most_telling([one("label", 0, 0, 1), one("label", 1, 0, 1), one("label", 0, 0, 0)])
    assert (wrong.tolist(), shown.tolist()) == ([True, False, True], [1, 2, 0])
    wrong, shown = most_telling([one("parents", 1, 1, 1), one("parents", 0, 0, 0)])
    assert (wrong.tolist(), shown.tolist()) == ([False] * 3, [1] * 3)


def test_a_series_is_made_of_the_same_rows():
    cells = (cell(grain, 1), cell(mix, 0.5))
    claim = check(cell(grain), right_in_all, "right_in_all >= 0.5", series=cells)
    with pytest.raises(SourceError, match="made of different rows, and cannot be judged together"):
        Engine(plan(Brightest(), claim), cache=None).judge(claim)


@pytest.mark.parametrize("cached", [False, True])
def test_draws_of_a_row_are_averaged_and_are_one_row(tmp_path, cached):
    claim = check(replace(cell(grain, 3, strength=40), draws=4), right, "right >= 0.5")
    expected = np.mean([share_right(*grains(3, draw, 40)) for draw in range(4)], axis=0)
    assert (expected % 1 > 0).any(), "some rows stand in some draws and fall in others"
    for _ in range(2 if cached else 1):
        engine = Engine(plan(Brightest(), claim, **ALL_ROWS), cache=tmp_path if cached else None)
        verdict = engine.judge(claim)
        assert verdict.n == 60
        assert verdict.estimate == pytest.approx(expected.mean())
        assert verdict.method == "fixed-n betting", "means of four are no counts"


def test_masked_rows_are_not_asked():
    claim = check(cell(CLEAN), right_of.bound({"number": 2}), "right_of >= 0.5")
    verdict = Engine(plan(Brightest(), claim, **ALL_ROWS), cache=None).judge(claim)
    images, labels = colours()["images"], colours()["labels"]
    of_class = labels == 2
    assert verdict.n == of_class.sum()
    assert verdict.estimate == pytest.approx(share_right(images[of_class], labels[of_class]).mean())


def test_masked_rows_count_in_what_is_still_needed():
    claim = check(cell(CLEAN), right_of.bound({"number": 1}), "right_of >= 0.93")
    verdict = Engine(plan(Brightest(), claim, **ALL_ROWS), cache=None).judge(claim)
    of_class = colours()["labels"] == 1
    alone = decide_mean(
        share_right(colours()["images"], colours()["labels"])[of_class].astype(float)[order(of_class)],
        ">=",
        0.93,
        Levels(early_stopping=False),
        final=True,
    )
    assert verdict.outcome == alone.outcome == "INCONCLUSIVE"
    assert verdict.rows_needed == -(-alone.rows_needed * 60 // of_class.sum())


def test_redrawn_inputs_differ_by_a_noise_that_nobody_sees():
    model = Brightest()
    claim = check(cell(grain, 1), wobble, "wobble <= 0.5")
    verdict = Engine(plan(model, claim, **ALL_ROWS), cache=None).judge(claim)
    assert verdict.outcome == "PASS"
    assert 0 < verdict.estimate < 0.2
    made, _ = grains(1)
    shown = {image.tobytes(): image for image in made}
    asked = {image.tobytes(): image for chunk in model.asked for image in chunk}
    noisy = [image for name, image in asked.items() if name not in shown]
    distances = [int(np.abs(made.astype(int) - image).max((1, 2, 3)).min()) for image in noisy]
    assert max(distances) == NOISE
    assert len(noisy) == 4 * 60


def test_a_model_that_looks_at_its_neighbours_is_found_out():
    def by_the_batch(images):
        bright = (images.mean(axis=(1, 2, 3)) > images.mean()).astype(np.float32)
        return np.stack([bright, 1 - bright], axis=1) * np.float32(0.98) + np.float32(0.01)

    def alone(images):
        bright = (images.mean(axis=(1, 2, 3)) > 115).astype(np.float32)
        return np.stack([bright, 1 - bright], axis=1)

    claim = check(cell(CLEAN), depends_on_its_batch, "depends_on_its_batch <= 0.05")
    data = {"test": f"{__file__}:two_colours"}
    for function, outcome in ((by_the_batch, "FAIL"), (alone, "PASS")):
        model = Answering(function=function, classes=None)
        assert Engine(plan(model, claim, data=data, **ALL_ROWS), cache=None).judge(claim).outcome == outcome


@generator(kind="ambiguity", scale="weight", levels=(0.5,), truth="parents", needs=("partner",), risk="A split screen.")
def halves(images, *, severity, seeds, partner, pairs="random"):
    made, seam = partner.copy(), round(severity * 4)
    for image, place, seed in zip(images, made, seeds.tolist(), strict=True):
        side = slice(None, seam) if np.random.default_rng(seed).random() < 0.5 else slice(4 - seam, None)
        place[:, side] = image[:, side]
    return made


@pytest.mark.parametrize("weight", [0.25, 0.5])
def test_two_parents_change_places_and_keep_their_shares(weight):
    shown = []

    @mean_property(range=(0, 1), truths={"parents"}, summary="Same.", reference="swapped")
    def same(evidence, reference):
        assert reference.ids.tolist() == evidence.ids.tolist()
        shown.append((evidence, reference))
        return evidence.predicted == reference.predicted

    model = Answering(function=first_row, classes=None)
    claim = check(cell(halves, weight), same, "same >= 0.5")
    Engine(plan(model, claim, **ALL_ROWS), cache=None).judge(claim)
    evidence, reference = shown[-1]
    data = colours()
    lines = dict(zip(data["ids"], first_row(data["images"])[:, :4].tolist(), strict=True))
    for (one, two), before, after in zip(
        evidence["parent_ids"].tolist(),
        evidence.probabilities[:, :4].tolist(),
        reference.probabilities[:, :4].tolist(),
        strict=True,
    ):
        seam = round(weight * 4)
        first, second = lines[one], lines[two]
        ways = [first[:seam] + second[seam:], second[: 4 - seam] + first[4 - seam :]]
        assert [before, after] in (ways, ways[::-1])


def first_row(images):
    """Answers that tell the first row of the pictures."""
    told = images[:, 0, :, 0] / np.float32(1024)
    return np.concatenate([told, 1 - told.sum(axis=1, keepdims=True)], axis=1)


def test_an_answer_to_a_question_put_in_another_way_must_be_one():
    def alone(images):
        sound = np.full((len(images), 3), 1 / 3, np.float32)
        return sound if len(images) >= 20 else sound * np.nan

    claim = check(cell(CLEAN), depends_on_its_batch, "depends_on_its_batch <= 0.05")
    model = Answering(function=alone)
    with pytest.raises(
        ModelError,
        match=r"answers in the clean rows of 'test' are no probabilities; the first, to row .* is not finite",
    ):
        Engine(plan(model, claim, **ALL_ROWS, batch=60), cache=None).judge(claim)


def test_a_property_that_needs_no_labels_is_asked_of_rows_without():
    @mean_property(range=(0, 1), truths={"label"}, summary="Sure.", labelled=False)
    def sure(evidence):
        return evidence.confidence

    claim = check(cell(CLEAN, data="letters"), sure, "sure >= 0.1")
    assert Engine(plan(Brightest(), claim, **ALL_ROWS), cache=None).judge(claim).n == 24


def test_the_rows_looked_at_do_not_depend_on_how_many_were_asked_for():
    """The twenty rows of a class settle the claim at the last of them, whatever comes after."""
    labels = np.repeat([0, 1], [60, 40])
    rows = Evidence({"ids": np.arange(100).astype(str), "labels": labels, "probabilities": np.eye(2)[labels]})
    judge = right_of.bound({"number": 0}).judge
    asked = [
        judge(rows.take(slice(0, n)), None, ">=", 0.9, Levels(alpha_pass=0.2), final=n == 100) for n in (50, 60, 100)
    ]
    assert asked[0] == asked[1] == asked[2]
    assert asked[0].rows is None, "all rows before were of the class"
    later = judge(rows.take(np.arange(100)[::-1]), None, ">=", 0.9, Levels(alpha_pass=0.2), final=True)
    assert later.rows == later.n + 40


def test_narrower_bounds_need_fewer_rows():
    @mean_property(
        range=(0, 100), truths={"label"}, summary="Wide.", bounds=lambda evidence, *, top: (0, top), operators=("<=",)
    )
    def wide(evidence, *, top: float = 100):
        return evidence.correct * 0.0

    rows = Evidence(
        {"ids": np.arange(80).astype(str), "labels": np.zeros(80, int), "probabilities": np.eye(2)[[0] * 80]}
    )
    found = [wide.bound({"top": top}).judge(rows, None, "<=", 1.0, Levels(), final=True).outcome for top in (100, 2)]
    assert found == ["INCONCLUSIVE", "PASS"]


def two_colours():
    return {**colours(200), "labels": np.zeros(200, int), "classes": None}


def test_a_level_is_none_where_a_cell_has_none():
    seen = []

    @mean_property(range=(0, 1), truths={"label"}, summary="", scope="scenario")
    def looks(series):
        seen.append((series.generators, series.levels, len(series), series.cells[0].classes))
        return series.cells[0].correct

    claim = check(cell(grain), looks, "looks >= 0.5", series=(cell(CLEAN), cell(grain, 2)))
    Engine(plan(Brightest(), claim, **ALL_ROWS), cache=None).judge(claim)
    assert seen[-1] == (("clean", "grain"), (None, parse_level(2).value), 60, ("red", "green", "blue"))
