"""Hypothesis strategies of hard inputs: what is drawn, how it is told, and how small a failure gets."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

import pytest_robust
from pytest_robust import strategies
from pytest_robust.adapters.callable import from_callable
from pytest_robust.adapters.torch import from_module
from pytest_robust.datasets import from_arrays
from pytest_robust.errors import ModelError, OptionError, SourceError, UnknownNameError
from pytest_robust.generators import generator, registry
from pytest_robust.generators._chain import derived
from pytest_robust.strategies import (
    Perturbation,
    blend,
    compose,
    contrast,
    effect,
    flip,
    fog,
    jpeg_compression,
    perturbations,
    pgd,
    rows,
)

IMAGE = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
BATCH = np.random.default_rng(1).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)
WEATHER = ["snow", "fog", "rain", "spatter", "jpeg_compression"]
SETTINGS = settings(database=None, max_examples=3000, deadline=None)


def levels(perturbation: Perturbation) -> dict[str, float | None]:
    return {step.generator.name: step.level for step in perturbation.steps}


def smallest(strategy, condition) -> str:
    return repr(find(strategy, condition, settings=SETTINGS))


# What a failure is shrunk to


def test_a_failure_by_one_effect_is_shrunk_to_that_effect_at_the_lowest_level_that_fails():
    found = smallest(perturbations(WEATHER), lambda p: (levels(p).get("fog") or 0) >= 3)
    assert found == "fog(severity=3)"


def test_so_it_is_among_all_generators():
    found = smallest(perturbations(), lambda p: (levels(p).get("jpeg_compression") or 0) >= 4)
    assert found == "jpeg_compression(severity=4)"


def test_any_failure_is_shrunk_to_the_first_effect_at_the_lowest_level():
    assert smallest(perturbations(WEATHER), lambda p: True) == "snow(severity=1)"
    assert smallest(perturbations(WEATHER, severities=[4, 2, 3]), lambda p: True) == "snow(severity=2)"
    assert smallest(perturbations(WEATHER), lambda p: "snow" not in levels(p)) == "fog(severity=1)"


def test_of_several_effects_that_fail_alike_it_is_the_first_at_the_lowest_level():
    found = smallest(perturbations(WEATHER), lambda p: any((levels(p).get(name) or 0) >= 3 for name in WEATHER[1:4]))
    assert found == "fog(severity=3)"


def test_an_effect_that_the_failure_does_not_need_goes_even_if_it_is_the_stronger():
    found = smallest(perturbations(WEATHER), lambda p: levels(p).get("rain") == 5)
    assert found == "rain(severity=5)"


def test_a_failure_that_needs_two_keeps_two_in_the_order_that_fails():
    def fails(p):
        names = [step.generator.name for step in p.steps]
        return {"rain", "fog"} <= set(names) and names.index("rain") < names.index("fog") and levels(p)["fog"] >= 2

    assert smallest(perturbations(WEATHER), fails) == "rain(severity=1) >> fog(severity=2)"
    both = smallest(perturbations(WEATHER), lambda p: {"rain", "fog"} <= set(levels(p)))
    assert both == "fog(severity=1) >> rain(severity=1)"


def test_a_failure_of_many_effects_is_of_the_first_ones():
    found = smallest(perturbations(WEATHER, max_length=3), lambda p: len(p.steps) == 3)
    assert found == "snow(severity=1) >> fog(severity=1) >> rain(severity=1)"


def test_the_seed_is_0_unless_the_failure_needs_another():
    assert find(perturbations(WEATHER), lambda p: True, settings=SETTINGS).seed == 0
    assert smallest(perturbations(["fog"]), lambda p: p.seed >= 1000) == "fog(severity=1).seeded(1000)"


@pytest.mark.parametrize("limit", [60, 100, 140, 180])
def test_of_a_real_failure_no_effect_can_be_left_out_and_no_level_lowered(limit):
    """The claim: a white image stays as bright as this. Several effects and mixtures of them darken it."""
    white = np.full((8, 8, 3), 255, np.uint8)

    def fails(p):
        return p(white).mean() < limit

    pool = ["brightness", "contrast", "under_exposure", "low_light", "vignetting"]
    found = find(perturbations(pool), fails, settings=SETTINGS)
    assert fails(found)
    for place, step in enumerate(found.steps):
        others = found.steps[:place], found.steps[place + 1 :]
        if len(found.steps) > 1:
            assert not fails(Perturbation(others[0] + others[1]))
        for level in range(1, int(step.level or 1)):
            assert not fails(Perturbation((*others[0], replace(step, level=float(level)), *others[1])))


@pytest.mark.parametrize("limit", [140, 170, 200])
def test_of_all_single_effects_the_smallest_is_found(limit):
    white = np.full((8, 8, 3), 255, np.uint8)
    pool = ["brightness", "contrast", "under_exposure", "low_light", "vignetting"]
    every = [effect(name, severity=level) for level in (1, 2, 3, 4, 5) for name in pool]
    first = next(p for p in every if p(white).mean() < limit)
    assert smallest(perturbations(pool, max_length=1), lambda p: p(white).mean() < limit) == repr(first)


def test_of_a_known_failure_the_fewest_effects_the_lowest_severities_and_the_earliest_row_are_found():
    """One row in two to one in ten fails; one effect or two are needed, at a severity each. It takes 500 tries a case:
    the environment variable ROBUST_FINDS says how many cases there are.
    """
    cases, hits, wanted = 0, 0, int(os.environ.get("ROBUST_FINDS", "20"))
    for seed in range(wanted):
        rng = np.random.default_rng(seed)
        bad = rng.random(300) < rng.uniform(0.1, 0.5)
        needed = {str(name): int(rng.integers(1, 4)) for name in rng.permutation(WEATHER)[: rng.integers(1, 3)]}

        def fails(drawn, bad=bad, needed=needed):
            row, p = drawn
            return bool(bad[row.position]) and all((levels(p).get(name) or 0) >= needed[name] for name in needed)

        drawn = st.tuples(
            rows((np.zeros((300, 2, 2, 1), np.uint8), None)), perturbations(WEATHER, severities=[1, 2, 3])
        )
        try:
            row, p = find(drawn, fails, settings=SETTINGS)
        except NoSuchExample:  # it is rare, and was not drawn
            continue
        cases += 1
        hits += (row.position, levels(p)) == (int(np.argmax(bad)), needed)
    assert cases >= 0.9 * wanted
    assert hits >= 0.95 * cases


# Rows


def test_a_row_is_what_the_data_set_says_of_it():
    labels = np.arange(7) % 3
    images = np.random.default_rng(2).integers(0, 256, (7, 4, 5, 3), dtype=np.uint8)
    dataset = from_arrays(images, labels, ids=list("abcdefg"))
    for data in ((images, labels), dataset):
        for position in range(7):
            row = find(rows(data), lambda row, at=position: row.position == at, settings=SETTINGS)
            assert np.array_equal(row.image, images[position])
            assert row.label == labels[position]
            assert row.id == (str(position) if isinstance(data, tuple) else "abcdefg"[position])
    assert repr(row) == "Row(id='g', position=6, label=0)"
    assert find(rows((images, None)), lambda row: True, settings=SETTINGS).label == -1


def test_a_source_is_opened_when_the_first_row_is_drawn(tmp_path, monkeypatch):
    strategy = rows("rows.npz")
    monkeypatch.chdir(tmp_path)
    np.savez("rows.npz", images=BATCH, labels=[4, 5, 6])
    assert find(strategy, lambda row: row.label > 4, settings=SETTINGS).id == "1"
    with pytest.raises(SourceError, match=r"data 'none\.npz': .* does not exist"):
        find(rows("none.npz"), lambda row: True, settings=SETTINGS)


def test_every_row_is_drawn_and_the_first_ones_hardly_more_often():
    seen = np.zeros(400, int)

    @settings(max_examples=4000, deadline=None, database=None, derandomize=True)
    @given(rows((np.zeros((400, 2, 2, 1), np.uint8), None)))
    def look(row):
        seen[row.position] += 1

    look()
    assert (seen > 0).mean() > 0.95
    assert seen[:64].sum() < 2 * 64 / 400 * seen.sum()


# What is drawn


@settings(max_examples=150, deadline=None)
@given(perturbations(WEATHER, min_length=2, max_length=3, severities=(1, 3)))
def test_chains_are_of_different_effects_at_the_given_levels(p):
    names = [step.generator.name for step in p.steps]
    assert 2 <= len(names) == len(set(names)) <= 3
    assert set(names) <= set(WEATHER)
    assert {step.level for step in p.steps} <= {1, 3}


@settings(max_examples=40, deadline=None)
@given(perturbations())
def test_all_ordinary_effects_work_on_an_ordinary_image(p):
    made = p(IMAGE)
    assert made.shape == IMAGE.shape
    assert made.dtype == np.uint8
    assert np.array_equal(p(IMAGE), made)


def drawn(strategy) -> set[str]:
    """The names of all effects that a strategy draws: those for which an example is found."""
    seen: set[str] = set()

    @settings(max_examples=600, deadline=None, database=None, derandomize=True)
    @given(strategy)
    def look(p):
        seen.update(levels(p))

    look()
    return seen


def test_a_kind_stands_for_its_members_that_need_no_options():
    members = {one.name for one in registry.all() if one.kind == "corruption"}
    assert drawn(perturbations("corruption", max_length=5)) == members - {"frost"}
    assert "premade" not in drawn(perturbations("field", max_length=5))
    assert "frost" in members
    assert drawn(perturbations(["attack"], max_length=5)) >= {"pgd", "fgsm", "apgd_ce"}


def test_kinds_and_names_can_be_mixed_and_keep_their_order():
    assert smallest(perturbations(["rain", "corruption"]), lambda p: True) == "rain(severity=1)"
    first = min(one.name for one in registry.all() if one.kind == "corruption")
    assert smallest(perturbations(["corruption", "rain"]), lambda p: True) == f"{first}(severity=1)"


def test_levels_are_of_each_effects_own_scale():
    found = smallest(perturbations(["pgd"]), lambda p: p.steps[0].level > 3 / 255)
    assert found == "pgd(epsilon=4/255)"
    assert smallest(perturbations("pgd", epsilons=[0.5]), lambda p: True) == "pgd(epsilon=0.5)"
    assert smallest(perturbations("blend"), lambda p: True) == "blend(weight=0.5)"
    assert smallest(perturbations("grayscale"), lambda p: True) == "grayscale()"
    assert (
        smallest(perturbations([{"fog": {"severity": 4}}, "snow"]), lambda p: "fog" in levels(p)) == "fog(severity=4)"
    )


def test_options_are_kept_and_told():
    assert smallest(perturbations({"flip": {"direction": "vertical"}}), lambda p: True) == "flip(direction='vertical')"


def test_a_generator_of_ones_own_is_as_good():
    @generator(kind="field", scale="severity", levels=(1, 2), risk="Mine.")
    def mine(images, *, severity, seeds, by: int = 3):
        return images // np.uint8(by)

    assert smallest(perturbations([mine]), lambda p: True) == "mine(severity=1)"
    assert np.array_equal(effect(mine, severity=1, by=2)(IMAGE), IMAGE // 2)


# What is refused


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"of": ["fogg"]}, UnknownNameError, "did you mean 'fog'"),
        ({"of": "corruptions"}, UnknownNameError, "and the kinds are clean, corruption, field"),
        ({"of": []}, OptionError, "`of` names no effect"),
        ({"of": ["compose"]}, OptionError, "option 'steps' is missing"),
        ({"of": ["premade"]}, OptionError, "premade needs the rows of a data set"),
        ({"of": ["fab_t"]}, OptionError, "fab_t searches for a level and takes none"),
        ({"of": [{"fog": {"severty": 3}}]}, OptionError, "unknown option 'severty'"),
        ({"of": [{"fog": {"severity": 30}}]}, OptionError, "fog takes `severity` from 1 to 5"),
        ({"of": ["fog"], "severities": [7]}, OptionError, "fog takes `severity` from 1 to 5; none of"),
        ({"of": ["fog"], "severities": []}, OptionError, "none of"),
        ({"of": WEATHER, "min_length": 4}, OptionError, "chains of 4 to 3 of 5 effects"),
        ({"of": ["fog"], "min_length": 2}, OptionError, "chains of 2 to 3 of 1 effects"),
        ({"of": ["fog"], "min_length": 0}, OptionError, "chains of 0 to 3"),
    ],
)
def test_mistakes_are_told_at_once(arguments, error, said):
    with pytest.raises(error, match=said):
        perturbations(**arguments)


def test_an_effect_needs_its_level():
    with pytest.raises(OptionError, match=r"fog needs a level; write `fog\(severity=\.\.\.\)`"):
        fog()
    with pytest.raises(AttributeError, match="did you mean 'fog'"):
        strategies.fogg  # noqa: B018
    with pytest.raises(AttributeError, match="no attribute '_fog'"):
        strategies._fog  # noqa: B018


# What a perturbation is


@pytest.mark.parametrize(
    "perturbation",
    [
        fog(severity=2) >> jpeg_compression(severity=1),
        fog(severity=3).seeded(7),
        (fog(severity=2) >> contrast(severity=5) >> flip(direction="horizontal")).seeded(2**64 - 1),
        compose(severity=3, steps=["fog", {"rain": {"severity": 2}}, {"flip": {"direction": "vertical"}}]),
        pgd(epsilon=8 / 255, norm="l2", steps=3),
    ],
    ids=str,
)
def test_what_is_told_can_be_pasted(perturbation):
    names = {name: getattr(strategies, name) for name in registry.names()}
    pasted = eval(repr(perturbation), names)
    assert pasted == perturbation
    assert hash(pasted) == hash(perturbation)
    assert repr(pasted) == repr(perturbation)


@settings(max_examples=100, deadline=None)
@given(perturbations())
def test_so_can_whatever_is_drawn(p):
    assert eval(repr(p), {name: getattr(strategies, name) for name in registry.names()}) == p


def test_perturbations_differ_by_effects_levels_options_order_and_seed():
    some = [
        fog(severity=2),
        fog(severity=3),
        fog(severity=2).seeded(1),
        contrast(severity=2),
        fog(severity=2) >> contrast(severity=2),
        contrast(severity=2) >> fog(severity=2),
        flip(direction="vertical"),
        flip(direction="horizontal"),
    ]
    assert len(set(some)) == len(some)
    assert fog(severity=2).seeded(5).seeded(0) == fog(severity=2)


def test_an_image_is_changed_as_the_generators_do_it():
    made = (fog(severity=2) >> jpeg_compression(severity=1)).seeded(5)(IMAGE)
    seeds = np.array([5], np.uint64)
    foggy = registry.get("fog")(IMAGE[None], severity=2, seeds=derived(seeds, 0))
    assert np.array_equal(made, registry.get("jpeg_compression")(foggy, severity=1, seeds=derived(seeds, 1))[0])


@settings(max_examples=25, deadline=None)
@given(perturbations(), st.permutations(range(3)))
def test_a_batch_is_its_images(p, order):
    before = BATCH.copy()
    made = p(BATCH[order])
    assert all(np.array_equal(made[place], p(BATCH[row])) for place, row in enumerate(order))
    assert np.array_equal(BATCH, before)


@pytest.mark.parametrize("images", [IMAGE / 255, IMAGE[..., 0], IMAGE[None, None]])
def test_what_is_no_image_is_refused(images):
    with pytest.raises(OptionError, match=r"images are .* of shape .*; give uint8 of shape"):
        fog(severity=1)(images)


# Attacks and ambiguous inputs


def bright(images):
    share = images.mean(axis=(1, 2, 3)) / 255
    return np.stack([1 - share, share], axis=1)


@pytest.fixture(scope="module")
def network():
    import torch

    linear = torch.nn.Linear(16 * 16 * 3, 4)
    with torch.no_grad():
        numbers = np.random.default_rng(3).normal(0, 0.2, (4, 16 * 16 * 3))
        linear.weight.copy_(torch.from_numpy(numbers))
        linear.bias.zero_()
    return from_module(torch.nn.Sequential(torch.nn.Flatten(), linear), device="cpu")


def test_an_attack_turns_the_models_answer_or_that_of_the_label(network):
    attack = pgd(epsilon=16 / 255)
    answers = network.predict(BATCH).probabilities.argmax(axis=1)
    fooled = network.predict(attack(BATCH, model=network)).probabilities.argmax(axis=1)
    assert (fooled != answers).all()
    assert np.array_equal(attack(BATCH, model=network, labels=answers), attack(BATCH, model=network))
    wrong = (answers + 1) % 4
    assert np.array_equal(attack(BATCH, model=network, labels=wrong), BATCH), "wrong as it is: nothing to do"
    alone = attack(BATCH[0], model=network, labels=int(answers[0]))
    assert np.array_equal(alone, attack(BATCH, model=network)[0])


def test_an_attack_after_weather_is_one_on_the_foggy_image(network):
    chain = fog(severity=1) >> pgd(epsilon=16 / 255)
    answer = network.predict(IMAGE[None]).probabilities.argmax()
    made = chain(IMAGE, model=network, labels=int(answer))
    foggy = fog(severity=1)(IMAGE)
    assert np.abs(made.astype(int) - foggy).max() <= 16
    assert network.predict(made[None]).probabilities.argmax() != answer


def test_black_box_attacks_take_any_function():
    image = np.full((8, 8, 3), 126, np.uint8)
    made = strategies.square(epsilon=16 / 255, queries=300)(image, model=from_callable(bright))
    assert bright(image[None]).argmax() == 0
    assert bright(made[None]).argmax() == 1


def test_ambiguous_inputs_take_a_partner():
    partner = np.flip(IMAGE, axis=1)
    expected = np.floor(0.25 * IMAGE + 0.75 * partner + 0.5)
    assert np.array_equal(blend(weight=0.25)(IMAGE, partner=partner), expected)


def test_what_is_not_at_hand_is_named():
    with pytest.raises(OptionError, match="pgd needs `model`"):
        pgd(epsilon=0.1)(IMAGE)
    with pytest.raises(OptionError, match="blend needs `partner`"):
        blend(weight=0.5)(IMAGE)
    with pytest.raises(ModelError, match="needs gradients"):
        pgd(epsilon=0.1)(IMAGE, model=from_callable(bright))


# What it costs those who do not use it


def test_neither_hypothesis_nor_torch_is_imported_before_it_is_asked_for():
    script = """
import sys
import pytest_robust
import pytest_robust.api
assert "hypothesis" not in sys.modules
assert "strategies" in dir(pytest_robust)
pytest_robust.strategies.perturbations()
assert "hypothesis" in sys.modules
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)
    assert pytest_robust.strategies is strategies
