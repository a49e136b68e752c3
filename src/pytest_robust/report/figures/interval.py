"""One claim: the observed value with its interval, against the region in which the claim holds."""

from __future__ import annotations

import math

from markupsafe import Markup

from pytest_robust.report.figures.svg import element, label, linear, picture, text, ticks
from pytest_robust.report.words import bound, number

WIDTH, HEIGHT, LEFT, RIGHT = 260.0, 72.0, 12.0, 248.0
TOP, MIDDLE, BOTTOM = 16.0, 28.0, 40.0
"""Of the shaded part; its lower end is the axis."""


def draw(
    *, estimate: float, interval: tuple[float, float] | None, threshold: float, operator: str, name: str, unit: str
) -> Markup:
    """The bar of one claim `unit operator threshold`; all values finite, in the property's unit.

    Each bar has its own scale, which its axis shows: an ECE and an accuracy do not fit one.
    """
    low, high = around([estimate, threshold, *(interval or ())])
    scale = linear((low, high), (LEFT, RIGHT))
    at, x = scale(threshold), scale(estimate)
    holds = (at, RIGHT) if operator == ">=" else (LEFT, at)
    inside = estimate >= threshold if operator == ">=" else estimate <= threshold
    parts = [
        element("rect", x=holds[0], y=TOP, width=holds[1] - holds[0], height=BOTTOM - TOP, class_="holds"),
        element("line", x1=LEFT, x2=RIGHT, y1=BOTTOM, y2=BOTTOM, class_="axis"),
        element("line", x1=at, x2=at, y1=TOP - 4, y2=BOTTOM + 4, class_="threshold"),
        *labels(x, at, number(estimate), bound(threshold, operator)),
    ]
    if interval:
        start, end = scale(interval[0]), scale(interval[1])
        parts += [
            element("line", x1=start, x2=end, y1=MIDDLE, y2=MIDDLE, class_="whisker"),
            *(element("line", x1=x, x2=x, y1=MIDDLE - 5, y2=MIDDLE + 5, class_="whisker") for x in (start, end)),
        ]
    parts.append(
        element("circle", cx=x, cy=MIDDLE, r=5, class_="dot-good")
        if inside
        else element("rect", x=x - 5, y=MIDDLE - 5, width=10, height=10, class_="dot-bad")
    )
    for value in ticks(low, high, 3):
        parts += [
            element("line", x1=scale(value), x2=scale(value), y1=BOTTOM, y2=BOTTOM + 4, class_="axis"),
            text(scale(value), BOTTOM + 16, label(value), anchor="middle"),
        ]
    parts.append(text((LEFT + RIGHT) / 2, HEIGHT - 3, unit, anchor="middle"))
    words = f"observed {estimate:.4g}"
    if interval:
        words += f", interval {interval[0]:.4g} to {interval[1]:.4g}"
    desc = f"{unit}: {words}; the claim holds where {unit} {operator} {threshold:g} (shaded)."
    return picture(WIDTH, HEIGHT, *parts, title=name, desc=desc, class_="figure interval")


def labels(x: float, at: float, observed: str, claimed: str) -> list[Markup]:
    """The value above its mark and the bound above its line, on either side of what is between them."""
    left = x <= at
    value = min(x + 14, at - 4) if left else max(x - 14, at + 4)
    return [
        text(value, TOP - 6, observed, anchor="end" if left else "start", class_="key"),
        text(at, TOP - 6, claimed, anchor="start" if left else "end"),
    ]


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
