"""One claim: the observed value with its interval, against the region in which the claim holds."""

from __future__ import annotations

import math

from markupsafe import Markup

from pytest_robust.report.figures.svg import element, label, linear, picture, text, ticks

WIDTH, HEIGHT, LEFT, RIGHT, MIDDLE = 260.0, 52.0, 12.0, 248.0, 18.0


def draw(
    *, estimate: float, interval: tuple[float, float] | None, threshold: float, operator: str, name: str, unit: str
) -> Markup:
    """The bar of one claim `unit operator threshold`; all values finite, in the property's unit.

    Each bar has its own scale, which its axis shows: an ECE and an accuracy do not fit one.
    """
    low, high = around([estimate, threshold, *(interval or ())])
    scale = linear((low, high), (LEFT, RIGHT))
    at = scale(threshold)
    holds = (at, RIGHT) if operator == ">=" else (LEFT, at)
    inside = estimate >= threshold if operator == ">=" else estimate <= threshold
    parts = [
        element("rect", x=holds[0], y=6, width=holds[1] - holds[0], height=24, class_="holds"),
        element("line", x1=LEFT, x2=RIGHT, y1=30, y2=30, class_="axis"),
        element("line", x1=at, x2=at, y1=2, y2=34, class_="threshold"),
    ]
    if interval:
        start, end = scale(interval[0]), scale(interval[1])
        parts += [
            element("line", x1=start, x2=end, y1=MIDDLE, y2=MIDDLE, class_="whisker"),
            *(element("line", x1=x, x2=x, y1=MIDDLE - 5, y2=MIDDLE + 5, class_="whisker") for x in (start, end)),
        ]
    x = scale(estimate)
    parts.append(
        element("circle", cx=x, cy=MIDDLE, r=5, class_="dot-good")
        if inside
        else element("rect", x=x - 5, y=MIDDLE - 5, width=10, height=10, class_="dot-bad")
    )
    for value in ticks(low, high, 3):
        parts += [
            element("line", x1=scale(value), x2=scale(value), y1=30, y2=34, class_="axis"),
            text(scale(value), 46, label(value), anchor="middle"),
        ]
    words = f"observed {estimate:.4g}"
    if interval:
        words += f", interval {interval[0]:.4g} to {interval[1]:.4g}"
    desc = f"{unit}: {words}; the claim holds where {unit} {operator} {threshold:g} (shaded)."
    return picture(WIDTH, HEIGHT, *parts, title=name, desc=desc, class_="figure interval")


def around(values: list[float]) -> tuple[float, float]:
    """A domain that shows all values with some air, at least 0.05 wide, not leaving [-1, 1] unless they do.

    >>> around([0.8, 0.9])
    (0.775, 0.925)
    """
    low, high = min(values), max(values)
    air = max((high - low) * 0.25, 0.025)
    floor = 0.0 if low >= 0 else (-1.0 if low >= -1 else -math.inf)
    ceiling = 1.0 if high <= 1 else math.inf
    return round(max(low - air, floor), 6), round(min(high + air, ceiling), 6)
