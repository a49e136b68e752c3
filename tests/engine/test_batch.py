"""How many rows are generated and predicted at a time, where the suite does not say."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_world import Brightest, cell, check, plan

from pytest_robust.engine.engine import Engine
from pytest_robust.engine.inputs import BATCH, LARGEST_BATCH, batch_of
from pytest_robust.generators import registry
from pytest_robust.properties import registry as properties

ROWS = 150


def large() -> dict[str, object]:
    """Images for which 128 at a time would be too many."""
    return {"images": np.full((ROWS, 160, 160, 3), 9, np.uint8), "labels": np.zeros(ROWS, int)}


@pytest.mark.parametrize(("source", "batch", "sizes"), [("large", None, [32] * 4 + [22]), ("large", 70, [70, 70, 10])])
def test_the_rows_of_large_images_are_fewer_unless_the_suite_says_how_many(source, batch, sizes):
    model = Brightest(classes=None)
    asked = check(cell(registry.get("contrast"), 1), properties.get("finite_outputs"), "finite_outputs")
    told = plan(model, asked, data={"test": f"{__file__}:{source}"}, batch=batch, statistics={"early_stopping": False})
    engine = Engine(told, cache=None)
    assert engine.judge(asked).n == ROWS
    assert [len(images) for images in model.asked[2:]] == sizes
    assert engine.data()[0].batch == sizes[0]


@given(st.tuples(*[st.integers(1, 5000)] * 2, st.sampled_from([1, 3])))
def test_as_many_as_fit_a_power_of_two(shape):
    found = batch_of(shape)
    assert found & (found - 1) == 0
    assert 1 <= found <= BATCH
    assert found == 1 or found * prod(shape) <= LARGEST_BATCH
    assert found == BATCH or 2 * found * prod(shape) > LARGEST_BATCH
