"""The next chunk's hard inputs, made while the model answers: when, of what, and the same to the bit."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from small_world import CLEAN, COLOURS, Brightest, cell, check, grain, plan, right

from pytest_robust.carriers import Batch
from pytest_robust.datasets import from_arrays
from pytest_robust.datasets._classes import some_classes
from pytest_robust.engine import ahead, bench
from pytest_robust.engine.ahead import Ahead, can_be_ahead
from pytest_robust.engine.engine import Engine
from pytest_robust.generators import registry
from pytest_robust.generators._chain import Step

FOG, BLEND, PGD = (registry.get(name) for name in ("fog", "blend", "pgd"))
CHECKS = [check(cell(one, level), right, "right >= 0.01") for one, level in ((CLEAN, None), (FOG, 2), (grain, 2))]
SLOW = 0.02


@pytest.fixture
def spare(monkeypatch):
    """Two cores, whatever this machine has."""
    monkeypatch.setattr(ahead, "cores", lambda: 2)


@pytest.fixture
def made(monkeypatch):
    """Which generator worked in which thread, from when to when."""
    found = []

    def noted(cell, *given, **more):
        began = time.monotonic()
        hard = bench_hard_inputs(cell, *given, **more)
        found.append((cell.generator.name, threading.current_thread().name, began, time.monotonic()))
        return hard

    bench_hard_inputs = bench.hard_inputs
    monkeypatch.setattr(bench, "hard_inputs", noted)
    return found


def evidence(*, pause=0.0, stopping=False):
    """All evidence of the checks; a model that takes its time."""
    engine = Engine(
        plan(Brightest(pause=pause), *CHECKS, batch=16, statistics={"early_stopping": stopping}), cache=None
    )
    for one in CHECKS:
        engine.judge(one)
    return [engine._bench.site(one.cell).evidence.rows(60).columns for one in CHECKS]


def test_a_chunk_is_made_while_the_model_answers_about_the_one_before(spare, made):
    evidence(pause=10 * SLOW)
    fog = [(thread.partition("_")[0], began) for name, thread, began, _ in made if name == "fog"]
    assert [thread for thread, _ in fog[:4]] == ["MainThread", "ahead", "ahead", "ahead"]
    assert fog[1][1] - fog[0][1] < 10 * SLOW, "the model took longer than that"


def test_evidence_is_the_same_to_the_bit(spare, monkeypatch):
    with_it = evidence(pause=SLOW)
    monkeypatch.setattr(ahead, "cores", lambda: 1)
    for one, other in zip(with_it, evidence(), strict=True):
        assert one.keys() == other.keys()
        assert all(np.array_equal(one[name], other[name]) for name in one)


def test_with_one_core_and_for_code_of_a_users_nothing_is_made_ahead(spare, made, monkeypatch):
    evidence(pause=SLOW)
    assert {thread for name, thread, *_ in made if name == "grain"} == {"MainThread"}
    made.clear()
    monkeypatch.setattr(ahead, "cores", lambda: 1)
    evidence(pause=SLOW)
    assert {thread for _, thread, *_ in made} == {"MainThread"}


def test_what_may_never_be_asked_for_is_made_only_where_the_model_takes_longer(spare, made, monkeypatch):
    evidence(stopping=True, pause=SLOW)
    assert any(thread.startswith("ahead") for _, thread, *_ in made)
    made.clear()
    monkeypatch.setattr(ahead, "clocked", lambda make: (make(), 1e9))
    evidence(stopping=True, pause=SLOW)
    assert {thread for _, thread, *_ in made} == {"MainThread"}


def test_an_error_comes_out_when_its_turn_has_come(spare):
    one = Ahead()
    one.begin("broken", lambda: 1 // 0)
    time.sleep(SLOW)
    with pytest.raises(ZeroDivisionError):
        one.take("broken", lambda: 1)
    assert one.take("broken", lambda: 1) == 1


def test_what_was_not_begun_is_made_now(spare):
    one = Ahead()
    one.begin("never asked for", lambda: 1 // 0)
    assert one.take("other", lambda: 2) == 2
    assert one.take("never asked for", lambda: 3) == 3


def test_one_at_a_time(spare):
    one = Ahead()
    one.begin("first", lambda: 1)
    one.begin("second", lambda: 2)
    assert one.take("second", lambda: 3) == 3


class Elsewhere:
    """Rows that a user's code reads."""

    ids, labels, classes, fingerprint = np.array(["a"]), np.array([0]), COLOURS, "0" * 64

    def __len__(self):
        return 1

    def rows(self, indices):
        return Batch(np.zeros((1, 4, 4, 3), np.uint8), self.ids, self.labels)


def test_only_what_this_package_makes_of_rows_that_it_reads():
    ours = from_arrays(np.zeros((2, 4, 4, 3), np.uint8), [0, 1], classes=COLOURS)
    chain = registry.get("compose")
    found = {
        "fog": can_be_ahead(cell(FOG, 2), ours),
        "some classes": can_be_ahead(cell(FOG, 2), some_classes(ours, only=["red"])),
        "pairs": can_be_ahead(cell(BLEND, 0.5), ours),
        "chain": can_be_ahead(cell(chain, 2, steps=[Step(FOG)]), ours),
        "attack": can_be_ahead(cell(PGD, 0.1), ours),
        "a user's": can_be_ahead(cell(grain, 2), ours),
        "a user's in a chain": can_be_ahead(cell(chain, 2, steps=[Step(FOG), Step(grain)]), ours),
        "a user's rows": can_be_ahead(cell(FOG, 2), Elsewhere()),
    }
    assert [name for name, can in found.items() if can] == ["fog", "some classes", "pairs", "chain"]
