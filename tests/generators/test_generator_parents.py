"""Clean, blended and unfamiliar inputs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import pictures, seeds

from pytest_robust.errors import OptionError
from pytest_robust.generators import registry
from pytest_robust.registry import check_options

BLEND = registry.get("blend")


@pytest.mark.parametrize(
    ("name", "kind", "truth"), [("clean", "clean", "label"), ("unfamiliar", "outlier", "unfamiliar")]
)
def test_what_is_not_perturbed_comes_back_as_it_is(name, kind, truth):
    member, images = registry.get(name), pictures(3, 20, channels=4)
    assert (member.kind, member.truth, member.scale, member.levels) == (kind, truth, None, ())
    assert np.array_equal(member(images, severity=0.0, seeds=seeds(3)), images)


@given(st.floats(0, 1))
def test_a_blend_is_the_weighted_mean_rounded(weight):
    first = np.arange(256, dtype=np.uint8).repeat(256).reshape(1, 256, 256, 1)
    second = first.transpose(0, 2, 1, 3)
    made = BLEND(first, severity=weight, seeds=seeds(1), partner=second)
    exact = weight * first.astype(float) + (1 - weight) * second.astype(float)
    assert np.abs(made - exact).max() <= 0.5001


def test_a_blend_at_the_ends_is_one_of_the_parents():
    first, second = pictures(4, 16)[:2], pictures(4, 16)[2:]
    assert np.array_equal(BLEND(first, severity=1.0, seeds=seeds(2), partner=second), first)
    assert np.array_equal(BLEND(first, severity=0.0, seeds=seeds(2), partner=second), second)


def test_a_blend_of_halves_does_not_depend_on_who_is_first():
    first, second = pictures(4, 16)[:2], pictures(4, 16)[2:]
    assert np.array_equal(
        BLEND(first, severity=0.5, seeds=seeds(2), partner=second),
        BLEND(second, severity=0.5, seeds=seeds(2), partner=first),
    )


def test_a_blend_declares_what_the_engine_must_know():
    assert (BLEND.kind, BLEND.truth, BLEND.scale) == ("ambiguity", "parents", "weight")
    assert (BLEND.levels, BLEND.bounds, BLEND.needs) == ((0.5,), (0, 1), {"partner"})


@pytest.mark.parametrize("pairs", ["random", "confusable", [3, 8], ["cat", "dog"]])
def test_pairs_are_an_option(pairs):
    assert check_options(BLEND.make, {"pairs": pairs}, given=BLEND.given) == {"pairs": pairs}


@pytest.mark.parametrize("pairs", ["confusble", [3], [1, 2, 3], 5, None])
def test_wrong_pairs_are_an_option_error(pairs):
    with pytest.raises(OptionError, match=r"pairs.*is not a way to pair; write random, confusable"):
        check_options(BLEND.make, {"pairs": pairs}, given=BLEND.given)
