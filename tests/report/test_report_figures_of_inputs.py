"""Figures of unfamiliar, ambiguous and adversarial inputs: marks stand where the numbers say, and inside the frame."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_robust.record import Disagreement, Scores
from pytest_robust.report.figures import disagreement, doubt, epsilon, marks, scores

shares = st.floats(0, 1)


def parse(figure: str) -> ET.Element:
    return ET.fromstring(figure)


def of(figure: str, tag: str, class_: str) -> list[dict[str, str]]:
    return [e.attrib for e in parse(figure).iter(tag) if e.attrib.get("class") == class_]


def points(line: dict[str, str]) -> list[tuple[float, float]]:
    return [tuple(map(float, pair.split(","))) for pair in line["points"].split()]  # type: ignore[misc]


def two_groups(familiar: list[int], unfamiliar: list[int], threshold: float | None = 0.0) -> Scores:
    edges = np.linspace(-1, 1, len(familiar) + 1).tolist()
    fpr = None if threshold is None else 0.25
    return Scores(
        score="msp",
        edges=edges,
        familiar=familiar,
        unfamiliar=unfamiliar,
        auroc=0.9,
        threshold=threshold,
        fpr_at_tpr95=fpr,
    )


def test_outlines_are_the_shares_of_each_group_and_the_threshold_stands_between() -> None:
    figure = scores.draw(two_groups([3, 1], [100, 300]), name="letters")
    (familiar,), (unfamiliar,) = of(figure, "polygon", "familiar"), of(figure, "polygon", "unfamiliar")
    height = scores.BOTTOM - scores.TOP
    middle = (scores.LEFT + scores.RIGHT) / 2
    full, third = scores.TOP, scores.BOTTOM - height / 3
    assert [x for x, _ in points(familiar)[:4]] == [scores.LEFT, middle, middle, scores.RIGHT]
    assert [y for _, y in points(familiar)[:4]] == pytest.approx([full, full, third, third], abs=0.01)
    assert [y for _, y in points(unfamiliar)[:4]] == pytest.approx([third, third, full, full], abs=0.01)
    (line,) = of(figure, "line", "threshold")
    assert float(line["x1"]) == float(line["x2"]) == middle
    told = parse(figure).findtext("desc", "")
    assert "in 90.0% of pairs (AUROC 0.900)" in told
    assert "turns away 25.0% of the familiar (FPR 0.250)" in told


def test_the_groups_differ_in_more_than_colour() -> None:
    figure = scores.draw(two_groups([3, 1], [0, 300]), name="letters")
    hatches = [e.attrib["d"] for e in parse(figure).iter("path")]
    assert len(hatches) == 2, "over the unfamiliar ones, and in their key"
    tops = re.findall(r"M([\d.]+) ([\d.]+)V", hatches[0])
    assert [float(x) for x, _ in tops] == [286.0], "the empty bin has none"


def test_without_a_threshold_none_is_drawn_and_the_words_say_why() -> None:
    figure = scores.draw(two_groups([1], [1], None), name="letters")
    assert of(figure, "line", "threshold") == []
    assert "Too few unfamiliar images" in parse(figure).findtext("desc", "")


counts = st.lists(st.integers(0, 10**6), min_size=30, max_size=30)


@settings(deadline=None)
@given(familiar=counts, unfamiliar=counts, threshold=st.floats(-2, 2))
def test_no_histogram_leaves_its_frame(familiar: list[int], unfamiliar: list[int], threshold: float) -> None:
    found = two_groups(familiar, unfamiliar, threshold)
    assert scores.drawable(found)
    figure = scores.draw(found, name="x")
    drawn = points(of(figure, "polygon", "familiar")[0]) + points(of(figure, "polygon", "unfamiliar")[0])
    assert all(scores.LEFT <= x <= scores.RIGHT and scores.TOP <= y <= scores.BOTTOM for x, y in drawn)
    assert scores.LEFT <= float(of(figure, "line", "threshold")[0]["x1"]) <= scores.RIGHT


@pytest.mark.parametrize(
    "broken",
    [
        {"edges": []},
        {"edges": [0.0, 0.0, 1.0]},
        {"edges": [0.0, float("nan"), 1.0]},
        {"familiar": [1]},
        {"familiar": [-1, 2]},
    ],
)
def test_edges_that_are_not_those_of_the_counts_are_not_drawn(broken: dict[str, object]) -> None:
    assert not scores.drawable(two_groups([1, 2], [3, 4]).model_copy(update=broken))


def voted(people: float, model: float, half: float = 0.05) -> Disagreement:
    return Disagreement(people=people, model=model, interval=(max(0.0, model - half), min(1.0, model + half)), count=9)


def test_who_is_surer_than_people_is_a_square_below_the_diagonal() -> None:
    bins = [voted(0.1, 0.1), voted(0.2, 0.17), voted(0.5, 0.2), voted(0.3, 0.6)]
    figure = disagreement.draw(bins, name="people")
    squares, circles = of(figure, "rect", "dot-bad"), of(figure, "circle", "dot-good")
    assert (len(squares), len(circles)) == (1, 3)
    ((x0, y0), (x1, y1)) = points(of(figure, "polyline", "reference")[0])
    on_the_line = circles[0]
    share = (float(on_the_line["cx"]) - x0) / (x1 - x0)
    assert float(on_the_line["cy"]) == pytest.approx(y0 + share * (y1 - y0), abs=0.02)
    assert float(squares[0]["y"]) + 4.5 > y0 + (float(squares[0]["x"]) + 4.5 - x0) / (x1 - x0) * (y1 - y0)
    assert "in 1 of them the model is surer than people" in parse(figure).findtext("desc", "")


@settings(deadline=None)
@given(st.lists(st.tuples(shares, shares, shares), max_size=10))
def test_no_bin_leaves_its_frame(found: list[tuple[float, float, float]]) -> None:
    figure = disagreement.draw([voted(*one) for one in found], name="x")
    for whisker in of(figure, "line", "whisker"):
        assert disagreement.LEFT <= float(whisker["x1"]) <= disagreement.RIGHT
        ends = float(whisker["y1"]), float(whisker["y2"])
        assert all(disagreement.TOP - 0.01 <= end <= disagreement.BOTTOM + 0.01 for end in ends)


def test_doubt_and_mass_stand_at_their_levels() -> None:
    rungs = [
        doubt.Rung(0.3, "0.3", 0.0, 1.0, (0.9, 1.0)),
        doubt.Rung(0.5, "0.5", 0.5, 0.75, (0.6, 0.8)),
        doubt.Rung(0.7, "0.7", 0.25),
    ]
    figure = doubt.draw(rungs, name="blend", scale_name="weight")
    (entropy,), (mass,) = of(figure, "polyline", "line-0"), of(figure, "polyline", "line-1")
    height = doubt.BOTTOM - doubt.TOP
    assert [y for _, y in points(entropy)] == [doubt.BOTTOM, doubt.BOTTOM - height / 2, doubt.BOTTOM - height / 4]
    assert [y for _, y in points(mass)] == [doubt.TOP, doubt.BOTTOM - 0.75 * height]
    assert [x for x, _ in points(mass)] == [x for x, _ in points(entropy)[:2]]
    assert len(of(figure, "line", "whisker")) == 2
    assert "Mass on its two classes 1.000 at 0.3, 0.750 at 0.5." in parse(figure).findtext("desc", "")


def attacks(*steps: tuple[float, float]) -> list[epsilon.Attack]:
    weak = epsilon.Attack("weak", (epsilon.Struck(2 / 255, 0.9, (0.85, 0.94)), epsilon.Struck(8 / 255, 0.6)))
    return [epsilon.Attack("every", (), steps), weak] if steps else [weak]


def drawn(some: list[epsilon.Attack], chance: float | None = 0.1, *, grey: bool = True) -> str:
    return epsilon.draw(some, name="test", scale_name="epsilon", clean=0.98, chance=chance, grey=grey)


def test_steps_hold_until_the_next_and_end_with_the_axis() -> None:
    figure = drawn(attacks((0.0, 0.98), (4 / 255, 0.5), (16 / 255, 0.05)))
    corners = points(of(figure, "polyline", "line-0")[0])
    end = 16 / 255 * 1.06
    at = [epsilon.LEFT + value / end * (epsilon.RIGHT - epsilon.LEFT) for value in (0, 4 / 255, 4 / 255, 16 / 255)]
    assert [x for x, _ in corners] == pytest.approx([*at, at[-1], epsilon.RIGHT], abs=0.02)
    heights = [epsilon.BOTTOM - share * (epsilon.BOTTOM - epsilon.TOP) for share in (0.98, 0.98, 0.5, 0.5, 0.05, 0.05)]
    assert [y for _, y in corners] == pytest.approx(heights, abs=0.02)


def test_clean_accuracy_chance_and_epsilons_are_written() -> None:
    words = [text.text for text in parse(drawn(attacks())).iter("text")]
    assert {"clean 0.980", "chance 0.1", "0", "2/255", "8/255", "weak"} <= set(words)
    (chance,) = of(drawn(attacks()), "line", "chance")
    assert float(chance["y1"]) == pytest.approx(epsilon.BOTTOM - 0.1 * (epsilon.BOTTOM - epsilon.TOP), abs=0.01)
    assert of(drawn(attacks(), None), "line", "chance") == []
    assert "0.01" in [text.text for text in parse(drawn(attacks(), grey=False)).iter("text")]


def test_epsilons_of_the_suite_have_intervals_and_a_line_between() -> None:
    figure = drawn(attacks())
    assert len(of(figure, "line", "thin")) == 1
    assert len(points(of(figure, "polyline", "line-0")[0])) == 2, "its own line, and not that of the key"


curve = st.lists(st.tuples(st.floats(0, 50), shares), min_size=1, max_size=50).map(
    lambda some: list(zip(sorted(e for e, _ in some), sorted((s for _, s in some), reverse=True), strict=True))
)


@settings(deadline=None)
@given(curve, st.none() | st.floats(0.001, 0.5), st.booleans())
def test_no_curve_leaves_its_frame(steps: list[tuple[float, float]], chance: float | None, grey: bool) -> None:
    figure = drawn(attacks(*steps), chance, grey=grey)
    for number in (0, 1):
        corners = points(of(figure, "polyline", f"line-{number}")[0])
        assert all(epsilon.LEFT <= x <= epsilon.RIGHT and epsilon.TOP <= y <= epsilon.BOTTOM for x, y in corners)
        assert [x for x, _ in corners] == sorted(x for x, _ in corners)
    labels = [e for e in parse(figure).iter("text") if e.attrib["class"] == "tick"]
    assert len(labels) < 40


@pytest.mark.parametrize("end", [1 / 255, 8.5 / 255, 33 / 255, 0.5, 1.0, 60.0])
def test_ticks_in_grey_values_are_few_and_even(end: float) -> None:
    found = [round(value * 255, 6) for value in epsilon.grey_ticks(end)]
    assert found[0] == 0
    assert 2 <= len(found) <= epsilon.MOST_TICKS
    assert {b - a for a, b in itertools.pairwise(found)} == {found[1]}


def test_each_series_has_a_shape_of_its_own() -> None:
    shapes = {re.sub(r"series-\d", "", str(marks.mark(number, 10, 10))) for number in range(marks.SERIES)}
    assert len(shapes) == marks.SERIES


def test_the_key_cuts_a_long_name() -> None:
    words = list(parse(f"<g>{''.join(marks.key(['x' * 200], 0, 0))}</g>").itertext())
    assert words == ["x" * 49 + "…"]
