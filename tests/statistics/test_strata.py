"""Balanced accuracy against scikit-learn, rounds by hand, and errors at the edge where classes are unlike."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, norm
from sklearn.metrics import balanced_accuracy_score

from pytest_robust.statistics import Levels
from pytest_robust.statistics.strata import balanced_accuracy, decide_balanced_accuracy

rows = st.lists(st.tuples(st.booleans(), st.integers(0, 2)), min_size=1, max_size=90).map(
    lambda drawn: (np.array([right for right, _ in drawn]), np.array([label for _, label in drawn]))
)

SHARES, RIGHT = np.array([0.75, 0.2, 0.05]), np.array([0.98, 0.8, 0.62])
TRUTH = float(RIGHT.mean())


def unlike(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Rare classes that are hard: the accuracy is .93, the balanced one .80."""
    labels = rng.choice(3, n, p=SHARES)
    return rng.random(n) < RIGHT[labels], labels


@given(rows)
@settings(deadline=None)
def test_it_is_the_mean_recall(drawn) -> None:
    correct, labels = drawn
    found = balanced_accuracy(correct, labels, 3)
    if len(np.unique(labels)) < 3:
        assert found is None
    else:
        answers = np.where(correct, labels, (labels + 1) % 3)
        assert found == pytest.approx(balanced_accuracy_score(labels, answers))
        decided = decide_balanced_accuracy(correct, labels, 3, ">=", 0.5, Levels(early_stopping=False), final=True)
        assert decided.estimate == pytest.approx(found)
        assert decided.interval[0] <= decided.estimate <= decided.interval[1]


@pytest.mark.parametrize("early_stopping", [True, False])
def test_errors_at_the_threshold_are_at_most_alpha(early_stopping: bool) -> None:
    rng = np.random.default_rng(50)
    runs, levels = 300, Levels(alpha_pass=0.1, alpha_fail=0.1, early_stopping=early_stopping)
    found = [decide_balanced_accuracy(*unlike(rng, 600), 3, ">=", TRUTH, levels, final=True) for _ in range(runs)]
    for wrong in ("PASS", "FAIL"):
        assert 0 < [decision.outcome for decision in found].count(wrong) <= binom.isf(1e-4, runs, 0.1)
    missed = sum(not decision.interval[0] <= TRUTH <= decision.interval[1] for decision in found)
    assert missed <= binom.isf(1e-4, runs, 0.05)


def test_the_accuracy_of_common_classes_does_not_carry_it() -> None:
    rng = np.random.default_rng(51)
    found = [decide_balanced_accuracy(*unlike(rng, 6000), 3, ">=", 0.9, Levels(), final=True) for _ in range(20)]
    assert {decision.outcome for decision in found} == {"FAIL"}
    held = [decide_balanced_accuracy(*unlike(rng, 6000), 3, ">=", 0.7, Levels(), final=True) for _ in range(20)]
    assert {decision.outcome for decision in held} == {"PASS"}


def test_common_classes_are_used_whole_at_the_end() -> None:
    """With one row of each class in a round, the 9,800 rows of the common class beyond the 100th would be lost."""
    rng = np.random.default_rng(52)
    labels = rng.permutation(np.repeat([0, 1], [9900, 100]))
    correct = (labels == 1) | (rng.random(10000) < 0.6)
    levels = Levels(early_stopping=False)
    whole = decide_balanced_accuracy(correct, labels, 2, ">=", 0.77, levels, final=True)
    ranks = np.array([np.count_nonzero(labels[:i] == label) for i, label in enumerate(labels)])
    few = ranks < 100
    cut = decide_balanced_accuracy(correct[few], labels[few], 2, ">=", 0.77, levels, final=True)
    widths = [decision.interval[1] - decision.interval[0] for decision in (whole, cut)]
    assert whole.outcome == "PASS"
    assert widths[0] < 0.5 * widths[1]


def test_a_round_is_one_row_of_each_class_and_ends_with_the_last_of_them() -> None:
    """Class 1 comes late: what stops the process is told at the row that completed its last round."""
    labels = np.r_[np.zeros(60, int), np.ones(60, int)]
    right = np.ones(120, bool)
    found = decide_balanced_accuracy(right, labels, 2, ">=", 0.5, Levels(), final=False)
    assert (found.outcome, found.estimate) == ("PASS", 1.0)
    mixed = decide_balanced_accuracy(right, np.tile([0, 1], 60), 2, ">=", 0.5, Levels(), final=False)
    assert found.n == 60 + mixed.n // 2
    assert (
        decide_balanced_accuracy(
            right[: found.n - 1], labels[: found.n - 1], 2, ">=", 0.5, Levels(), final=False
        ).outcome
        is None
    )


@given(rows, st.sampled_from([">=", "<="]), st.sampled_from([0.1, 0.5, 0.9]), st.data())
@settings(deadline=None, max_examples=60)
def test_the_answer_does_not_depend_on_how_often_it_was_asked(drawn, operator, threshold: float, data) -> None:
    correct, labels = drawn
    levels = Levels(alpha_pass=0.3, alpha_fail=0.2)
    looks = sorted(data.draw(st.sets(st.integers(1, len(labels)), max_size=4)) | {len(labels)})

    def ask(n: int):
        return decide_balanced_accuracy(correct[:n], labels[:n], 3, operator, threshold, levels, final=n == looks[-1])

    whole = decide_balanced_accuracy(correct, labels, 3, operator, threshold, levels, final=True)
    answers = [ask(n) for n in looks]
    assert next(answer for answer in answers if answer.outcome is not None) == whole
    assert 1 <= whole.n <= len(labels)
    assert whole.estimate is None or 0 <= whole.interval[0] <= whole.estimate <= whole.interval[1] <= 1


@pytest.mark.parametrize(
    ("shares", "right", "n", "threshold"),
    [([1] * 10, [0.92] * 10, 420, 0.87), ([0.5, 0.5], [0.95, 0.6], 400, 0.71), ([0.99, 0.01], [0.95, 0.85], 1500, 0.7)],
)
def test_power_is_near_to_that_of_a_normal_test_that_knows_the_variance(
    shares, right, n: int, threshold: float
) -> None:
    """Many classes, unlike ones, and one of them rare; a normal test is not valid at such counts."""
    rng = np.random.default_rng(54)
    p, q = np.array(shares) / np.sum(shares), np.array(right)
    error = math.sqrt(np.sum(q * (1 - q) / (n * p))) / len(q)
    ideal = float(norm.sf(norm.isf(0.05) - (q.mean() - threshold) / error))
    levels, passed = Levels(early_stopping=False), 0
    for _ in range(100):
        labels = rng.choice(len(q), n, p=p)
        decided = decide_balanced_accuracy(
            rng.random(n) < q[labels], labels, len(q), ">=", threshold, levels, final=True
        )
        passed += decided.outcome == "PASS"
    assert ideal > 0.8
    assert passed / 100 > 0.6 * ideal


def test_rows_needed_count_rows_not_rounds() -> None:
    rng = np.random.default_rng(53)
    first = decide_balanced_accuracy(*unlike(rng, 400), 3, ">=", 0.68, Levels(), final=True)
    assert first.outcome == "INCONCLUSIVE"
    total = 400 + first.rows_needed
    again = [decide_balanced_accuracy(*unlike(rng, total), 3, ">=", 0.68, Levels(), final=True) for _ in range(30)]
    assert sum(decision.outcome == "PASS" for decision in again) >= 18


def test_a_class_without_rows_is_not_estimable() -> None:
    labels = np.array([0, 2] * 50)
    found = decide_balanced_accuracy(np.ones(100, bool), labels, 3, ">=", 0.1, Levels(), final=True)
    assert (found.outcome, found.n, found.estimate) == ("INCONCLUSIVE", 100, None)
    assert found.reason == "not estimable: no row of class 1"
    waiting = decide_balanced_accuracy(np.ones(100, bool), labels, 3, ">=", 0.1, Levels(), final=False)
    assert (waiting.outcome, waiting.n) == (None, 100)


def test_one_class_is_its_accuracy() -> None:
    correct = np.arange(200) % 10 > 0
    found = decide_balanced_accuracy(
        correct, np.zeros(200, int), 1, ">=", 0.7, Levels(early_stopping=False), final=True
    )
    assert (found.outcome, found.estimate) == ("PASS", pytest.approx(0.9))


def test_no_rows() -> None:
    nothing = np.array([], int)
    assert decide_balanced_accuracy(nothing > 0, nothing, 2, ">=", 0.5, Levels(), final=False).outcome is None
    found = decide_balanced_accuracy(nothing > 0, nothing, 2, ">=", 0.5, Levels(), final=True)
    assert (found.outcome, found.n) == ("INCONCLUSIVE", 0)


@pytest.mark.parametrize(
    ("labels", "classes", "threshold", "message"),
    [
        ([0, 3], 3, 0.5, "label 3 of row 1 is none of the 3 classes"),
        ([-1, 0], 3, 0.5, "label -1 of row 0"),
        ([0], 3, 0.5, "one of each a row"),
        ([0, 0], 0, 0.5, "there must be a class"),
        ([0, 0], 1, 1.5, "threshold 1.5"),
        ([0, 0], 1, math.nan, "threshold nan"),
    ],
)
def test_refuses_what_is_no_label_or_threshold(labels, classes: int, threshold: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decide_balanced_accuracy(np.ones(2, bool), np.array(labels), classes, ">=", threshold, Levels(), final=True)
