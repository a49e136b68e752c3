"""The tiers, their bounds, and how many rows prove them: the table of the convention, computed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom
from small_record import risk

from pytest_robust.risk.tier import SAMPLE, TIERS, derivation, least_rows, tier_of

ROWS = {1: (299, 473, 628), 2: (2995, 4742, 6294), 3: (29956, 47437, 62956), 4: (46050, 66381, 84057)}
"""As the design has them, with 0, 1 and 2 failures."""
GRADES = st.integers(0, 3)


@pytest.mark.parametrize("number", ROWS)
def test_the_least_rows_are_those_of_the_convention_and_not_one_more(number: int) -> None:
    tier = TIERS[number]
    assert tuple(tier.rows(failures) for failures in range(3)) == ROWS[number]
    for failures, rows in enumerate(ROWS[number]):
        alpha = 1 - tier.confidence
        assert binom.cdf(failures, rows, tier.bound) <= alpha < binom.cdf(failures, rows - 1, tier.bound)
        assert beta.ppf(tier.confidence, failures + 1, rows - failures) <= tier.bound  # Clopper and Pearson


def test_the_tiers_are_numbered_and_each_asks_for_at_least_as_much() -> None:
    assert [tier.number for tier in TIERS] == list(range(5))
    assert [tier.bound for tier in TIERS] == [None, 1e-2, 1e-3, 1e-4, 1e-4]
    assert [tier.confidence for tier in TIERS] == [0.95, 0.95, 0.95, 0.95, 0.99]
    assert TIERS[0].rows(0) == SAMPLE == 200
    assert [tier.rows(0) for tier in TIERS] == sorted(tier.rows(0) for tier in TIERS)
    assert [tier.signers for tier in TIERS] == [0, 0, 0, 2, 2]


def test_the_tier_is_severity_and_autonomy_less_one() -> None:
    table = [[tier_of(risk(severity, autonomy)).number for autonomy in range(4)] for severity in range(4)]
    assert table == [[0, 0, 0, 0], [0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 4]]
    rare = [[tier_of(risk(severity, autonomy, rare="r")).number for autonomy in range(4)] for severity in range(4)]
    assert rare == [[max(0, number - 1) for number in row] for row in table]


@given(GRADES, GRADES, GRADES, GRADES, st.sampled_from([None, "once a year"]))
def test_more_harm_or_more_freedom_is_never_a_lower_tier(
    s: int, a: int, more_s: int, more_a: int, rare: str | None
) -> None:
    higher = risk(max(s, more_s), max(a, more_a), rare=rare)
    assert tier_of(risk(s, a, rare=rare)).number <= tier_of(higher).number


@given(st.floats(1e-4, 0.3), st.floats(1e-4, 0.4), st.integers(0, 5))
def test_a_smaller_bound_a_smaller_error_and_more_failures_take_more_rows(
    bound: float, alpha: float, failures: int
) -> None:
    rows = least_rows(bound, alpha, failures)
    assert rows <= least_rows(bound / 2, alpha, failures)
    assert rows <= least_rows(bound, alpha / 2, failures)
    assert rows < least_rows(bound, alpha, failures + 1)
    assert binom.cdf(failures, rows, bound) <= alpha * (1 + 1e-9)


def test_how_it_came_about_is_said() -> None:
    told = "severity 3 (irreversible or life), autonomy 2 (acts, but a human can stop it in time)"
    assert derivation(risk(3, 2)) == told
    assert "rare" not in derivation(risk(0, 2, rare="once a year"))  # there is no tier below 0
    assert derivation(risk(3, 2, rare="once a year")) == f"{told}, one less for rare exposure"
