"""Claims about every slice of what is no mean: one slice is judged as ever, and all of them in the same way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_robust.statistics import Decision, Levels
from pytest_robust.statistics.each_slice import decide_each
from pytest_robust.statistics.ece import decide_ece
from pytest_robust.statistics.means import decide_mean

LEVELS = Levels(alpha_fail=0.02)


def rows(n: int, seed: int = 0, slices: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """How sure and whether right: calibrated, but for the last slice, which is right in half of the cases."""
    rng = np.random.default_rng(seed)
    of = rng.integers(slices, size=n)
    confidence = rng.uniform(0.7, 1.0, n)
    return confidence, of, rng.random(n) < np.where(of == slices - 1, 0.5, confidence)


def ece_judge(confidence: np.ndarray, correct: np.ndarray, threshold: float):
    return lambda own, levels, final: decide_ece(confidence[own], correct[own], threshold, levels, final=final)


def decided(n: int, threshold: float, *, final: bool = True, slices: int = 3, seed: int = 0, levels: Levels = LEVELS):
    confidence, of, correct = rows(n, seed, slices)
    names = [f"s{number}" for number in range(slices)]
    return decide_each(ece_judge(confidence, correct, threshold), of, names, "<=", levels, final=final)


def test_the_bad_slice_is_named_and_the_others_are_judged_at_that_row():
    decision, results = decided(3000, 0.12)
    assert decision.outcome == "FAIL"
    assert [one.name for one in results if one.outcome == "FAIL"] == ["s2"]
    assert decision.reason.startswith("bad: 's2'; worst of 3 slices: 's2' with 0.")
    assert decision.method == "calibration e-process, 15 equal-width bins in each slice, Bonferroni"
    assert decision.n == sum(one.n for one in results) < 3000
    assert decision.estimate == next(one.estimate for one in results if one.name == "s2")


def test_a_slice_is_judged_as_if_it_stood_alone_with_its_share_of_the_error():
    confidence, of, correct = rows(3000)
    _, results = decided(3000, 0.12)
    own = of == 2
    alone = decide_ece(confidence[own], correct[own], 0.12, Levels(alpha_fail=0.02 / 3), final=True)
    assert (results[2].n, results[2].estimate, results[2].interval) == (alone.n, alone.estimate, alone.interval)


def test_all_slices_must_pass():
    confidence, of, correct = rows(8000, slices=2)
    judge = ece_judge(confidence, np.where(of == 1, confidence > np.random.default_rng(5).random(8000), correct), 0.12)
    decision, results = decide_each(judge, of, ["a", "b"], "<=", LEVELS, final=True)
    assert (decision.outcome, [one.outcome for one in results]) == ("PASS", ["PASS", "PASS"])
    assert decision.n < 8000, "and may stop when the last of them has"


def test_a_slice_without_rows_keeps_the_claim_open():
    confidence, of, correct = rows(4000, slices=2)
    own = of == 0
    judge = ece_judge(confidence[own], correct[own], 0.2)
    decision, results = decide_each(judge, of[own], ["a", "empty"], "<=", LEVELS, final=True)
    assert decision.outcome == "INCONCLUSIVE"
    assert "not estimable: no row of 'empty'" in decision.reason
    assert [one.outcome for one in results] == ["PASS", "INCONCLUSIVE"]


def test_nothing_at_all():
    decision, results = decided(0, 0.1)
    assert (decision.outcome, decision.reason, results) == ("INCONCLUSIVE", "there are no rows to judge", [])


def test_rows_needed_are_rows_of_all_slices():
    decision, results = decided(60, 0.2, slices=2)
    assert decision.outcome == "INCONCLUSIVE"
    assert decision.rows_needed is None or decision.rows_needed > max(one.n for one in results)


def test_a_slice_that_has_no_name():
    with pytest.raises(ValueError, match="the slice 2 of row"):
        decide_each(lambda *_: Decision(None, 0), np.array([0, 2]), ["a", "b"], "<=", LEVELS, final=True)


@given(st.integers(0, 40), st.integers(1, 400), st.sampled_from([0.05, 0.12, 0.3]), st.integers(1, 4))
@settings(deadline=None, max_examples=60)
def test_asking_in_steps_gives_the_answer_of_asking_once(seed: int, step: int, threshold: float, slices: int):
    n = 900
    confidence, of, correct = rows(n, seed, slices)
    names = [f"s{number}" for number in range(slices)]

    def ask(count: int):
        judge = ece_judge(confidence[:count], correct[:count], threshold)
        return decide_each(judge, of[:count], names, "<=", LEVELS, final=count == n)

    whole = ask(n)
    stepped = next(found for count in range(step, n + step, step) if (found := ask(min(count, n)))[0].outcome)
    assert stepped == whole


def test_errors_at_the_threshold_are_at_most_alpha():
    """Four slices that stand exactly at the bound of a mean, judged as if it were no mean."""
    rng, levels, runs = np.random.default_rng(7), Levels(alpha_pass=0.1, alpha_fail=0.1), 400
    found = []
    for _ in range(runs):
        right, of = (rng.random(240) < 0.8).astype(float), rng.integers(4, size=240)

        def judge(own, shared, final, right=right):
            return decide_mean(right[own], ">=", 0.8, shared, fixed="clopper-pearson", final=final)

        found.append(decide_each(judge, of, list("abcd"), ">=", levels, final=True)[0].outcome)
    # P(Binomial(400, 0.1) > 70) < 1e-5
    assert found.count("FAIL") <= 70
    assert found.count("PASS") <= 70
