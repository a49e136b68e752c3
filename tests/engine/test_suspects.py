"""Labels that look wrong: the formula by hand, against another implementation of it, and in a record."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from small_world import CLEAN, HERE, Brightest, cell, check, colours, grain, plan, right

from pytest_robust.carriers import Evidence
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.suspects import MOST_SUSPECTS, suspected, suspects


def told(probabilities, labels) -> dict[int, int]:
    found, like = suspected(np.array(probabilities, np.float32), np.array(labels))
    return dict(zip(found.tolist(), like.tolist(), strict=True))


def test_a_case_worked_out_by_hand():
    probabilities = [
        [0.9, 0.1, 0.0],  # labelled 0
        [0.5, 0.2, 0.3],  # labelled 0; threshold of 0: (0.9 + 0.5 + 0.1) / 3 = 0.5
        [0.1, 0.1, 0.8],  # labelled 0, and looks like 2
        [0.2, 0.8, 0.0],  # labelled 1
        [0.4, 0.6, 0.0],  # labelled 1; threshold of 1: (0.8 + 0.6 + 0.1) / 3 = 0.5
        [0.45, 0.1, 0.45],  # labelled 1; nothing reaches 0.5, nor the threshold of 2
        [0.3, 0.0, 0.7],  # labelled 2, the only one: threshold of 2: 0.7
    ]
    assert told(probabilities, [0, 0, 0, 1, 1, 1, 2]) == {2: 2}


def test_a_class_that_the_model_is_seldom_sure_of_is_believed_at_less():
    """0.4 is as sure as this model ever is of class 1, and 0.6 is less than it usually is of class 0."""
    probabilities = [[0.95, 0.05], [0.55, 0.45], [0.6, 0.4], [0.65, 0.35]]
    assert told(probabilities, [0, 0, 1, 1]) == {}
    assert told([[0.95, 0.05], [0.4, 0.6], [0.6, 0.4], [0.65, 0.35]], [0, 0, 1, 1]) == {1: 1}


def test_a_label_that_the_model_answers_itself_is_not_suspected():
    """Its own class is below that class's threshold and the other is above its own, but the answer is the label."""
    probabilities = [[0.99, 0.01], [0.55, 0.45], [0.7, 0.3], [0.6, 0.4]]
    assert 1 not in told(probabilities, [0, 0, 1, 1])


def test_no_row_is_suspected_to_be_of_a_class_that_has_none():
    assert told([[0.2, 0.8], [0.3, 0.7]], [0, 0]) == {}


def test_the_surest_come_first_and_twenty_are_told():
    probabilities = np.array([[0.99, 0.01]] * 40 + [[0.4, 0.6]] * 40 + [[k / 100, 1 - k / 100] for k in range(25)])
    labels = np.array([0] * 40 + [1] * 40 + [0] * 25)
    evidence = Evidence(
        {"ids": np.array([f"row-{k}" for k in range(105)]), "labels": labels, "probabilities": probabilities},
        classes=("cat", "dog"),
    )
    found, count = suspects(evidence)
    assert (len(found), count) == (MOST_SUSPECTS, 25)
    assert [one.row for one in found[:2]] == ["row-80", "row-81"]
    assert (found[0].label, found[0].answer, found[0].probability) == ("cat", "dog", 1.0)
    assert [one.probability for one in found] == sorted((one.probability for one in found), reverse=True)


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(2, 6))
def test_the_order_of_rows_changes_nothing(seed: int, rows: int, classes: int):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(classes), rows)
    labels, order = rng.integers(0, classes, rows), rng.permutation(rows)
    shuffled = told(probabilities[order], labels[order])
    assert {int(order[row]): like for row, like in shuffled.items()} == told(probabilities, labels)


BY_CLEANLAB = [3, 25, 29, 47, 55, 56, 57, 70, 79, 83, 114, 121, 123, 124, 134, 174, 189, 195, 206, 222, 227, 238, 257]
BY_CLEANLAB += [283, 285, 306, 350, 358, 367, 386, 390, 394]


def test_the_rows_are_those_of_another_implementation():
    """`cleanlab.filter.find_label_issues(labels, p, filter_by="confident_learning")` of cleanlab 2.9.0 on the same."""
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 4, 400)
    logits = rng.normal(0, 1, (400, 4)) + 2.5 * np.eye(4)[np.where(rng.random(400) < 0.1, (labels + 1) % 4, labels)]
    assert sorted(told(softmax(logits, axis=1), labels)) == BY_CLEANLAB


def swapped():
    """Colours of which the first three are labelled as the next one."""
    found = colours()
    found["labels"] = np.where(np.arange(60) < 3, (found["labels"] + 1) % 3, found["labels"])
    return found


def test_labels_that_were_swapped_are_suspected_in_the_clean_cell_and_in_no_other():
    clean, noisy = check(cell(CLEAN), right, "right >= 0.01"), check(cell(grain, 1), right, "right >= 0.01")
    sources = {"test": f"{HERE.parent / 'test_suspects.py'}:swapped"}
    suite = plan(Brightest(), clean, noisy, data=sources, statistics={"early_stopping": False})
    engine = Engine(suite, cache=None)
    engine.judge(clean)
    engine.judge(noisy)
    summary = engine.summary(clean.cell)
    rows = {one.row for one in summary.suspects}
    assert {"row-0", "row-1", "row-2"} & rows
    assert summary.suspected == len(rows) < 20
    assert engine.summary(noisy.cell).suspects == []
