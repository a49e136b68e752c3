"""Pairs: disjoint, of different classes, the same every time, and as confusable as the clean evidence says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from small_world import COLOURS, Brightest, cell, check, colours, mix, on_both, plan

from pytest_robust.carriers import Evidence
from pytest_robust.datasets import from_arrays
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.pairs import class_number, draw_pairs, most_confused, random_pairs
from pytest_robust.engine.seeds import row_order
from pytest_robust.errors import DataError, OptionError

LABELS = arrays(np.int64, st.integers(2, 60), elements=st.integers(0, 4))


def world(labels, seed):
    data = from_arrays(np.zeros((len(labels), 1, 1, 1), np.uint8), labels)
    rng = np.random.default_rng(seed)
    clean = Evidence({"ids": data.ids, "labels": labels, "probabilities": rng.dirichlet(np.ones(5), len(labels))})
    return data, row_order(seed, "test", data.ids), clean


@settings(deadline=None, max_examples=50)
@given(LABELS, st.integers(0, 99), st.sampled_from(["random", "confusable", [0, 1]]))
def test_pairs_are_disjoint_of_two_classes_and_the_same_every_time(labels, seed, wish):
    data, order, clean = world(labels, seed)
    try:
        draw = draw_pairs(wish, data, order, classes="abcde", clean=clean, suite_seed=seed)
    except DataError:
        wanted = {0, 1} if wish == [0, 1] else None
        assert len(set(labels) & wanted) < 2 if wanted else len(set(labels)) < 2
        return
    rows = np.concatenate([draw.first, draw.second])
    assert len(set(rows.tolist())) == len(rows)
    assert (labels[draw.first] != labels[draw.second]).all()
    assert draw.ids.tolist() == [f"{a}+{b}" for a, b in zip(data.ids[draw.first], data.ids[draw.second], strict=True)]
    again = draw_pairs(wish, data, order, classes="abcde", clean=clean, suite_seed=seed)
    assert again.ids.tolist() == draw.ids.tolist()
    if wish == [0, 1]:
        assert set(labels[draw.first]) == {0}
        assert len(draw) == min((labels == 0).sum(), (labels == 1).sum())
    if wish == "confusable":
        partner = most_confused(clean)
        assert [partner[label] for label in labels[draw.first]] == labels[draw.second].tolist()


def test_the_first_pairs_are_a_sample_of_all():
    """Classes that share a partner class run out of partners early, and their pairs must not all come first."""
    labels = np.random.default_rng(0).integers(0, 5, 2000)
    data, order, _ = world(labels, 0)
    wanted = np.array([1, 0, 0, 4, 3])
    clean = Evidence({"ids": data.ids, "labels": labels, "probabilities": np.eye(5)[wanted[labels]]})
    draw = draw_pairs("confusable", data, order, classes="abcde", clean=clean, suite_seed=0)
    early, late = (np.bincount(half, minlength=5) / len(half) for half in np.array_split(labels[draw.first], 2))
    assert np.abs(early - late).max() < 0.1


@settings(deadline=None, max_examples=50)
@given(LABELS, st.integers(0, 99))
def test_random_pairs_leave_rows_of_one_class_only(labels, seed):
    _, order, _ = world(labels, seed)
    used = {row for pair in random_pairs(labels, order) for row in pair}
    assert len({int(labels[row]) for row in range(len(labels)) if row not in used}) <= 1


def test_rows_without_a_label_are_in_no_pair():
    labels = np.array([0, -1, 1, -1])
    assert random_pairs(labels, np.arange(4)) == [(0, 2)]


def test_the_most_confused_class_has_the_highest_mean_probability_off_the_label():
    clean = Evidence(
        {
            "labels": np.array([0, 0, 1, 2]),
            "probabilities": np.array([[0.5, 0.1, 0.4, 0], [0.5, 0.4, 0, 0.1], [0.2, 0.3, 0.1, 0.4], [0, 0.5, 0.5, 0]]),
        }
    )
    assert most_confused(clean) == {0: 1, 1: 0, 2: 1}, "class 3 has no rows; 0.25 beats 0.2"


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (["red", "gren"], r"unknown class 'gren'; did you mean 'green'"),
        ([0, 7], "unknown class 7"),
        (["red", 0], "names one class twice"),
        ("nearest", "'nearest' is not a way to pair; write random, confusable, or two classes"),
        ([1], "is not a way to pair"),
    ],
)
def test_a_wish_that_cannot_be_met(wish, message):
    data, order, clean = world(np.array([0, 1, 2]), 0)
    with pytest.raises(OptionError, match=message):
        draw_pairs(wish, data, order, classes=COLOURS, clean=clean, suite_seed=0)


def test_names_come_before_numbers():
    assert class_number(2, ["7", "2", "5"]) == 1
    assert class_number("7", ["7", "2", "5"]) == 0
    assert class_number(2, ["a", "b", "c"]) == 2


@pytest.mark.parametrize("pairs", ["random", "confusable", ["blue", 0]])
def test_the_model_sees_the_blend_of_both_parents(pairs):
    claim = check(cell(mix, 0.75, pairs=pairs), on_both, "on_both >= 0.99")
    model, data = Brightest(), colours()
    engine = Engine(plan(model, claim, statistics={"early_stopping": False}), cache=None)
    verdict = engine.judge(claim)
    site = engine._bench.site(claim.cell)
    evidence = site.evidence.rows(len(site.draw))
    place = {name: row for row, name in enumerate(data["ids"])}
    rows = np.array([[place[name] for name in pair] for pair in evidence["parent_ids"]])
    np.testing.assert_array_equal(evidence["parents"], data["labels"][rows])
    np.testing.assert_array_equal(evidence["weight"], 0.75)
    assert (evidence.labels == -1).all()
    assert (evidence.truth, verdict.n) == ("parents", len(evidence))
    images = (data["images"][rows[:, 0]] * 0.75 + data["images"][rows[:, 1]] * 0.25).astype(np.uint8)
    np.testing.assert_array_equal(evidence.probabilities, Brightest().answers(images))


def test_blends_without_two_classes_are_an_error(tmp_path):
    np.savez(tmp_path / "one.npz", images=colours(9)["images"], labels=np.zeros(9, int))
    made = plan(Brightest(), data={"test": str(tmp_path / "one.npz")})
    with pytest.raises(DataError, match="labelled rows of two classes"):
        Engine(made, cache=None).judge(check(cell(mix, 0.5), on_both, "on_both >= 0.5"))
