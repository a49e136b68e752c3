"""Loading a model: what it does to the process while it lasts."""

from __future__ import annotations

import gc

import pytest
from small_world import CLEAN, Brightest, cell, check, plan, right

from pytest_robust.engine.loading import load_model, uncollected
from pytest_robust.errors import ModelError

WANTED = check(cell(CLEAN), right, "right >= 0.5")


def loading(found: list[bool], error: Exception | None = None):
    """An adapter that notes whether garbage is collected, and gives a model or raises."""

    def load(**_):
        found.append(gc.isenabled())
        if error is not None:
            raise error
        return Brightest()

    return load


@pytest.mark.parametrize("error", [None, RuntimeError("no weights")])
def test_garbage_is_collected_after_a_model_was_loaded_and_not_meanwhile(monkeypatch, error):
    found: list[bool] = []
    planned = plan(Brightest(), WANTED)
    monkeypatch.setattr(type(planned.adapter), "__call__", lambda _, **options: loading(found, error)(**options))
    if error is None:
        load_model(planned)
    else:
        with pytest.raises(ModelError, match="no weights"):
            load_model(planned)
    assert found == [False]
    assert gc.isenabled()


def test_who_collects_no_garbage_himself_is_left_to_it():
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
