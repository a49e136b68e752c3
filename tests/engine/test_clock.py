"""Where the time goes: every second counts once, for what it was spent on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from small_world import Brightest, cell, check, plan, right

from pytest_robust.datasets._open import open_dataset
from pytest_robust.engine import clock, loading
from pytest_robust.engine.clock import profiled, timed
from pytest_robust.engine.engine import Engine
from pytest_robust.generators import generator

NOW = [0.0]


def slowly(*arguments: Any, **options: Any) -> Any:
    """Open a data set, in a thousand seconds."""
    NOW[0] += 1000
    return open_dataset(*arguments, **options)


@generator(kind="attack", scale="epsilon", bounds=(0, 1), needs=("queries",), risk="A patient attacker.")
def patient(images: Any, *, severity: float, seeds: Any, ask: Callable[[Any], Any]) -> Any:
    """Thinks for ten seconds, before and after it asks."""
    NOW[0] += 10
    ask(images)
    NOW[0] += 10
    return images


@dataclass
class Slow(Brightest):
    """Needs a second for an answer, and remembers how many it gave."""

    def predict(self, images: Any) -> Any:
        NOW[0] += 1
        return super().predict(images)


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "monotonic", lambda: NOW[0])


def test_each_second_of_a_check_counts_once_and_for_what_it_was_spent_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "open_dataset", slowly)
    model = Slow()
    made = plan(model, check(cell(patient, 0.1), right, "right >= 0.1"), statistics={"early_stopping": False})
    engine = Engine(made, cache=None)
    began = NOW[0]
    with profiled() as seconds:
        engine.judge(made.checks[0])
    assert sum(seconds.values()) == NOW[0] - began
    assert seconds["data"] == 1000
    assert seconds["model"] == len(model.asked), "what the generator asked is the model's time"
    assert seconds["generation"] == 20 * 8, "60 rows, eight at a time"
    assert seconds["judging"] == seconds.get("disk", 0) == seconds["rest"] == 0


def test_waiting_for_another_process_counts_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(_file: Any) -> bool:
        NOW[0] += 7
        return True

    monkeypatch.setattr("pytest_robust.engine.store.wait_for", wait)
    made = plan(Brightest(), check(cell(patient, 0.1), right, "right >= 0.1"))
    with profiled() as seconds:
        Engine(made, cache=tmp_path).judge(made.checks[0])
    assert seconds["disk"] > 0
    assert seconds["disk"] % 7 == 0


@timed("model")
def broken() -> None:
    """Raise, after two seconds."""
    NOW[0] += 2
    raise ValueError("broken")


def test_an_error_leaves_its_section() -> None:
    with profiled() as seconds:
        with pytest.raises(ValueError, match="broken"):
            broken()
        NOW[0] += 1
    assert seconds == {"model": 2, "rest": 1}


def test_nobody_who_does_not_ask_is_measured_and_other_threads_are_not() -> None:
    def elsewhere() -> None:
        with timed("data"):
            NOW[0] += 5

    with timed("model"):
        NOW[0] += 3
    with profiled() as seconds, timed("model"):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert {name: value for name, value in seconds.items() if value} == {"model": 5}
