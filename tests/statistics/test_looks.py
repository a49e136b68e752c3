"""A test of a fixed number of rows, run at the end and at a few looks before it: what is spent, and what is told."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pytest_robust.statistics import Levels, Operator
from pytest_robust.statistics.decision import NotEstimableError
from pytest_robust.statistics.looks import FIRST_LOOK, decide_at_looks


@dataclass(frozen=True)
class Told:
    """A sample whose p-values are told beforehand; `asked` keeps what alpha each was asked with."""

    n: int
    p: dict[Operator, float]
    asked: list[tuple[int, Operator, float]]
    estimate: float = 0.6
    method: str = "told"

    def p_value(self, operator: Operator, bound: float, alpha: float) -> float:
        self.asked.append((self.n, operator, alpha))
        return self.p[operator]

    def limit(self, operator: Operator, alpha: float) -> float:
        return alpha if operator == ">=" else 1.0 - alpha

    def grown(self, copies: int) -> Told:
        return Told(self.n * copies, {key: value**copies for key, value in self.p.items()}, [])


def decide(n: int, p: dict[int, dict[Operator, float]], levels: Levels, *, final: bool, threshold: float = 0.5, **more):
    asked: list[tuple[int, Operator, float]] = []

    def sample(rows: int) -> Told:
        if rows not in p:
            raise NotEstimableError("nothing is told of so many")
        return Told(rows, p[rows], asked)

    found = decide_at_looks(sample, n, ">=", threshold, levels, bounds=(0.0, 1.0), final=final, **more)
    return found, asked


UNSURE: dict[Operator, float] = {">=": 0.3, "<=": 0.9}
LEVELS = Levels(alpha_pass=0.08, alpha_fail=0.04)


def test_all_that_is_spent_is_alpha_and_looks_double() -> None:
    looks = [FIRST_LOOK * 2**j for j in range(12)]
    found, asked = decide(300_000, dict.fromkeys([*looks, 300_000], UNSURE), LEVELS, final=True)
    assert [n for n, operator, _ in asked[: 2 * len(looks)] if operator == ">="] == looks
    for operator, alpha in ((">=", 0.08), ("<=", 0.04)):
        spent = [used for n, tried, used in asked if tried == operator and n in looks]
        assert sum(spent) == pytest.approx(alpha / 4 * (1 - 1 / 13))
        assert spent[0] == pytest.approx(alpha / 8)
        assert max(used for n, tried, used in asked if tried == operator and n == 300_000) == 0.75 * alpha
    assert (found.outcome, found.n, found.method) == ("INCONCLUSIVE", 300_000, "told")


def test_the_first_look_that_settles_it_is_the_answer_whatever_comes_later() -> None:
    told = {100: UNSURE, 200: {">=": 1e-6, "<=": 1.0}, 400: {">=": 1.0, "<=": 1e-9}, 500: UNSURE}
    for n in (200, 399, 500):
        found, _ = decide(n, told, LEVELS, final=False)
        assert (found.outcome, found.n, found.p_value) == ("PASS", 200, 1e-6)
    assert found.interval == pytest.approx((0.05 / 4 / 6 / 2, 1 - 0.05 / 4 / 6 / 2))
    assert decide(199, told, LEVELS, final=False)[0].outcome is None


def test_without_early_stopping_only_the_end_counts_and_has_all_of_alpha() -> None:
    levels = Levels(alpha_pass=0.08, alpha_fail=0.04, early_stopping=False)
    told = {100: {">=": 1e-9, "<=": 1.0}, 150: {">=": 0.07, "<=": 1.0}}
    assert decide(150, told, levels, final=False)[0].outcome is None
    found, asked = decide(150, told, levels, final=True)
    assert (found.outcome, found.n) == ("PASS", 150)
    assert {n for n, _, _ in asked} == {150}
    assert found.interval == pytest.approx((0.025, 0.975))


def test_fails_by_the_opposite_claim() -> None:
    found, _ = decide(50, {50: {">=": 1.0, "<=": 0.01}}, LEVELS, final=True)
    assert (found.outcome, found.p_value, found.rows_needed) == ("FAIL", 0.01, None)


def test_rows_needed_follow_the_logarithm_of_the_p_value() -> None:
    """p = 0.3 at 50 rows and 0.3^c at c times as many: 0.06 at 2.34 times, and half as many again for the odds."""
    found, _ = decide(50, {50: UNSURE}, LEVELS, final=True)
    assert found.rows_needed == pytest.approx(1.5 * 2.337 * 50 - 50, abs=1.1)
    assert found.reason is None
    none, _ = decide(50, {50: {">=": 1.0, "<=": 1.0}}, LEVELS, final=True)
    assert (none.rows_needed, none.reason) == (
        None,
        "at the estimate 0.6 no number of rows would settle a claim about 0.5",
    )
    stuck, _ = decide(50, {50: {">=": 1.0, "<=": 1.0}}, LEVELS, final=True, stuck="the other kind is too rare")
    assert stuck.reason == "the other kind is too rare"


def test_what_is_not_estimable_is_inconclusive_at_the_end_and_no_number_is_told() -> None:
    found, _ = decide(500, {}, LEVELS, final=True)
    assert (found.outcome, found.n, found.estimate, found.interval) == ("INCONCLUSIVE", 500, None, None)
    assert found.reason == "not estimable: nothing is told of so many"
    assert decide(500, {}, LEVELS, final=False)[0].outcome is None
    later, _ = decide(500, {200: {">=": 1e-9, "<=": 1.0}}, LEVELS, final=False)
    assert (later.outcome, later.n) == ("PASS", 200)


def test_a_threshold_at_the_end_of_the_range_holds_anyway_and_one_beyond_is_refused() -> None:
    assert decide(50, {50: {">=": 1.0, "<=": 1e-9}}, LEVELS, final=True, threshold=0.0)[0].outcome == "PASS"
    with pytest.raises(ValueError, match=r"threshold 1\.5 lies outside the range 0 to 1"):
        decide(50, {50: UNSURE}, LEVELS, final=True, threshold=1.5)
