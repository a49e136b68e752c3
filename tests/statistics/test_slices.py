"""Claims about every slice: errors at the edge, which slices are named, and what one slice shares with a plain mean."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from pytest_robust.statistics import Levels
from pytest_robust.statistics.betting import log_e_path
from pytest_robust.statistics.means import FixedTest, decide_mean
from pytest_robust.statistics.multiplicity import e_bh
from pytest_robust.statistics.parallel import first_named
from pytest_robust.statistics.slices import decide_slices

NAMES = ["day", "dusk", "night"]

KINDS: list[tuple[FixedTest, list[float]]] = [
    ("clopper-pearson", [-1.0, 1.0]),
    ("discordant", [-1.0, 0.0, 1.0]),
    ("betting", [-1.0, -0.3, 0.2, 1.0]),
]
sliced = (
    st.sampled_from(KINDS)
    .flatmap(
        lambda kind: st.tuples(
            st.just(kind[0]),
            st.lists(st.tuples(st.sampled_from(kind[1]), st.integers(0, 2)), min_size=1, max_size=90),
        )
    )
    .map(lambda drawn: (drawn[0], np.array([v for v, _ in drawn[1]]), np.array([s for _, s in drawn[1]])))
)


def draw(rng: np.random.Generator, n: int, rates: list[float]) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Answers right at these rates, in slices that grow rarer by and by."""
    share = 0.7 ** np.arange(len(rates))
    slice_of = rng.choice(len(rates), n, p=share / share.sum())
    right = (rng.random(n) < np.array(rates)[slice_of]).astype(float)
    return right, slice_of, [f"slice {number}" for number in range(len(rates))]


@pytest.mark.parametrize("early_stopping", [True, False])
def test_a_model_that_conforms_in_every_slice_fails_with_probability_alpha_at_most(early_stopping: bool) -> None:
    rng = np.random.default_rng(70)
    runs, levels = 250, Levels(alpha_fail=0.1, early_stopping=early_stopping)
    outcomes = [
        decide_slices(*draw(rng, 300, [0.8] * 4), ">=", 0.8, levels, fixed="clopper-pearson", final=True)[0].outcome
        for _ in range(runs)
    ]
    assert outcomes.count("FAIL") <= binom.isf(1e-4, runs, 0.1)
    assert outcomes.count("FAIL") + outcomes.count("PASS") > 0


@pytest.mark.parametrize("early_stopping", [True, False])
def test_a_model_that_is_bad_in_one_slice_passes_with_probability_alpha_at_most(early_stopping: bool) -> None:
    """The others are beyond doubt: nothing but the one slice keeps the claim from being proven."""
    rng = np.random.default_rng(71)
    runs, levels = 250, Levels(alpha_pass=0.1, early_stopping=early_stopping)
    outcomes = [
        decide_slices(*draw(rng, 300, [1.0, 1.0, 0.8]), ">=", 0.8, levels, fixed="clopper-pearson", final=True)[
            0
        ].outcome
        for _ in range(runs)
    ]
    assert 0 < outcomes.count("PASS") <= binom.isf(1e-4, runs, 0.1)


def test_of_the_slices_named_as_bad_a_share_of_alpha_at_most_is_expected_to_conform() -> None:
    rng = np.random.default_rng(72)
    levels, shares, named = Levels(alpha_fail=0.1), [], 0
    for _ in range(150):
        _, results = decide_slices(*draw(rng, 600, [0.8, 0.5, 0.8, 0.45]), ">=", 0.8, levels, final=True)
        bad = [result.name for result in results if result.outcome == "FAIL"]
        shares.append(sum(name in ("slice 0", "slice 2") for name in bad) / max(len(bad), 1))
        named += bool(bad)
    assert np.mean(shares) <= 0.1
    assert named > 140


def test_the_interval_covers_the_mean_of_the_worst_slice() -> None:
    """Whichever has the worst estimate: of slices that are alike, that is rarely the one whose interval is told."""
    rng = np.random.default_rng(73)
    runs, levels = 250, Levels(interval_confidence=0.8)
    found = [
        decide_slices(*draw(rng, 250, [0.8] * 4), ">=", 0.75, levels, fixed="clopper-pearson", final=True)[0]
        for _ in range(runs)
    ]
    missed = sum(not decision.interval[0] <= 0.8 <= decision.interval[1] for decision in found)
    assert missed <= binom.isf(1e-4, runs, 0.2)
    assert all(decision.interval[0] <= decision.estimate <= decision.interval[1] for decision in found)


def test_slices_that_are_bad_are_named_and_the_worst_is_told() -> None:
    rng = np.random.default_rng(74)
    decision, results = decide_slices(*draw(rng, 2000, [0.95, 0.5, 0.95]), ">=", 0.8, Levels(), final=True)
    assert decision.outcome == "FAIL"
    assert [result.outcome == "FAIL" for result in results] == [False, True, False]
    assert decision.n == sum(result.n for result in results) < 2000
    assert decision.estimate == results[1].estimate
    assert decision.reason == (
        f"bad: 'slice 1'; worst of 3 slices: 'slice 1' with {results[1].estimate:.4g} in {results[1].n} rows"
    )
    good, held = decide_slices(*draw(rng, 2000, [0.95, 0.9, 0.95]), ">=", 0.75, Levels(), final=True)
    assert (good.outcome, {result.outcome for result in held}) == ("PASS", {"PASS"})
    assert good.method == "betting e-process in each slice, e-BH"


@given(sliced, st.sampled_from([">=", "<="]), st.sampled_from([-0.5, 0.1, 0.6]))
@settings(deadline=None, max_examples=60)
def test_without_early_stopping_it_passes_where_every_slice_does_alone(drawn, operator, threshold: float) -> None:
    fixed, values, slice_of = drawn
    levels = Levels(alpha_pass=0.2, early_stopping=False)
    decision, results = decide_slices(
        values, slice_of, NAMES, operator, threshold, levels, bounds=(-1, 1), fixed=fixed, final=True
    )
    for number, result in enumerate(results):
        own = values[slice_of == number]
        alone = decide_mean(own, operator, threshold, levels, bounds=(-1, 1), fixed=fixed, final=True)
        assert (result.n, result.estimate) == (len(own), alone.estimate)
        assert (result.outcome == "PASS") == (alone.outcome == "PASS")
        assert result.interval == (None if not len(own) else pytest.approx(alone.interval))
        assert result.outcome != "FAIL" or alone.outcome == "FAIL"
    assert (decision.outcome == "PASS") == all(result.outcome == "PASS" for result in results)
    assert (decision.outcome == "FAIL") == any(result.outcome == "FAIL" for result in results)
    worst = min if operator == ">=" else max
    assert decision.estimate == worst(result.estimate for result in results if result.n)


@given(sliced, st.sampled_from([">=", "<="]), st.sampled_from([-0.5, 0.1, 0.6]), st.booleans())
@settings(deadline=None, max_examples=60)
def test_one_slice_is_a_plain_mean(drawn, operator, threshold: float, early: bool) -> None:
    fixed, values, _ = drawn
    levels = Levels(alpha_pass=0.2, alpha_fail=0.1, early_stopping=early)
    options = {"bounds": (-1, 1), "fixed": fixed, "final": True}
    alone = decide_mean(values, operator, threshold, levels, **options)
    decision, _ = decide_slices(values, np.zeros(len(values), int), ["all"], operator, threshold, levels, **options)
    assert (decision.outcome, decision.n, decision.rows_needed) == (alone.outcome, alone.n, alone.rows_needed)
    assert decision.estimate == pytest.approx(alone.estimate)
    assert decision.interval == pytest.approx(alone.interval)
    assert decision.log10_e_value == (None if not early else pytest.approx(alone.log10_e_value))
    assert alone.p_value is None or decision.p_value == pytest.approx(alone.p_value)


@given(sliced, st.sampled_from([">=", "<="]), st.sampled_from([-0.5, 0.1, 0.6]), st.data())
@settings(deadline=None, max_examples=60)
def test_the_answer_does_not_depend_on_how_often_it_was_asked(drawn, operator, threshold: float, data) -> None:
    fixed, values, slice_of = drawn
    levels = Levels(alpha_pass=0.3, alpha_fail=0.2)
    looks = sorted(data.draw(st.sets(st.integers(1, len(values)), max_size=4)) | {len(values)})

    def ask(n: int, final: bool):
        return decide_slices(
            values[:n], slice_of[:n], NAMES, operator, threshold, levels, bounds=(-1, 1), fixed=fixed, final=final
        )

    whole = ask(len(values), True)
    answers = [ask(n, n == looks[-1]) for n in looks]
    assert next(answer for answer in answers if answer[0].outcome is not None) == whole
    assert all(not results for decision, results in answers if decision.outcome is None)
    assert len(whole[1]) == 3
    low, high = whole[0].interval
    assert -1 <= low <= whole[0].estimate + 1e-9
    assert whole[0].estimate - 1e-9 <= high <= 1


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 4)), min_size=1, max_size=120),
    st.sampled_from([0.3, 0.6, 0.8]),
    st.sampled_from([0.05, 0.3, 0.6]),
)
@settings(deadline=None)
def test_the_first_row_at_which_e_bh_names_a_slice(drawn, mean: float, alpha: float) -> None:
    """By brute force: asked anew after every row."""
    values, slice_of = np.array([float(v) for v, _ in drawn]), np.array([s for _, s in drawn])
    rows = [np.flatnonzero(slice_of == number) for number in range(5)]
    paths = [log_e_path(values[own], mean) for own in rows]

    def now(row: int) -> np.ndarray:
        return np.array(
            [path[(own <= row).sum() - 1] if (own <= row).any() else 0.0 for own, path in zip(rows, paths, strict=True)]
        )

    naming = [row for row in range(len(values)) if e_bh(now(row), alpha).any()]
    assert first_named(rows, paths, alpha, len(values)) == (naming[0] if naming else len(values))


def test_rows_needed_until_the_slice_that_needs_most_is_proven() -> None:
    rng = np.random.default_rng(75)
    slice_of, right = np.repeat([0, 1], [80, 40]), np.r_[np.ones(78), np.zeros(2), np.ones(36), np.zeros(4)]
    order = rng.permutation(120)

    def ask(values: np.ndarray, slices: np.ndarray):
        levels = Levels(early_stopping=False)
        return decide_slices(values, slices, ["a", "b"], ">=", 0.8, levels, fixed="clopper-pearson", final=True)[0]

    first = ask(right[order], slice_of[order])
    assert first.outcome == "INCONCLUSIVE"
    n = 120 + first.rows_needed
    passed = 0
    for _ in range(100):
        slices = rng.choice(2, n, p=[2 / 3, 1 / 3])
        passed += ask((rng.random(n) < np.array([0.975, 0.9])[slices]) * 1.0, slices).outcome == "PASS"
    assert 65 <= passed <= 95


def test_rows_needed_until_one_is_disproved_where_an_estimate_speaks_against_the_claim() -> None:
    values = np.r_[np.ones(100), np.tile([1.0, 1.0, 0.0], 10)]
    slice_of = np.r_[np.zeros(100, int), np.ones(30, int)]
    order = np.random.default_rng(76).permutation(130)
    decision, _ = decide_slices(
        values[order], slice_of[order], ["a", "b"], ">=", 0.8, Levels(), fixed="clopper-pearson", final=True
    )
    assert decision.outcome == "INCONCLUSIVE"
    assert 130 < decision.rows_needed < 3000


def test_a_slice_without_rows_is_not_estimable_and_keeps_the_claim_from_being_proven() -> None:
    values, slice_of = np.ones(400), np.tile([0, 2], 200)
    decision, results = decide_slices(values, slice_of, NAMES, ">=", 0.5, Levels(), final=True)
    assert (decision.outcome, decision.n, decision.rows_needed) == ("INCONCLUSIVE", 400, None)
    assert decision.reason == "not estimable: no row of 'dusk'; worst of 3 slices: 'day' with 1 in 200 rows"
    assert (results[1].n, results[1].estimate, results[1].interval) == (0, None, None)
    assert [result.outcome for result in results] == ["PASS", "INCONCLUSIVE", "PASS"]
    failed, _ = decide_slices(1 - values, slice_of, NAMES, ">=", 0.5, Levels(), final=True)
    assert failed.outcome == "FAIL"


def test_of_many_bad_slices_five_are_named_in_the_reason() -> None:
    slice_of = np.tile(np.arange(8), 200)
    decision, results = decide_slices(
        np.zeros(1600), slice_of, list("abcdefgh"), ">=", 0.5, Levels(early_stopping=False), final=True
    )
    assert {result.outcome for result in results} == {"FAIL"}
    assert decision.reason == ("bad: 'a', 'b', 'c', 'd', 'e' and 3 more; worst of 8 slices: 'a' with 0 in 200 rows")


def test_no_rows() -> None:
    nothing = np.array([])
    assert decide_slices(nothing, nothing, NAMES, ">=", 0.5, Levels(), final=False)[0].outcome is None
    decision, results = decide_slices(nothing, nothing, NAMES, ">=", 0.5, Levels(), final=True)
    assert (decision.outcome, decision.n, results) == ("INCONCLUSIVE", 0, [])


@pytest.mark.parametrize(
    ("values", "slice_of", "message"),
    [
        ([0.5, math.nan], [0, 1], "value of row 1 is NaN"),
        ([0.5, 1.5], [0, 1], "1.5 of row 1 lies outside"),
        ([0.5, 0.5], [0, 3], "slice 3 of row 1 is none of the 3 slices"),
        ([0.5, 0.5], [-1, 0], "slice -1 of row 0"),
        ([0.5, 0.5], [0], "one number for each of 2 rows"),
    ],
)
def test_refuses_what_is_no_value_or_slice(values, slice_of, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decide_slices(np.array(values), np.array(slice_of), NAMES, ">=", 0.5, Levels(), final=True)
