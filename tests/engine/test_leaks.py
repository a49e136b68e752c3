"""A model that leaks memory, for real, and models that only look like it."""

from __future__ import annotations

import mmap
import sys

import numpy as np
import pytest
from small_world import CLEAN, Answering, Brightest, cell, check, grain, lost, plan, right

from pytest_robust.engine.engine import Engine
from pytest_robust.engine.leaks import LEAST, Growth, keeps_growing

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

CHECKS = (check(cell(CLEAN), right, "right >= 0.3"), check(cell(grain, 2), lost, "lost <= 0.5"))
MEGABYTE = 10**6


def told(harm):
    """The verdicts on a model that does something besides, in 120 questions, and the warnings."""

    def answers(images):
        harm(images)
        return Brightest().answers(images)

    model = Answering(function=answers)
    engine = Engine(plan(model, *CHECKS, batch=1, statistics={"early_stopping": False}), cache=None)
    return [engine.judge(one) for one in CHECKS], engine.warnings


def taken(megabytes):
    """Memory that is really there, and was not before: what earlier tests gave back would be taken first."""
    memory = np.frombuffer(mmap.mmap(-1, megabytes * MEGABYTE), np.uint8)
    memory[:] = 1
    return memory


def test_a_model_that_leaks_is_named_once_and_judged_all_the_same():
    leaked = []
    verdicts, warnings = told(lambda images: leaked.append(taken(3)))
    assert len(warnings) == 1
    assert "the model keeps memory of every question, 10" in warnings[0], "just over 100 MB"
    assert "next one goes on from there" in warnings[0]
    assert verdicts == told(lambda images: None)[0]


def test_a_model_that_needs_much_but_always_the_same_is_not_named():
    assert told(lambda images: taken(300))[1] == []


def test_a_model_that_fills_a_cache_and_stops_is_not_named():
    kept = []
    assert told(lambda images: kept.append(taken(30)) if len(kept) < 10 else None)[1] == []
    assert len(kept) == 10


def test_a_model_that_needs_more_from_time_to_time_and_gives_it_back_is_not_named():
    count, kept = iter(range(10**6)), []

    def breathe(images):
        kept.append(taken(4))
        if next(count) % 20 == 19:
            kept.clear()

    assert told(breathe)[1] == []


def test_answers_that_the_engine_keeps_are_not_held_against_the_model():
    growth, kept, found = Growth(), [], []
    for _ in range(60):
        before = growth.resident()
        kept.append(taken(3))
        found.append(growth.note(before, 3 * MEGABYTE))
    assert set(found) == {None}


def test_what_grows_between_the_questions_is_not_held_against_the_model():
    growth, kept, found = Growth(), [], []
    for _ in range(60):
        kept.append(taken(3))
        found.append(growth.note(growth.resident(), 0))
    assert set(found) == {None}


def test_a_slow_leak_is_found_in_a_long_run():
    growth, now = Growth(), 0
    growth.resident = lambda: now
    while growth.note(now - 20_000, 0) is None:
        now += 20_000
    assert LEAST <= now <= 1.05 * LEAST, "seen at the next note"


def test_where_the_system_tells_nothing_nothing_is_said():
    growth = Growth()
    growth.resident = lambda: 0
    assert {growth.note(0, 1000) for _ in range(1000)} == {None}


def test_a_jump_is_no_growth_however_large():
    assert not keeps_growing([0] * 50 + [9 * LEAST] * 50)
