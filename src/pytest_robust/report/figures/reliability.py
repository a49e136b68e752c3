"""Reliability diagram: accuracy against confidence, the band expected under perfect calibration, and the histogram."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from pytest_robust.record import Bin, Interval
from pytest_robust.report.figures.svg import band, element, line, linear, picture, text, ticks, x_axis, y_axis

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 380.0, 430.0, 40.0, 368.0, 26.0, 300.0
HISTOGRAM_TOP, HISTOGRAM_BOTTOM = 336.0, 392.0


def draw(bins: Sequence[Bin], expected: Sequence[Interval], histogram: Sequence[int], *, name: str) -> Markup:
    """The diagram of one cell. `bins` in order of confidence; `expected` one interval a bin, or empty."""
    x = linear((0, 1), (LEFT, RIGHT))
    y = linear((0, 1), (BOTTOM, TOP))
    at = ticks(0, 1, 5)
    parts = [
        y_axis(y, at, LEFT, right=RIGHT, name="accuracy (share right)"),
        *(element("line", x1=x(v), x2=x(v), y1=TOP, y2=BOTTOM, class_="grid") for v in at),
        line([(x(0), y(0)), (x(1), y(1))], "reference"),
    ]
    if len(expected) == len(bins) > 1:
        lower = [(x(b.confidence), y(ends[0])) for b, ends in zip(bins, expected, strict=True)]
        upper = [(x(b.confidence), y(ends[1])) for b, ends in zip(bins, expected, strict=True)]
        parts.append(band(lower, upper, "band"))
    parts.append(line([(x(b.confidence), y(b.accuracy)) for b in bins], "line"))
    apart = outside(bins, expected)
    for number, b in enumerate(bins):
        cx, cy = x(b.confidence), y(b.accuracy)
        parts.append(
            element("rect", x=cx - 5, y=cy - 5, width=10, height=10, class_="dot-bad")
            if number in apart
            else element("circle", cx=cx, cy=cy, r=4.5, class_="dot-good")
        )
    parts += bars(histogram)
    total = sum(b.count for b in bins)
    desc = (
        f"{len(bins)} bins over {total} images; {len(apart)} of them outside the band expected of a calibrated model."
    )
    return picture(WIDTH, HEIGHT, *parts, title=f"Reliability of {name}", desc=desc)


def outside(bins: Sequence[Bin], expected: Sequence[Interval]) -> frozenset[int]:
    """The numbers of the bins whose accuracy is outside the band."""
    pairs = enumerate(zip(bins, expected, strict=False))
    return frozenset(number for number, (b, (low, high)) in pairs if not low <= b.accuracy <= high)


def bars(histogram: Sequence[int]) -> list[Markup]:
    """The histogram of confidence, equal bins over 0 to 1, on the diagram's x axis."""
    x = linear((0, 1), (LEFT, RIGHT))
    highest = max(histogram, default=0) or 1
    y = linear((0, highest), (HISTOGRAM_BOTTOM, HISTOGRAM_TOP))
    width = (RIGHT - LEFT) / max(len(histogram), 1)
    drawn = [
        element(
            "rect",
            x=LEFT + number * width + 0.5,
            y=y(count),
            width=width - 1,
            height=HISTOGRAM_BOTTOM - y(count),
            class_="bar",
        )
        for number, count in enumerate(histogram)
        if count
    ]
    return [
        text(2, HISTOGRAM_TOP - 12, "images", class_="axis-name"),
        text(LEFT - 5, HISTOGRAM_TOP + 5, str(highest), anchor="end"),
        text(LEFT - 5, HISTOGRAM_BOTTOM + 3, "0", anchor="end"),
        x_axis(x, ticks(0, 1, 5), HISTOGRAM_BOTTOM, top=HISTOGRAM_TOP, name="confidence (highest probability)"),
        *drawn,
    ]
