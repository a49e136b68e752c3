"""Claims about AURC, E-AURC and AUGRC: the kernels over groups of rows by brute force, and the errors of claims."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from pytest_robust.statistics import Levels
from pytest_robust.statistics.risk_areas import (
    RiskArea,
    all_wrong,
    discounted,
    largest_group,
    pair_values,
)
from pytest_robust.statistics.risks import ranking
from pytest_robust.statistics.selective import augrc, aurc, decide_augrc, decide_aurc, decide_e_aurc, e_aurc
from pytest_robust.statistics.ustatistics import groups_limit, groups_p

CLAIMS = {"aurc": (decide_aurc, aurc), "e_aurc": (decide_e_aurc, e_aurc), "augrc": (decide_augrc, augrc)}

rows = st.lists(st.tuples(st.sampled_from([0.0, 0.3, 0.7, 1.0]), st.booleans()), min_size=1, max_size=250)


def weight(j: int) -> float:
    return 1.0 / (j * (j - 1))


def wrong_at_the_top(confidence: np.ndarray, correct: np.ndarray) -> float:
    """The chance that the most confident row is wrong, ties broken at random."""
    return float(np.mean(~correct[confidence == confidence.max()]))


@pytest.mark.parametrize("most", [2, 3, 5, 7])
def test_the_observed_means_are_those_over_all_groups(most: int) -> None:
    rng = np.random.default_rng(70)
    for _ in range(10):
        confidence, correct = np.round(rng.random(7), 1), rng.random(7) < 0.5
        groups = {j: [list(group) for group in combinations(range(7), j)] for j in range(2, most + 1)}
        at_top, as_a_whole = (
            sum(weight(j) * np.mean([kernel(confidence[g], correct[g]) for g in ones]) for j, ones in groups.items())
            for kernel in (wrong_at_the_top, lambda _, right: not right.any())
        )
        ranked = ranking(confidence, correct)
        assert discounted(ranked, most) == pytest.approx(at_top)
        assert all_wrong(ranked, most) == pytest.approx(as_a_whole)


def test_areas_are_chances_among_a_random_number_of_rows() -> None:
    """By quadrature, for P(wrong | place u) = e a u^(a-1), whose most confident of j rows is wrong with chance m(j)."""
    u = (np.arange(20_000) + 0.5) / 20_000
    for error, a in ((0.05, 4.0), (0.4, 0.8)):
        wrong = np.minimum(1.0, error * a * u ** (a - 1.0))
        rate = wrong.mean()
        j = np.arange(2, 4000)
        at_top = sum(weight(int(k)) * np.mean(wrong * k * (1 - u) ** (k - 1.0)) for k in j[:300])
        rest = 1.0 / 301
        area = np.mean(wrong * -np.log(u))
        assert at_top <= area <= at_top + rest
        best = sum(weight(int(k)) * rate ** float(k) for k in j)
        assert best == pytest.approx(rate + (1 - rate) * math.log(1 - rate), abs=1e-6)


@pytest.mark.parametrize("n", [2, 3, 10, 101, 1000, 20_000])
def test_so_many_groups_fit_into_the_rows(n: int) -> None:
    """Group i has Q((i - V) / m) rows, at most Q(i / m)."""
    for most in (2, largest_group(n)):
        groups = RiskArea(n, 0.0, 0.0, most, 0.0, 1.0).groups
        quantile = np.arange(1, groups + 1) / groups if groups else np.array([])
        sizes = np.ceil(1.0 / (1.0 - quantile * (1.0 - 1.0 / most)) - 1e-9)
        assert sizes.sum() <= n
        assert (sizes <= most).all()
    assert RiskArea(n, 0.0, 0.0, 2, 0.0, 0.5).groups == n // 2


@given(st.integers(1, 40), st.floats(0.02, 0.98), st.floats(0.0, 1.0))
def test_the_bound_is_the_least_over_t_and_above_the_binomial_tail(groups: int, mean: float, observed: float) -> None:
    p = groups_p(observed, groups, mean)
    if observed <= mean:
        assert p == 1.0
        return
    counts = np.arange(groups + 1)
    chance = binom.pmf(counts, groups, mean)
    t = np.linspace(-1.0, observed, 400, endpoint=False)
    bounds = np.maximum(counts / groups - t[:, None], 0.0) @ chance / (observed - t)
    assert p == pytest.approx(bounds.min(), rel=0.02) or (p < bounds.min()) or bounds.min() > 0.9
    assert p >= chance[counts / groups >= observed].sum() - 1e-12
    assert p <= math.exp(-groups * entropy(observed, mean)) + 1e-9, "never worse than Hoeffding's exponential bound"


def entropy(x: float, y: float) -> float:
    return sum(a * math.log(a / b) for a, b in ((x, y), (1 - x, 1 - y)) if a > 0)


@given(st.integers(1, 400), st.floats(0.0, 1.0), st.sampled_from([0.05, 0.001]))
def test_limit_and_p_value_tell_the_same(groups: int, observed: float, alpha: float) -> None:
    limit = groups_limit(observed, groups, alpha)
    assert 0.0 <= limit <= observed
    if limit > 1e-9:
        assert groups_p(observed, groups, limit * (1 - 1e-6)) <= alpha + 1e-9
        assert groups_p(observed, groups, min(1.0, limit * (1 + 1e-6))) >= alpha - 1e-9


def model(rng: np.random.Generator, n: int, error: float, a: float, grain: int) -> tuple[np.ndarray, np.ndarray]:
    """P(wrong | place u) = error * a * u^(a-1); confidences rounded to 1 / grain, so that ties are of many rows."""
    place = rng.random(n)
    confidence = np.round((1.0 - place) * grain) / grain if grain else 1.0 - place
    return confidence, rng.random(n) >= np.minimum(1.0, error * a * place ** (a - 1.0))


def truths(error: float, a: float, grain: int) -> dict[str, float]:
    sample = model(np.random.default_rng(71), 300_000, error, a, grain)
    return {name: metric(*sample) for name, (_, metric) in CLAIMS.items()}


@pytest.mark.parametrize(("error", "a", "grain"), [(0.1, 2.0, 0), (0.5, 1.0, 0), (0.3, 1.5, 4), (0.02, 0.7, 0)])
def test_errors_at_the_threshold_are_at_most_alpha(error: float, a: float, grain: int) -> None:
    """At the threshold both the claim and its opposite hold in the limit: PASS and FAIL are both errors."""
    rng = np.random.default_rng(72)
    runs, alpha, levels = 200, 0.1, Levels(alpha_pass=0.1, alpha_fail=0.1, interval_confidence=0.8)
    truth = truths(error, a, grain)
    most = binom.isf(1e-4, runs, alpha)
    for name, (decide, _) in CLAIMS.items():
        found = [decide(*model(rng, 120, error, a, grain), "<=", truth[name], levels, final=True) for _ in range(runs)]
        for wrong in ("PASS", "FAIL"):
            assert [decision.outcome for decision in found].count(wrong) <= most
        missed = sum(not decision.interval[0] <= truth[name] <= decision.interval[1] for decision in found)
        assert missed <= binom.isf(1e-4, runs, 0.2)


def test_the_exact_test_of_pairs_does_err() -> None:
    """A test that never errs at the threshold has thrown away power: that of all pairs errs in a few of 100."""
    rng = np.random.default_rng(73)
    levels = Levels(alpha_pass=0.2, alpha_fail=0.2, early_stopping=False)
    truth = truths(0.5, 1.0, 0)["augrc"]
    found = [decide_augrc(*model(rng, 60, 0.5, 1.0, 0), "<=", truth, levels, final=True).outcome for _ in range(200)]
    assert found.count("PASS") >= 3
    assert found.count("FAIL") >= 3


@pytest.mark.parametrize("hidden", [0.004, 0.01, 0.02])
def test_a_model_wrong_on_its_most_confident_inputs_only_is_not_passed_for_want_of_them(hidden: float) -> None:
    """Most samples hold few of those inputs or none, and then every row seen is right."""
    rng = np.random.default_rng(74)
    area = hidden * (1 + math.log(1 / hidden))
    levels, passed, runs = Levels(alpha_pass=0.2), 0, 200
    for _ in range(runs):
        place = rng.random(150)
        passed += decide_aurc(1 - place, place > hidden, "<=", 0.999 * area, levels, final=True).outcome == "PASS"
    assert passed <= binom.isf(1e-4, runs, 0.2)


@pytest.mark.parametrize("name", CLAIMS)
def test_clear_cases_are_settled_early_and_others_at_the_end(name: str) -> None:
    rng = np.random.default_rng(75)
    decide, metric = CLAIMS[name]
    sample = model(rng, 3000, 0.3, 2.0, 0)
    value = metric(*sample)
    failed, passed = (decide(*sample, "<=", bound, Levels(), final=False) for bound in (0.3 * value, 4.0 * value))
    assert (failed.outcome, passed.outcome) == ("FAIL", "PASS")
    assert max(failed.n, passed.n) <= 800
    assert max(failed.p_value or 0.0, passed.p_value or 0.0) <= 0.05
    close = decide(*sample, ">=", 0.99 * value, Levels(), final=True)
    assert (close.outcome, close.n, close.estimate) == ("INCONCLUSIVE", 3000, value)
    assert close.interval[0] < value < close.interval[1]
    assert decide(*sample, ">=", 0.99 * value, Levels(), final=False).outcome is None


def typical(n: int, error: float, a: float) -> tuple[np.ndarray, np.ndarray]:
    """As `model`, without chance: as many wrong rows up to each place as are expected."""
    wrong = np.floor(n * error * ((np.arange(n + 1)) / n) ** a + 0.5)
    return -np.arange(n, dtype=float), np.diff(wrong) == 0


@pytest.mark.parametrize("name", CLAIMS)
@pytest.mark.parametrize(("apart", "outcome"), [(1.25, "PASS"), (0.75, "FAIL")])
def test_rows_needed_are_about_enough(name: str, apart: float, outcome: str) -> None:
    """Four times in five, measured on more repetitions than these."""
    rng, levels, (decide, metric) = np.random.default_rng(76), Levels(early_stopping=False), CLAIMS[name]
    sample = typical(400, 0.25, 1.5)
    bound = apart * metric(*sample)
    needed = 400 + decide(*sample, "<=", bound, levels, final=True).rows_needed
    enough, third = (
        [decide(*model(rng, n, 0.25, 1.5, 0), "<=", bound, levels, final=True).outcome for _ in range(25)]
        for n in (needed, needed // 3)
    )
    assert enough.count(outcome) >= 15
    assert third.count(outcome) <= 8


@given(rows, st.sampled_from(sorted(CLAIMS)), st.sampled_from([0.05, 0.2, 0.4]), st.data())
@settings(max_examples=80)
def test_the_answer_does_not_depend_on_how_often_it_was_asked(drawn, name: str, threshold: float, data) -> None:
    confidence, correct = np.array([c for c, _ in drawn]), np.array([y for _, y in drawn])
    decide = CLAIMS[name][0]
    levels = Levels(alpha_pass=0.3, alpha_fail=0.2)
    looks = sorted(data.draw(st.sets(st.integers(1, len(drawn)), max_size=4)) | {len(drawn)})
    whole = decide(confidence, correct, "<=", threshold, levels, final=True)
    asked = [decide(confidence[:n], correct[:n], "<=", threshold, levels, final=n == looks[-1]) for n in looks]
    assert next(one for one in asked if one.outcome is not None) == whole
    if whole.estimate is not None:
        assert 0.0 <= whole.interval[0] <= whole.interval[1] <= {"aurc": 1.0, "augrc": 0.5, "e_aurc": math.log(2)}[name]


@pytest.mark.parametrize("name", CLAIMS)
def test_without_early_stopping_no_order_of_the_rows_matters(name: str) -> None:
    rng = np.random.default_rng(77)
    confidence, correct = model(rng, 400, 0.3, 1.5, 5)
    levels = Levels(early_stopping=False)
    mixed = rng.permutation(400)
    first = CLAIMS[name][0](confidence, correct, "<=", 0.1, levels, final=True)
    assert first == CLAIMS[name][0](confidence[mixed], correct[mixed], "<=", 0.1, levels, final=True)


def test_pairs_count_half_of_each_where_they_tie() -> None:
    confidence = np.array([0.9, 0.1, 0.5, 0.5, math.inf, math.inf, 0.7])
    correct = np.array([False, True, True, False, False, False, False])
    assert pair_values(confidence, correct).tolist() == [1.0, 0.5, 1.0]
    assert pair_values(confidence[:1], correct[:1]).tolist() == []


@pytest.mark.parametrize("name", CLAIMS)
def test_no_row_is_not_estimable_and_one_row_settles_nothing(name: str) -> None:
    decide = CLAIMS[name][0]
    nothing, one = (np.array([]), np.array([], bool)), (np.array([1.0]), np.array([True]))
    assert decide(*nothing, "<=", 0.1, Levels(), final=False).outcome is None
    found = decide(*nothing, "<=", 0.1, Levels(), final=True)
    assert (found.outcome, found.n, found.estimate) == ("INCONCLUSIVE", 0, None)
    assert found.reason == "not estimable: there are no rows to judge"
    found = decide(*one, "<=", 0.1, Levels(), final=True)
    assert (found.outcome, found.estimate) == ("INCONCLUSIVE", 0.0)
    assert found.interval[1] > 0.4


def test_an_excess_of_no_right_answer_is_not_estimable_and_their_risk_is_all_there_is() -> None:
    confidence, correct = np.arange(300.0), np.zeros(300, bool)
    found = decide_e_aurc(confidence, correct, "<=", 0.1, Levels(), final=True)
    assert (found.outcome, found.estimate) == ("INCONCLUSIVE", None)
    assert found.reason.startswith("not estimable: no answer is right")
    assert decide_aurc(confidence, correct, "<=", 0.1, Levels(), final=True).outcome == "FAIL"


@pytest.mark.parametrize(("name", "too_high"), [("aurc", 1.1), ("e_aurc", 0.7), ("augrc", 0.6)])
def test_refuses_nan_and_a_threshold_out_of_range(name: str, too_high: float) -> None:
    decide = CLAIMS[name][0]
    row = np.array([0.5]), np.array([True])
    with pytest.raises(ValueError, match="of row 0 is NaN"):
        decide(np.array([math.nan]), np.array([True]), "<=", 0.1, Levels(), final=False)
    for threshold in (too_high, -0.1, math.nan):
        with pytest.raises(ValueError, match="threshold"):
            decide(*row, "<=", threshold, Levels(), final=True)
