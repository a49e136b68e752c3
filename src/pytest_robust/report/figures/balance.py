"""How many rows each class has, as bars; of many classes the largest and the smallest."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from pytest_robust.report.figures.svg import element, linear, picture, text
from pytest_robust.report.words import harmless

WIDTH, LEFT, RIGHT, TOP, ROW = 330.0, 112.0, 280.0, 22.0, 17.0
MOST_BARS = 24
"""Above it, half as many of the largest and of the smallest classes are drawn."""
LONGEST = 17
"""Characters of a class's name that fit beside its bar."""

Bar = tuple[str, int]


def draw(classes: Sequence[str], counts: Sequence[int], *, name: str) -> Markup:
    """One bar a class, in their order, or from the largest to the smallest where not all are drawn."""
    bars = list(zip(map(harmless, classes), counts, strict=True))
    between = max(0, len(bars) - MOST_BARS)
    if between:
        bars.sort(key=lambda bar: -bar[1])
    ends = [bars] if not between else [bars[: MOST_BARS // 2], bars[-(MOST_BARS // 2) :]]
    scale = linear((0, max(1, *counts)), (LEFT, RIGHT))
    parts = [
        text(LEFT - 6, 11, "class", anchor="end", class_="axis-name"),
        text(LEFT, 11, "rows", class_="axis-name"),
    ]
    y = TOP
    for number, some in enumerate(ends):
        if number:
            parts.append(text(LEFT, y + 11, f"{between:,} classes between"))
            y += ROW
        for class_, rows in some:
            end = scale(rows)
            parts += [
                text(LEFT - 6, y + 11, short(class_), anchor="end"),
                element("rect", x=LEFT, y=y, width=end - LEFT, height=ROW - 4, class_="bar"),
                text(end + 5, y + 11, f"{rows:,}"),
            ]
            y += ROW
    parts.append(element("line", x1=LEFT, x2=LEFT, y1=TOP - 2, y2=y, class_="axis"))
    told = "; ".join(", ".join(f"{class_}: {rows:,}" for class_, rows in some) for some in ends)
    desc = f"{told}{f'; {between:,} classes between' if between else ''}."
    return picture(WIDTH, y, *parts, title=f"{harmless(name)}: rows of each class", desc=desc)


def short(name: str) -> str:
    """As much of a class's name as fits.

    >>> short("traffic light, red, left"), short("7")
    ('traffic light, r…', '7')
    """
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
