"""Risk-coverage: the error among the answered, when only the most confident share is answered."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from pytest_robust.report.figures.svg import Point, element, line, linear, picture, text, ticks, x_axis, y_axis

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 380.0, 300.0, 40.0, 368.0, 26.0, 258.0
STYLES = ("line", "line second")


def draw(curves: Sequence[tuple[str, Sequence[Point]]]) -> Markup:
    """One line a cell, two at most: (name, [(coverage, error), ...])."""
    drawn = list(zip(curves, STYLES, strict=False))
    highest = max((error for (_, points), _ in drawn for _, error in points), default=0.0)
    top = next(limit for limit in (0.05, 0.1, 0.2, 0.5, 1.0) if highest * 1.05 <= limit or limit == 1.0)
    x, y = linear((0, 1), (LEFT, RIGHT)), linear((0, top), (BOTTOM, TOP))
    parts = [
        x_axis(x, ticks(0, 1, 5), BOTTOM, top=TOP, name="coverage (share answered, most confident first)"),
        y_axis(y, ticks(0, top, 5), LEFT, right=RIGHT, name="error among the answered"),
    ]
    for number, ((name, points), style) in enumerate(drawn):
        parts += [
            line([(x(coverage), y(error)) for coverage, error in points], style),
            line([(LEFT + 10, TOP + 12 + 18 * number), (LEFT + 40, TOP + 12 + 18 * number)], style),
            text(LEFT + 46, TOP + 16 + 18 * number, name, class_="key"),
        ]
    words = "; ".join(
        f"{name}: error {points[-1][1]:.3f} when all are answered" for (name, points), _ in drawn if points
    )
    outline = element("line", x1=LEFT, x2=RIGHT, y1=BOTTOM, y2=BOTTOM, class_="axis")
    return picture(WIDTH, HEIGHT, *parts, outline, title="Risk against coverage", desc=f"{words}.")
