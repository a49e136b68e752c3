"""The drawing itself: scales, ticks, and marks that stand where the numbers say."""

from __future__ import annotations

import itertools
import math
import xml.etree.ElementTree as ET

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sample import record

from pytest_robust.record import Bin
from pytest_robust.report import cells, heat
from pytest_robust.report.figures import coverage, curve, interval, reliability, svg

SAMPLE = record()
numbers = st.floats(-1e3, 1e3)
shares = st.floats(0, 1)


def parse(figure: str) -> ET.Element:
    """The figure, as an XML parser reads it."""
    return ET.fromstring(figure)


def of(figure: str, tag: str, class_: str) -> list[dict[str, str]]:
    return [e.attrib for e in parse(figure).iter(tag) if e.attrib.get("class") == class_]


def points(line: dict[str, str]) -> list[tuple[float, float]]:
    return [tuple(map(float, pair.split(","))) for pair in line["points"].split()]  # type: ignore[misc]


@settings(deadline=None)
@given(low=numbers, width=st.floats(1e-3, 1e3), count=st.integers(2, 9))
def test_ticks_are_even_inside_and_about_as_many_as_asked(low: float, width: float, count: int) -> None:
    high = low + width
    found = svg.ticks(low, high, count)
    assert 1 <= len(found) <= 2 * count + 1
    slack = width * 1e-6
    assert all(low - slack <= tick <= high + slack for tick in found)
    steps = [b - a for a, b in itertools.pairwise(found)]
    assert all(step == pytest.approx(steps[0], rel=1e-4) for step in steps)


@settings(deadline=None)
@given(low=numbers, width=st.floats(1e-3, 1e3), value=numbers)
def test_a_scale_keeps_order_and_stays_inside(low: float, width: float, value: float) -> None:
    scale = svg.linear((low, low + width), (10.0, 90.0))
    assert 10 <= scale(value) <= 90
    assert scale(low) == 10
    assert scale(low + width) == pytest.approx(90)
    assert scale(value) <= scale(value + 1)


def test_text_in_a_figure_is_escaped() -> None:
    figure = svg.picture(10, 10, title="</title><script>", desc='"&', class_='a"b')
    found = parse(figure)
    assert found.findtext("title") == "</title><script>"
    assert found.findtext("desc") == '"&'


@settings(deadline=None)
@given(estimate=shares, threshold=shares, half=st.floats(0, 0.3), operator=st.sampled_from([">=", "<="]))
def test_a_bar_puts_each_mark_on_its_side(estimate: float, threshold: float, half: float, operator: str) -> None:
    assume(abs(estimate - threshold) > 0.01)
    ends = (estimate - half, estimate + half)
    figure = interval.draw(estimate=estimate, interval=ends, threshold=threshold, operator=operator, name="n", unit="u")
    (bound,) = of(figure, "line", "threshold")
    (shade,) = of(figure, "rect", "holds")
    start, stop = float(shade["x"]), float(shade["x"]) + float(shade["width"])
    good = estimate >= threshold if operator == ">=" else estimate <= threshold
    circles, squares = of(figure, "circle", "dot-good"), of(figure, "rect", "dot-bad")
    assert (len(circles), len(squares)) == ((1, 0) if good else (0, 1))
    x = float(circles[0]["cx"]) if good else float(squares[0]["x"]) + 5
    assert (start - 0.01 <= x <= stop + 0.01) == good
    assert (x > float(bound["x1"])) == (estimate > threshold)
    whisker = of(figure, "line", "whisker")[0]
    assert float(whisker["x1"]) <= x + 0.01
    assert x <= float(whisker["x2"]) + 0.01


@settings(deadline=None)
@given(values=st.lists(st.floats(-5, 5), min_size=1, max_size=4))
def test_the_domain_of_a_bar_holds_all_values(values: list[float]) -> None:
    low, high = interval.around(values)
    assert low < high
    assert low <= min(values) + 1e-6
    assert max(values) - 1e-6 <= high


def test_a_curve_falls_where_accuracy_does_and_marks_what_is_below_its_bound() -> None:
    levels = [
        curve.Level(1, "1", 0.95, (0.9, 0.98), (0.8,)),
        curve.Level(3, "3", 0.85, (0.8, 0.9), (0.8,)),
        curve.Level(5, "5", 0.5, None, (0.8,)),
    ]
    figure = curve.draw(levels, name="fog", scale_name="severity", clean=0.97)
    (line,) = of(figure, "polyline", "line")
    heights = [y for _, y in points(line)]
    assert heights == sorted(heights)
    assert (len(of(figure, "circle", "dot-good")), len(of(figure, "rect", "dot-bad"))) == (2, 1)
    (band,) = of(figure, "polygon", "band")
    assert len(points(band)) == 4, "a level without an interval has no band"
    assert "0.500 at 5" in parse(figure).findtext("desc", "")


def test_reliability_names_the_bins_outside_the_band() -> None:
    bins = [Bin(confidence=0.6, accuracy=0.3, count=10), Bin(confidence=0.9, accuracy=0.88, count=30)]
    expected = [(0.4, 0.8), (0.8, 1.0)]
    assert reliability.outside(bins, expected) == {0}
    figure = reliability.draw(bins, expected, [0] * 12 + [10] + [0] * 5 + [30, 0], name="fog-3")
    assert (len(of(figure, "circle", "dot-good")), len(of(figure, "rect", "dot-bad"))) == (1, 1)
    low, high = of(figure, "rect", "bar")
    assert float(high["height"]) == pytest.approx(3 * float(low["height"]), abs=0.02)
    assert float(low["x"]) < float(high["x"])


def test_a_calibrated_point_lies_on_the_diagonal() -> None:
    bins = [Bin(confidence=p, accuracy=p, count=5) for p in (0.2, 0.5, 0.8)]
    figure = reliability.draw(bins, [], [], name="x")
    ((x0, y0), (x1, y1)) = points(of(figure, "polyline", "reference")[0])
    for dot in of(figure, "circle", "dot-good"):
        share = (float(dot["cx"]) - x0) / (x1 - x0)
        assert float(dot["cy"]) == pytest.approx(y0 + share * (y1 - y0), abs=0.02)


@settings(deadline=None)
@given(errors=st.lists(shares, min_size=1, max_size=30))
def test_risk_coverage_fits_its_frame(errors: list[float]) -> None:
    figure = coverage.draw([((i + 1) / len(errors), error) for i, error in enumerate(errors)], name="x")
    (line,) = of(figure, "polyline", "line")
    assert len(points(line)) == len(errors)
    assert all(coverage.TOP - 0.01 <= y <= coverage.BOTTOM + 0.01 for _, y in points(line))
    lowest = max(points(line), key=lambda point: point[1])
    assert lowest[1] == pytest.approx(points(line)[errors.index(min(errors))][1], abs=0.011)


def test_series_and_levels_are_read_from_labels() -> None:
    cell = SAMPLE.cells[1]

    def named(label: str, severity: float | None) -> object:
        return cell.model_copy(update={"cell": label, "severity": severity, "scenario": "s"})

    assert cells.series(named("fog-3", 3.0)) == ("s", "fog")
    assert cells.series(named("pgd-8/255", 8 / 255)) == ("s", "pgd")
    assert cells.level_name(named("pgd-8/255", 8 / 255)) == "8/255"
    assert cells.series(named("my-own-1e-3", 1e-3)) == ("s", "my-own")
    assert cells.series(named("rain-heavy", None)) == ("s", "rain-heavy")


def test_the_gap_is_the_plug_in_ece() -> None:
    cell = SAMPLE.cells[0].model_copy(
        update={"reliability": [Bin(confidence=0.6, accuracy=0.5, count=1), Bin(confidence=0.8, accuracy=1.0, count=3)]}
    )
    assert cells.gap(cell) == pytest.approx((0.1 * 1 + 0.2 * 3) / 4)
    assert cells.gap(cell.model_copy(update={"reliability": []})) is None


@settings(deadline=None)
@given(accuracy=st.one_of(shares, st.just(math.nan), st.none()))
def test_shades_darken_as_accuracy_falls(accuracy: float | None) -> None:
    cell = SAMPLE.cells[1].model_copy(update={"accuracy": accuracy})
    shade = heat.tile(cell, []).shade
    if accuracy is None or math.isnan(accuracy):
        assert shade is None
    else:
        assert shade is not None
        assert 0 <= shade <= 10
        assert shade <= accuracy * 10 < shade + 1 or shade == 10


def test_a_generator_used_twice_has_a_row_for_each() -> None:
    one = SAMPLE
    fog = next(cell for cell in one.cells if cell.cell == "fog-1")
    twin = fog.model_copy(update={"id": "weather::thick-fog-1", "cell": "thick-fog-1", "accuracy": 0.1})
    found = heat.heat_map(one.model_copy(update={"cells": [*one.cells, twin], "verdicts": []}))
    assert found is not None
    rows = {row.generator: row.tiles[1] for row in found.rows}
    assert rows["fog"].cell is fog or rows["fog"].cell == fog
    assert rows["thick-fog"].cell == twin


def test_a_corruption_that_did_not_run_is_not_an_empty_field() -> None:
    one = SAMPLE
    gone = [cell for cell in one.cells if cell.cell != "fog-3"]
    verdicts = [
        v.model_copy(update={"outcome": "NOT RUN", "estimate": None}) if v.cell == "fog-3" else v for v in one.verdicts
    ]
    found = heat.heat_map(one.model_copy(update={"cells": gone, "verdicts": verdicts}))
    assert found is not None
    (row,) = [row for row in found.rows if row.generator == "fog"]
    tile = row.tiles[found.columns.index(3.0)]
    assert tile is not None
    assert (tile.cell, tile.outcome) == (None, "NOT RUN")
