"""Claims about rates of one in a thousand: how many rows prove them, by the exact test and by the e-process."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pytest_robust.statistics import Levels
from pytest_robust.statistics.betting import FRACTIONS, log_e_path
from pytest_robust.statistics.means import decide_mean
from pytest_robust.statistics.planning import binomial_power

RATE = 1e-3


def judged(rows: int, failures: int, levels: Levels):
    """The failures come last, so that early rows look as good as they can."""
    values = np.r_[np.zeros(rows - failures), np.ones(failures)]
    return decide_mean(values, "<=", RATE, levels, fixed="clopper-pearson", final=True)


@pytest.mark.parametrize(("failures", "rows"), [(0, 2995), (1, 4742), (2, 6294)])
def test_the_plan_of_the_design_holds_where_all_of_alpha_is_on_the_exact_test(failures: int, rows: int) -> None:
    levels = Levels(early_stopping=False)
    assert judged(rows, failures, levels).outcome == "PASS"
    assert judged(rows - 1, failures, levels).outcome == "INCONCLUSIVE"


@pytest.mark.parametrize(("failures", "passes"), [(0, 0.74), (1, 0.92), (2, 0.97)])
def test_a_plan_without_failures_turns_away_good_models(failures: int, passes: float) -> None:
    """Of a true rate of 1e-4, by the exact power at the planned number of rows."""
    rows = {0: 2995, 1: 4742, 2: 6294}[failures]
    assert binomial_power(rows, 1 - RATE, 1 - RATE / 10, 0.05) == pytest.approx(passes, abs=0.007)


def test_what_early_stopping_costs_a_plan_without_failures() -> None:
    """Three quarters of alpha are left for the exact test: 3,282 rows, where all of it would do with 2,995."""
    assert judged(3282, 0, Levels()).outcome == "PASS"
    assert judged(3281, 0, Levels()).outcome == "INCONCLUSIVE"
    assert math.ceil(math.log(0.75 * 0.05) / math.log(1 - RATE)) == 3282


def test_the_e_process_alone_needs_more_and_the_design_says_what_it_would_take() -> None:
    """5,167 rows without failure at alpha 0.05, for all stakes weigh alike.

    Half of the weight on a stake of 0.99 would bring it to about the 3,555 of the design, and would cost other claims
    up to a fifth more rows in the median (p .90, truth .92); it would stop no plan earlier, since the exact test is
    done by 3,282 rows.
    """
    path = log_e_path(np.ones(6000), 1 - RATE)
    assert int((path >= math.log(20)).argmax()) + 1 == 5167
    stakes, weights = np.append(FRACTIONS, 0.99), np.append(np.full(len(FRACTIONS), 0.5 / len(FRACTIONS)), 0.5)
    wealth = weights @ (1 + stakes[:, None] * (1 / (1 - RATE) - 1)) ** np.arange(1, 6001)
    assert int((wealth >= 20).argmax()) + 1 == pytest.approx(3555, abs=20)


def test_frequent_failures_disprove_it_soon() -> None:
    """Ten failures in the first hundred rows: one in ten where one in a thousand is claimed."""
    values = np.r_[np.ones(10), np.zeros(90)][np.random.default_rng(90).permutation(100)]
    found = decide_mean(values, "<=", RATE, Levels(), fixed="clopper-pearson", final=False)
    assert found.outcome == "FAIL"
    assert found.n < 60
