"""One slice of a claim as a bar in a table: the observed value with its interval, on the scale of all its slices."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from pytest_robust.record import SliceResult
from pytest_robust.report.figures.interval import around
from pytest_robust.report.figures.svg import element, label, linear, text, ticks
from pytest_robust.report.words import finite, span

WIDTH, HEIGHT, LEFT, RIGHT, MIDDLE = 240.0, 20.0, 10.0, 230.0, 10.0

Domain = tuple[float, float]


def domain(slices: Iterable[SliceResult], threshold: float) -> Domain:
    """What the bars of one claim span."""
    known = [(finite(one.estimate), span(one.interval)) for one in slices]
    ends = [end for _, interval in known if interval for end in interval]
    return around([threshold, *ends, *(value for value, _ in known if value is not None)])


def bar(one: SliceResult, *, threshold: float, operator: str, within: Domain) -> Markup:
    """The bar of one slice; the numbers stand in the cells beside it, so it is hidden from readers of text."""
    scale, interval, estimate = linear(within, (LEFT, RIGHT)), span(one.interval), finite(one.estimate)
    at = scale(threshold)
    holds = (at, RIGHT) if operator == ">=" else (LEFT, at)
    parts = [
        element("rect", x=holds[0], y=0, width=holds[1] - holds[0], height=HEIGHT, class_="holds"),
        element("line", x1=at, x2=at, y1=0, y2=HEIGHT, class_="threshold"),
    ]
    if interval:
        start, end = map(scale, interval)
        parts.append(element("line", x1=start, x2=end, y1=MIDDLE, y2=MIDDLE, class_="whisker"))
    if estimate is not None:
        x, inside = scale(estimate), estimate >= threshold if operator == ">=" else estimate <= threshold
        parts.append(
            element("circle", cx=x, cy=MIDDLE, r=4, class_="dot-good")
            if inside
            else element("rect", x=x - 4, y=MIDDLE - 4, width=8, height=8, class_="dot-bad")
        )
    return frame(HEIGHT, *parts)


def axis(within: Domain) -> Markup:
    """The scale that all bars of a claim share."""
    scale = linear(within, (LEFT, RIGHT))
    parts = [element("line", x1=LEFT, x2=RIGHT, y1=1, y2=1, class_="axis")]
    for value in ticks(*within, 4):
        parts += [
            element("line", x1=scale(value), x2=scale(value), y1=1, y2=5, class_="axis"),
            text(scale(value), 17, label(value), anchor="middle"),
        ]
    return frame(HEIGHT, *parts)


def frame(height: float, *parts: Markup) -> Markup:
    """A drawing that says nothing which is not said in words."""
    box = f"0 0 {WIDTH:g} {height:g}"
    return element("svg", *parts, viewBox=box, width=WIDTH, height=height, class_="figure", aria_hidden="true")
