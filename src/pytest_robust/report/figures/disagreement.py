"""How unsure the model is against how much people disagree: on the diagonal it doubts as they do."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from pytest_robust.record import Disagreement
from pytest_robust.report.figures.svg import element, line, linear, picture, text, ticks, x_axis, y_axis

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 380.0, 330.0, 40.0, 368.0, 26.0, 288.0
TOPS = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Where both axes may end."""


def draw(bins: Sequence[Disagreement], *, name: str) -> Markup:
    """The bins of one cell as points with intervals; a square lies wholly below the diagonal."""
    highest = max((end for b in bins for end in (b.people, b.model, *(b.interval or ()))), default=0.0)
    top = next((limit for limit in TOPS if highest <= limit), 1.0)
    x, y = linear((0, top), (LEFT, RIGHT)), linear((0, top), (BOTTOM, TOP))
    at = ticks(0, top, 5)
    parts = [
        x_axis(x, at, BOTTOM, top=TOP, name="entropy of people’s votes (share of ln K)"),
        y_axis(y, at, LEFT, right=RIGHT, name="entropy of the model’s answer (share of ln K)"),
        line([(x(0), y(0)), (x(top), y(top))], "reference"),
        text(RIGHT - 6, BOTTOM - 8, "surer than people", anchor="end"),
        text(LEFT + 6, TOP + 16, "less sure than people"),
    ]
    for b in bins:
        if b.interval is not None:
            low, high = b.interval
            parts.append(element("line", x1=x(b.people), x2=x(b.people), y1=y(low), y2=y(high), class_="whisker"))
    for b in bins:
        cx, cy = x(b.people), y(b.model)
        parts.append(
            element("rect", x=cx - 4.5, y=cy - 4.5, width=9, height=9, class_="dot-bad")
            if surer(b)
            else element("circle", cx=cx, cy=cy, r=4.5, class_="dot-good")
        )
    below = sum(map(surer, bins))
    desc = (
        f"{len(bins)} bins over {sum(b.count for b in bins)} images; in {below} of them the model is surer than "
        "people, by the whole interval."
    )
    return picture(WIDTH, HEIGHT, *parts, title=f"Doubt of the model and of people in {name}", desc=desc)


def drawable(one: Disagreement) -> bool:
    """Whether all of its numbers can be drawn."""
    return all(map(math.isfinite, (one.people, one.model, *(one.interval or ()))))


def surer(one: Disagreement) -> bool:
    """Whether the model is surer than people, as far as the interval can tell."""
    return one.interval is not None and one.interval[1] < one.people
