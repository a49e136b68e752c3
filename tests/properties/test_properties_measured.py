"""Budgets of time and memory: what was spent is what is told, and it is told as an observation."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from pytest_robust import check
from pytest_robust.carriers import Evidence
from pytest_robust.engine.measuring import TIMED, WARM_UP, measured
from pytest_robust.properties import registry
from pytest_robust.statistics import Levels

DATA = (np.random.default_rng(0).integers(0, 255, (12, 4, 4, 3), dtype=np.uint8), [0, 1] * 6)
MEGABYTE = 2**20
LINUX = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the peak of memory is read from /proc")


def answers(images: np.ndarray) -> np.ndarray:
    return np.full((len(images), 2), 0.5)


def slow(images: np.ndarray) -> np.ndarray:
    time.sleep(0.004 * len(images))
    return answers(images)


def large(images: np.ndarray) -> np.ndarray:
    np.ones((len(images), 24 * MEGABYTE // 8)).sum()
    return answers(images)


def judge(model, *claims: str, seed: int = 0):
    return check(model=model, data=DATA, require=list(claims), seed=seed)


def test_time_is_told_for_an_image():
    within, beyond, by_four = judge(slow, "latency <= 1000", "latency <= 3", "latency(batch=4) <= 3")
    assert (within.outcome, beyond.outcome, by_four.outcome) == ("PASS", "FAIL", "FAIL")
    for verdict in (within, beyond, by_four):
        assert verdict.estimate >= 4
        assert verdict.n == TIMED
        assert verdict.method == "measured in this run, on this machine"
        assert verdict.interval is None
    assert beyond.counterexamples == []


@LINUX
def test_memory_is_what_a_question_takes_beyond_what_is_held():
    within, beyond = judge(large, "memory <= 40", "memory(batch=3) <= 12")
    assert (within.outcome, beyond.outcome) == ("PASS", "FAIL")
    assert within.estimate == pytest.approx(24, abs=3)
    assert beyond.estimate == pytest.approx(24, abs=3)
    assert judge(answers, "memory <= 5")[0].outcome == "PASS"


def test_where_the_system_does_not_tell_there_is_no_number(monkeypatch, tmp_path):
    monkeypatch.setattr("pytest_robust.engine.measuring.CLEAR", tmp_path / "nowhere" / "clear_refs")
    (verdict,) = judge(answers, "memory <= 5")
    assert (verdict.outcome, verdict.estimate) == ("INCONCLUSIVE", None)
    assert verdict.reason == "not estimable: this system does not tell"


def test_they_take_no_part_of_the_flake_budget():
    (alone,) = judge(answers, "accuracy >= 0.9")
    together = judge(answers, "accuracy >= 0.9", "latency <= 1000", "memory <= 5000")
    assert together[0] == alone


def test_questions_before_the_first_that_counts_do_not_count():
    asked = []

    def warming(images: np.ndarray) -> np.ndarray:
        asked.append(len(images))
        time.sleep(0.05 if len(asked) <= WARM_UP else 0)
        return answers(images)

    found = measured(warming, DATA[0][:2])
    assert asked == [2] * (WARM_UP + TIMED + WARM_UP)
    assert np.median(found["seconds"]) < 0.05


@pytest.mark.parametrize(("percentile", "expected"), [(50, 25), (95, 48), (100, 50)])
def test_the_percentile_is_one_of_the_times(percentile: int, expected: int):
    costs = Evidence({"ids": np.arange(50).astype(str), "seconds": np.arange(1, 51) / 1000})
    member = registry.get("latency").bound({"percentile": percentile, "batch": 1})
    found = member.judge(costs, costs, "<=", 30.0, Levels(), final=True)
    assert found.estimate == pytest.approx(expected)
