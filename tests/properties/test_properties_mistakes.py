"""Mistakes by what they cost: distances in a tree by brute force, means by scikit-learn's confusion matrix."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta
from sklearn.metrics import confusion_matrix

from pytest_robust.carriers import Evidence
from pytest_robust.errors import OptionError
from pytest_robust.properties import Property, registry
from pytest_robust.properties._confusions import confusions_from
from pytest_robust.properties._cost_table import costs_from, costs_from_csv
from pytest_robust.properties._costs import costs_from_file
from pytest_robust.properties._hierarchy import hierarchy_from
from pytest_robust.sources import Roots
from pytest_robust.statistics import Levels
from pytest_robust.suite import parse_confusion

CLASSES = ("stop", "yield", "go")
PATIENT = Levels(early_stopping=False)
COSTS = costs_from({"stop": {"go": 10, "yield": 2}, "yield": {"default": 3}, "default": 0.5})
MATRIX = [[0, 2, 10], [3, 0, 3], [0.5, 0.5, 0]]


def evidence(labels: Any, answers: Any, *later: Any, classes: tuple[str, ...] = CLASSES) -> Evidence:
    """Rows answered with probability 0.8, in one draw or more."""
    drawn = [np.where(np.eye(len(classes))[np.asarray(answer)] > 0, 0.8, 0.1) for answer in (answers, *later)]
    columns = {f"probabilities@{number}" if number else "probabilities": draw for number, draw in enumerate(drawn)}
    ids = np.array([f"row-{number}" for number in range(len(labels))], dtype=np.str_)
    return Evidence({"ids": ids, "labels": np.asarray(labels), **columns}, classes=classes)


def bound(name: str, **options: Any) -> Property:
    return registry.get(name).bound(options)


def judged(member: Property, rows: Evidence, threshold: float | None = 0.5, *, final: bool = True) -> Any:
    operator = None if threshold is None else "<="
    return member.judge(rows, None, operator, threshold, PATIENT, final=final)


# Trees


def leaves(tree: Any, above: tuple[int, ...] = ()) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Each leaf with the groups above it, by identity, from the root down."""
    for part in tree:
        if isinstance(part, list):
            yield from leaves(part, (*above, id(tree)))
        else:
            yield part, (*above, id(tree))


def height(tree: Any) -> int:
    return 1 + max(height(part) for part in tree) if isinstance(tree, list) else 0


def groups(tree: Any) -> Iterator[Any]:
    yield tree
    for part in tree:
        if isinstance(part, list):
            yield from groups(part)


def named(tree: Any, names: Iterator[int]) -> Any:
    return [named(part, names) for part in tree] if isinstance(tree, list) else f"class {next(names)}"


shapes = st.recursive(st.just("leaf"), lambda parts: st.lists(parts, min_size=1, max_size=3), max_leaves=12)


@given(st.lists(shapes, min_size=2, max_size=4))
@settings(deadline=None, max_examples=60)
def test_the_distance_is_the_height_of_the_lowest_group_that_holds_both(shape: Any) -> None:
    tree = named(shape, iter(range(100)))
    found = dict(leaves(tree))
    heights = {id(group): height(group) for group in groups(tree)}
    expected = [
        [0 if a == b else min(heights[group] for group in {*found[a]} & {*found[b]}) / height(tree) for b in found]
        for a in found
    ]
    matrix = hierarchy_from(tree).matrix(list(found))
    np.testing.assert_allclose(matrix, expected)
    shuffled = np.random.default_rng(0).permutation(len(found))
    again = hierarchy_from(tree).matrix([list(found)[place] for place in shuffled])
    np.testing.assert_array_equal(again, matrix[np.ix_(shuffled, shuffled)])


def test_names_of_groups_and_lists_say_the_same() -> None:
    listed = [["cat", "dog"], [["car", "truck"], ["plane"]]]
    mapped = {"animals": {"cat": None, "dog": None}, "vehicles": {"road": ["car", "truck"], "air": "plane"}}
    names = ["truck", "cat", "plane", "car", "dog"]
    matrix = hierarchy_from(mapped).matrix(names)
    np.testing.assert_array_equal(matrix, hierarchy_from(listed).matrix(names))
    assert matrix[0].tolist() == [0.0, 1.0, pytest.approx(2 / 3), pytest.approx(1 / 3), 1.0]


def test_a_group_around_all_classes_says_nothing_so_the_furthest_are_1_apart() -> None:
    assert hierarchy_from([[[["a", "b"]]]]).matrix(["a", "b"]).max() == 1.0
    assert hierarchy_from({"all": {"x": ["a", "b"], "y": ["c"]}}).matrix(["a", "b", "c"]).max() == 1.0


@pytest.mark.parametrize(
    ("tree", "mistakes"),
    [
        (["a", ["b", "a"]], {(1, 1): "the class 'a' stands in the tree a second time; leave one of them"}),
        (["a", 3.5], {(1,): "3.5 is no class; write its name in quotes, or its number"}),
        ({"x": [], "y": ["b", True]}, {("x",): "an empty group is no class", ("y", 1): "True is no class"}),
        (["a"], {(): "a tree of classes needs two of them"}),
    ],
)
def test_what_is_wrong_with_a_tree_is_told_by_the_way_to_it(tree: Any, mistakes: dict[Any, str]) -> None:
    with pytest.raises(OptionError) as caught:
        hierarchy_from(tree)
    assert caught.value.mistakes.keys() == mistakes.keys()
    for way, message in mistakes.items():
        assert caught.value.mistakes[way].startswith(message)


def test_a_tree_holds_the_classes_of_the_model_and_no_others() -> None:
    tree = hierarchy_from([["stop", "yeild"], "go"], lambda way: f"s.yaml:{way}")
    with pytest.raises(OptionError) as caught:
        tree.matrix(CLASSES)
    assert str(caught.value) == "s.yaml:(0, 1): the model has no class 'yeild'; did you mean 'yield'?"
    with pytest.raises(
        OptionError, match=r"^s\.yaml:\(\): nothing is said of the model's class 'yield', 'left'; give it"
    ):
        hierarchy_from(["stop", "go"], lambda way: f"s.yaml:{way}").matrix((*CLASSES, "left"))


# Costs


def test_costs_by_name_with_defaults() -> None:
    assert COSTS.matrix(CLASSES).tolist() == MATRIX
    assert costs_from({"go": {"stop": 4}}).matrix(CLASSES).tolist() == [[0, 1, 1], [1, 0, 1], [4, 1, 0]]
    with pytest.raises(OptionError, match=r"^mistakes: the model has no class 'halt'; there are: go, stop, yield"):
        costs_from({"halt": {"go": 1}}).matrix(CLASSES)
    with pytest.raises(OptionError, match="no mistake costs anything"):
        costs_from({"go": {"stop": 0}, "default": 0}).matrix(CLASSES)


@pytest.mark.parametrize(
    ("written", "way", "message"),
    [
        ({"a": {"b": -1}}, ("a", "b"), "-1 is no cost; write a number of 0 or more"),
        ({"a": {"b": float("inf")}}, ("a", "b"), "inf is no cost"),
        ({"a": {"b": True}}, ("a", "b"), "True is no cost"),
        ({"a": {"b": 1}, "default": "low"}, ("default",), "'low' is no cost"),
        ({"a": {"a": 1}}, ("a", "a"), "'a' is right there, which costs nothing"),
        ({"a": 3}, ("a",), "write what answers cost where 'a' is right, such as `a: {other: 10}`"),
        ({"a": {}}, ("a",), "write what answers cost"),
    ],
)
def test_what_is_wrong_with_costs_is_told_by_the_way_to_it(written: Any, way: Any, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        costs_from(written)
    assert list(caught.value.mistakes) == [way]
    assert caught.value.mistakes[way].startswith(message)


def test_a_csv_of_costs_may_have_its_classes_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "costs.csv"
    path.write_text("\ufeffright, go, stop, yield\nyield,3,3,0\n\nstop,10,0,2\ngo,0,.5,0.5\n", encoding="utf-8")
    assert costs_from_csv(path, "costs.csv").matrix(CLASSES).tolist() == MATRIX
    assert costs_from_file("costs.csv", Roots((tmp_path,))).matrix(CLASSES).tolist() == MATRIX
    with pytest.raises(OptionError, match=r"^costs\.csv:1: the model has no class 'go'; did you mean 'goo'"):
        costs_from_csv(path, "costs.csv").matrix(("stop", "yield", "goo"))
    with pytest.raises(OptionError, match=r"^costs\.csv: nothing is said of the model's class 'left'; give it a row"):
        costs_from_csv(path, "costs.csv").matrix((*CLASSES, "left"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "costs.csv holds no costs; write answers in the header"),
        ("right,a,b\n", "costs.csv holds no costs"),
        ("right,a,b\na,0,1\nb,1\n", "costs.csv:3: 1 costs for the 2 answers of the header"),
        ("right,a,b\na,0,1\nb,x,0\n", "costs.csv:3: 'x' is no cost"),
        ("right,a,b\na,0,1\nb,nan,0\n", "costs.csv:3: nan is no cost"),
        ("right,a,b\na,0,1\nb,-2,0\n", "costs.csv:3: -2.0 is no cost"),
        ("right,a,b\na,3,1\nb,2,0\n", "costs.csv:2: the answer 'a' is right there, which costs nothing; write 0"),
        ("right,a,b\na,0,1\na,0,1\n", "costs.csv:3: the right class 'a' stands here a second time"),
        ("right,a,b\na,0,1\nc,0,1\n", "costs.csv:3: the right class 'c' has no column in the header"),
        ("right,a,b\na,0,1\n", "costs.csv:1: the answer 'b' has no line"),
        ("right,a,a\na,0,0\n", "costs.csv:1: the answer 'a' has two columns"),
        ('right,a,b\na,0,"1\n', "costs.csv cannot be read as CSV"),
    ],
)
def test_what_is_wrong_with_a_csv_is_told_by_its_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "costs.csv").write_text(text)
    with pytest.raises(OptionError) as caught:
        costs_from_csv(tmp_path / "costs.csv", "costs.csv")
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "tree.yaml:1:1: there is no class in this file"),
        ("[a, b", "tree.yaml:1:1: the list opened with `[` is not closed"),
        ("x: [a]\nx: [b]", "tree.yaml:2:1: 'x' stands here a second time"),
        ("- a\n- [b, a]\n", "tree.yaml:2:7: the class 'a' stands in the tree a second time"),
        ("a", "tree.yaml:1:1: a tree of classes needs two of them"),
    ],
)
def test_what_is_wrong_with_a_file_of_a_tree_is_told_at_its_place(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "tree.yaml").write_text(text)
    with pytest.raises(OptionError) as caught:
        costs_from_file("tree.yaml", Roots((tmp_path,)))
    assert str(caught.value).startswith(message)


def test_a_class_of_a_file_knows_its_place(tmp_path: Path) -> None:
    (tmp_path / "tree.yaml").write_text("signs:\n  - stop\n  - yield\nlights: [goo]\n")
    with pytest.raises(OptionError, match=r"^tree\.yaml:4:10: the model has no class 'goo'; did you mean 'go'\?$"):
        costs_from_file("tree.yaml", Roots((tmp_path,))).matrix(CLASSES)


# Properties


def drawn(seed: int, n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(3, size=n), rng.integers(3, size=n)


@pytest.mark.parametrize("seed", range(3))
def test_the_mean_cost_is_that_of_the_confusion_matrix(seed: int) -> None:
    labels, answers = drawn(seed)
    counts = confusion_matrix(labels, answers, labels=range(3))
    found = judged(bound("mistake_cost", costs=COSTS), evidence(labels, answers))
    assert found.estimate == pytest.approx((counts * MATRIX).sum() / counts.sum() / 10)
    assert found.n == 400
    rate = judged(bound("catastrophic_rate", costs=COSTS, cost=3.0), evidence(labels, answers))
    assert rate.estimate == pytest.approx(counts[np.array(MATRIX) >= 3].sum() / counts.sum())
    assert rate.method == "Clopper-Pearson"


def test_mild_mistakes_added_to_grave_ones_do_not_make_a_model_better() -> None:
    labels, answers = np.zeros(100, int), np.zeros(100, int)
    answers[:10] = 2
    grave = judged(bound("mistake_cost", costs=COSTS), evidence(labels, answers)).estimate
    answers[10:50] = 1
    assert judged(bound("mistake_cost", costs=COSTS), evidence(labels, answers)).estimate > grave


def test_the_costliest_rows_come_first() -> None:
    rows = evidence([0, 0, 0, 1], [0, 1, 2, 0])
    assert bound("mistake_cost", costs=COSTS).badness(rows, None).tolist() == pytest.approx([0, 0.2, 1, 0.3])
    assert bound("catastrophic_rate", costs=COSTS, cost=3.0).badness(rows, None).tolist() == [0, 0, 10, 3]


def test_a_rare_catastrophe_needs_the_rows_of_an_exact_plan() -> None:
    """At 95 %, 2,995 rows without a catastrophe prove a rate of at most 1 in 1,000, and 2,994 do not."""
    member = bound("catastrophic_rate", costs=COSTS, cost=10.0)
    whole = Levels(alpha_pass=0.05, sequential_share=0.0)
    zeros = np.zeros(2995, int)
    assert member.judge(evidence(zeros, zeros), None, "<=", 1e-3, whole, final=True).outcome == "PASS"
    fewer = member.judge(evidence(zeros[1:], zeros[1:]), None, "<=", 1e-3, whole, final=True)
    assert (fewer.outcome, fewer.rows_needed) == ("INCONCLUSIVE", 1)


def test_a_cost_that_no_mistake_has_is_refused() -> None:
    with pytest.raises(OptionError, match=r"no mistake costs 11: the highest cost is 10, so the claim"):
        judged(bound("catastrophic_rate", costs=COSTS, cost=11.0), evidence([0], [0]))


def test_classes_without_names_go_by_their_numbers() -> None:
    rows = evidence([0, 1], [1, 1], classes=("", ""))
    nameless = Evidence(rows.columns)
    found = judged(bound("mistake_cost", costs=costs_from({"0": {"1": 2}})), nameless)
    assert found.estimate == pytest.approx(0.5)


@pytest.mark.parametrize("share", [0.05, 0.2])
def test_cvar_is_the_mean_of_the_worst(share: float) -> None:
    labels, answers = drawn(7, n=1000)
    rows = evidence(labels, answers)
    found = judged(bound("cvar", costs=COSTS, share=share), rows)
    costs = np.sort(np.array(MATRIX)[labels, answers] / 10)[::-1]
    assert found.estimate == pytest.approx(costs[: int(share * 1000)].mean())
    assert found.outcome == "FAIL"
    assert bound("cvar", costs=COSTS, share=share).badness(rows, None).max() == 1.0


def test_cvar_of_a_tail_of_few_rows_is_not_estimable() -> None:
    labels, answers = drawn(7, n=399)
    found = judged(bound("cvar", costs=COSTS), evidence(labels, answers))
    assert (found.outcome, found.estimate, found.rows_needed) == ("INCONCLUSIVE", None, 1)
    assert "not estimable" in found.reason


# Never


def never(*written: str) -> Property:
    return bound("never", never=confusions_from([parse_confusion(one) for one in written], [""] * len(written)))


def test_a_forbidden_confusion_fails_at_its_row() -> None:
    rows = evidence([1, 0, 2, 0, 0], [1, 0, 0, 2, 2])
    found = judged(never("stop -> go"), rows, None, final=False)
    assert (found.outcome, found.rows, found.n, found.estimate) == ("FAIL", 4, 2, 0.5)
    assert found.reason == "row row-3 is confused as it must never be: stop -> go"
    assert never("stop -> go").badness(rows, None).tolist() == pytest.approx([0, 0, 0, 0.8, 0.8])
    assert judged(never("go -> stop"), rows, None).rows == 3


@pytest.mark.parametrize(("confusion", "row"), [("* -> go", 2), ("yield -> *", 1), ("go -> *", None), ("* -> stop", 1)])
def test_a_star_stands_for_every_other_class(confusion: str, row: int | None) -> None:
    rows = evidence([2, 1, 0, 2], [2, 0, 2, 2])
    found = judged(never(confusion), rows, None)
    assert (found.outcome, found.rows) == (("PASS", 4) if row is None else ("FAIL", row + 1))


def test_a_pass_says_what_rate_is_still_possible() -> None:
    labels = np.repeat([0, 1, 2], [50, 30, 20])
    found = judged(never("stop -> go", "yield -> go"), evidence(labels, labels), None)
    assert (found.outcome, found.n, found.rows, found.estimate) == ("PASS", 80, 100, 1.0)
    most = 1 - 0.05 ** (1 / 80)
    assert most == pytest.approx(beta.ppf(0.95, 1, 80))  # Clopper-Pearson's bound of 0 in 80
    assert found.reason.startswith("none of the 80 rows that could be confused so was, of 100 looked at; at 95 %")
    assert f"a rate of up to {most:.2g} among such rows" in found.reason
    assert judged(never("stop -> go"), evidence(labels, labels), None, final=False).outcome is None


def test_what_was_not_tried_is_not_passed() -> None:
    found = judged(never("stop -> go", "yield -> go"), evidence([0, 0, 2], [0, 0, 2]), None)
    assert (found.outcome, found.n) == ("INCONCLUSIVE", 2)
    assert found.reason == "no row of the right class was there to try `yield -> go`"
    nothing = judged(never("yield -> go"), evidence([0, 0, 2], [0, 0, 2]), None)
    assert (nothing.outcome, nothing.n, nothing.reason) == ("INCONCLUSIVE", 0, "none of 3 rows could be confused so")


def test_every_draw_of_a_row_counts() -> None:
    rows = evidence([0, 0], [0, 0], [0, 2])
    assert judged(never("stop -> go"), rows, None).outcome == "FAIL"
    assert never("stop -> go").badness(rows, None).tolist() == pytest.approx([0, 0.8])
    assert registry.get("never").takes_draws


def test_an_unknown_class_is_named_with_its_place_and_the_nearest() -> None:
    members = [
        never("stop -> goo"),
        bound("mistake_cost", costs=costs_from({"stpo": {"go": 2}}, lambda way: f"s.yaml:{way[0]}")),
    ]
    for member, message in zip(
        members, ["mistakes: .* 'goo'; did you mean 'go'", "s.yaml:stpo: .*did you mean 'stop'"], strict=True
    ):
        with pytest.raises(OptionError, match=message):
            member.refuse_unknown(lambda: CLASSES)
    never("stop -> go").refuse_unknown(lambda: CLASSES)
