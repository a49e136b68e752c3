"""Models that only look robust are told from one that is honest about itself."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from small_world import Brightest, cell, check, grain, mix, on_both, plan, right

from pytest_robust import generators, record
from pytest_robust.adapters.torch import from_module
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.recording import assemble
from pytest_robust.generators import generator
from pytest_robust.record import files
from pytest_robust.record.rows import pack, unpack

PGD, SQUARE = generators.registry.get("pgd"), generators.registry.get("square")
FOLLOWS = {"norm": "linf", "steps": 20, "restarts": 1, "step_size": None, "random_start": False, "averaged": 1}
ASKS = {"norm": "linf", "queries": 200, "p_init": 0.8}


class Means(torch.nn.Module):
    """The brightest channel, as honest as can be; others hide how they come to the same answer."""

    def forward(self, pixels):
        return 50 * pixels.mean(dim=(2, 3))


class Rounding(Means):
    """Nothing changes but at the steps, and there the slope is nought."""

    def forward(self, pixels):
        return super().forward((pixels * 64).round() / 64) + 0 * pixels.sum(dim=(2, 3))


class Saturated(Means):
    def forward(self, pixels):
        means = 4000 * pixels.mean(dim=(2, 3))
        return 10 * torch.sigmoid(means - means.mean(dim=1, keepdim=True))


class Detached(Means):
    """The answer takes a way that carries no gradient; the one that does says the opposite, too softly to be heard."""

    def forward(self, pixels):
        honest = super().forward(pixels)
        return honest.detach() - 1e-3 * honest


class Lost(Means):
    """Not finite where the image is not the one given: no slope to be had."""

    def forward(self, pixels):
        return super().forward(pixels) + 0 * (pixels[:, :, 0, 0] - pixels[:, :, 0, 0].detach()).sqrt()


class Random(Means):
    def forward(self, pixels):
        return super().forward(pixels) + torch.randn(len(pixels), 3)


def attack(level="4/255", **options):
    return check(cell(PGD, level, **{**FOLLOWS, **options}), right, "right >= 0.1")


def search(level="4/255", **options):
    return check(cell(SQUARE, level, **{**ASKS, **options}), right, "right >= 0.1")


def judged(module, *checks, cache=None, engines=1, **options):
    """The record of checks that are judged by so many engines, as several processes do."""
    model = from_module(module, fingerprint=type(module).__name__, **options)
    made = plan(model, *checks, statistics={"early_stopping": False})
    verdicts, cells = {}, {}
    for start in range(engines):
        engine = Engine(made, cache=cache)
        for one in checks[start::engines]:
            verdicts[one.id] = engine.judge(one)
            cells[one.cell.id] = engine.summary(one.cell)
    run = record.Run(started="", seconds=1, command="pytest", gate="regression", exit_status=0)
    return assemble(made, verdicts=verdicts, cells=cells, model=None, data={}, run=run, not_run={})


def cautions(*given, **options):
    return {cell_.cell: cell_.cautions for cell_ in judged(*given, **options).cells}


def test_an_honest_model_raises_none():
    noise = check(cell(grain, 2), right, "right >= 0.1")
    stronger = [attack("8/255"), search("8/255"), attack("0.1", norm="l2"), search("0.1", norm="l2")]
    found = cautions(Means(), attack(), search(), *stronger, noise)
    assert len(found) == 7
    assert all(said == [] for said in found.values()), found


@pytest.mark.parametrize("module", [Rounding, Lost], ids=lambda module: module.__name__)
def test_a_gradient_that_vanishes_is_told_with_the_rows(module):
    for one in judged(module(), attack(), attack("0.3", norm="l2")).cells:
        blind = round(one.accuracy * one.n)
        seen = f"the gradient was zero or not finite for {blind} of 60 rows, which stand where the attack was blind"
        assert one.cautions[0] == seen


def test_a_gradient_that_vanishes_for_most_rows_is_told_with_these():
    """Of the others the model is not quite so sure."""
    (one,) = judged(Saturated(), attack()).cells
    said = re.match(r"the gradient was zero or not finite for (\d+) of 60 rows", one.cautions[0])
    assert 30 < int(said[1]) <= round(one.accuracy * 60)


@pytest.mark.parametrize("module", [Rounding, Detached], ids=lambda module: module.__name__)
def test_an_attack_that_only_asks_and_finds_more_is_told_on_the_same_rows(module):
    made = judged(module(), search(), attack())
    told = {one.cell: one for one in made.cells}
    asked, followed = told["square-4/255"], told["pgd-4/255"]
    left, stood = round(asked.accuracy * 60), round(followed.accuracy * 60)
    assert left < stood
    assert followed.cautions[-1] == (
        f"s::square-4/255, which only asks, left {left} of 60 rows right where this attack, which follows gradients, "
        f"left {stood}"
    )
    assert not any("only asks" in caution for caution in asked.cautions)


def test_attacks_are_compared_by_norm_and_epsilon_and_data():
    found = cautions(Rounding(), attack(), search("8/255"), search("0.1", norm="l2"), attack("0.2", norm="l2"))
    assert not any("only asks" in caution for said in found.values() for caution in said)


def test_a_weak_attack_beside_a_strong_one_that_is_not_beaten_raises_no_caution():
    """Of those that follow gradients the strongest counts: a single small step is weak by nature."""
    weak = check(
        cell(PGD, "4/255", scenario="weak", **{**FOLLOWS, "steps": 1, "step_size": 1 / 255}), right, "right >= 0.1"
    )
    made = judged(Means(), weak, attack(), search())
    told = {one.id: one for one in made.cells}
    assert told["weak::pgd-4/255"].accuracy > told["s::square-4/255"].accuracy >= told["s::pgd-4/255"].accuracy
    assert not any("only asks" in caution for one in made.cells for caution in one.cautions)


def test_rows_are_compared_as_far_as_both_go():
    made = plan(Brightest(), attack(), search())
    run = record.Run(started="", seconds=1, command="pytest", gate="regression", exit_status=0)

    def summary(one, rows):
        where = one.cell
        return record.CellSummary(
            id=where.id, scenario="s", generator=where.name, cell=where.label, severity=where.level.value,
            kind="attack", truth="label", n=len(rows), right_rows=pack(np.array(rows, bool)),
        )  # fmt: skip

    def told(followed, asked):
        cells = {one.cell.id: summary(one, rows) for one, rows in zip(made.checks, (followed, asked), strict=True)}
        found = assemble(made, verdicts={}, cells=cells, model=None, data={}, run=run, not_run={})
        return found.cells[0].cautions

    assert told([1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1], [0, 1, 1]) == []
    assert told([1, 1, 1, 0], [0, 1, 1, 1, 1, 1, 1, 1, 1, 1]) == []
    (said,) = told([1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1], [0, 1, 1, 0, 1, 1, 1, 0, 1])
    assert said.endswith("left 6 of 9 rows right where this attack, which follows gradients, left 8")


@pytest.mark.parametrize("module", [Rounding, Saturated, Detached], ids=lambda module: module.__name__)
@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_an_attack_that_may_change_everything_and_fools_little_is_told(module, norm):
    (said,) = cautions(module(), attack("0.05", norm=norm)).values()
    everything = {"linf": "1", "l2": "7"}[norm]  # the square root of 4 x 4 x 3, rounded up
    (caution,) = [text for text in said if "allows every image" in text]
    assert caution.startswith(f"at epsilon {everything}, which allows every image, the attack did not fool the model")
    assert caution.endswith("of 32 rows; chance would leave about 11")


def test_a_search_for_the_smallest_change_is_told_of_by_what_it_did_not_find():
    @generator(kind="attack", scale="epsilon", needs=("labels", "answers"), minimal=True, risk="None.")
    def nothing(images, *, severity, seeds, labels, answers):
        wrong = answers.argmax(axis=1) != labels
        return generators.Made(images, {"distance": np.where(wrong, 0.0, np.inf)})

    found = judged(Means(), check(cell(nothing, "8/255"), right, "right >= 0.1")).cells[0]
    standing = round(found.accuracy * 60)
    seen = f"no change of any size was found to fool the model for {standing} of 60 rows; chance would leave about 20"
    assert found.cautions == [seen]


def test_an_attack_that_fails_where_it_is_only_tried_spoils_no_verdict():
    @generator(kind="attack", scale="epsilon", needs=("labels",), risk="None.")
    def shy(images, *, severity, seeds, labels, norm: str = "linf"):
        if severity > 0.5:
            raise ValueError("too much")
        return images

    made = judged(Means(), check(cell(shy, "8/255", norm="linf"), right, "right >= 0.1"))
    assert made.verdicts[0].outcome == "PASS"
    (said,) = made.cells[0].cautions
    assert said.startswith("the attack failed when it was tried at epsilon 1, which allows every image: ")
    assert "ValueError" in said


def test_what_no_epsilon_is_known_of_is_not_tried():
    @generator(kind="attack", scale="epsilon", needs=("labels",), risk="None.")
    def plain(images, *, severity, seeds, labels):
        assert severity < 0.5
        return images

    @generator(kind="search", scale="severity", levels=(1, 2), needs=("labels",), risk="None.")
    def chain(images, *, severity, seeds, labels, norm: str = "linf"):
        assert severity < 3
        return images

    found = cautions(
        Means(), check(cell(plain, "8/255"), right, "right >= 0.1"), check(cell(chain, 2), right, "right >= 0.1")
    )
    assert list(found.values()) == [[], []]


def test_answers_that_are_random_are_told(tmp_path):
    """Also when all evidence is there already, and no other question is asked."""
    for _ in range(2):
        (said,) = cautions(Random(), attack(), deterministic=False, cache=tmp_path).values()
        last = "the model answered differently when asked twice about the same images, so rows stand or fall by chance"
        assert said[-1] == last
    assert cautions(Means(), attack(), deterministic=False) == {"pgd-4/255": []}
    (noise,) = cautions(Random(), check(cell(grain, 2), right, "right >= 0.1"), deterministic=False).values()
    assert noise == [], "not under attack"


def test_cautions_change_no_verdict_and_an_attack_is_tried_once_for_all_its_epsilons():
    asked = []

    class Counting(Rounding):
        def forward(self, pixels):
            asked.append(len(pixels))
            return super().forward(pixels)

    made = judged(Counting(), attack("4/255"), attack("2/255"), attack("1/255"))
    assert {verdict.outcome for verdict in made.verdicts} == {"PASS"}
    assert all(one.cautions for one in made.cells)
    # Asked about at least 16 rows at a time where gradients are followed, and a blind attack gives up at once.
    clean, repeated, attacked, tried = 60, 16, 3 * (8 * 16 + 60), 4 * 16 + 32
    assert sum(asked) == clean + repeated + attacked + tried


def test_the_record_is_the_same_whichever_processes_made_it(tmp_path):
    checks = (attack(), search(), attack("8/255"), search("8/255"), attack("0.3", norm="l2"))
    expected = files.digest(judged(Detached(), *checks))
    assert files.digest(judged(Detached(), *checks, engines=2)) == expected
    for _ in range(2):
        assert files.digest(judged(Detached(), *checks, engines=2, cache=tmp_path)) == expected


def test_which_rows_are_right_is_kept_wherever_there_is_a_right_class():
    noise, between = check(cell(grain, 2), right, "right >= 0.1"), check(cell(mix, 0.5), on_both, "on_both >= 0.1")
    *labelled, mixed = judged(Means(), attack(), noise, between).cells
    for told in labelled:
        assert unpack(told.right_rows, 60).mean() == told.accuracy
    assert mixed.right_rows is None
