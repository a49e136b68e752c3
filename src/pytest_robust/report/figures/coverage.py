"""Risk-coverage: the error among the answered, when only the most confident share is answered."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from pytest_robust.report.figures.svg import Point, line, linear, picture, ticks, x_axis, y_axis

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 380.0, 300.0, 40.0, 368.0, 26.0, 258.0
TOPS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


def draw(points: Sequence[Point], *, name: str) -> Markup:
    """The curve of one cell, [(coverage, error), ...] by rising coverage; the error axis ends at a round number."""
    highest = max((error for _, error in points), default=0.0)
    top = next((limit for limit in TOPS if highest <= limit), 1.0)
    x, y = linear((0, 1), (LEFT, RIGHT)), linear((0, top), (BOTTOM, TOP))
    drawn = [(x(coverage), y(error)) for coverage, error in points]
    return picture(
        WIDTH,
        HEIGHT,
        x_axis(x, ticks(0, 1, 5), BOTTOM, top=TOP, name="coverage (share answered, most confident first)"),
        y_axis(y, ticks(0, top, 5), LEFT, right=RIGHT, name="error among the answered"),
        line(drawn, "line"),
        title=f"Risk against coverage of {name}",
        desc=describe(points),
    )


def describe(points: Sequence[Point]) -> str:
    """The curve in words, at the points nearest to half and to full coverage."""
    if not points:
        return "No points."
    half = min(points, key=lambda point: abs(point[0] - 0.5))
    last = points[-1]
    return f"Error {half[1]:.3f} at coverage {half[0]:.2f}, {last[1]:.3f} at coverage {last[0]:.2f}."
