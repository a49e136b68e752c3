"""Marks that tell series apart by their shape as well as their colour, and the key that names them."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from pytest_robust.report.figures.svg import element, line, path, text

SERIES = 6
"""After so many series, shapes and colours begin anew."""
SIZE = 4.5
ROW = 17.0
"""Height of a line of the key."""


def mark(number: int, x: float, y: float) -> Markup:
    """The mark of a series at a point: circle, square, diamond, triangle, ring or cross."""
    kind, s = number % SERIES, SIZE
    class_ = f"series-{kind}"
    if kind in (0, 4):
        return element("circle", cx=x, cy=y, r=s, class_=f"{class_} hollow" if kind == 4 else class_)
    corners = {
        1: [(x - s, y - s), (x + s, y - s), (x + s, y + s), (x - s, y + s)],
        2: [(x, y - s - 1.5), (x + s + 1.5, y), (x, y + s + 1.5), (x - s - 1.5, y)],
        3: [(x, y - s - 1), (x + s + 1, y + s), (x - s - 1, y + s)],
        5: [(x - s, y - s), (x, y), (x + s, y - s), (x, y), (x + s, y + s), (x, y), (x - s, y + s), (x, y)],
    }
    return element("polygon", points=path(corners[kind]), class_=class_)


def key(names: Sequence[str], left: float, top: float) -> list[Markup]:
    """A line for each series: its line, its mark, its name."""
    parts = []
    for number, name in enumerate(names):
        y = top + number * ROW
        parts += [
            line([(left, y), (left + 28, y)], f"line-{number % SERIES}"),
            mark(number, left + 14, y),
            text(left + 36, y + 4, name, class_="key"),
        ]
    return parts
