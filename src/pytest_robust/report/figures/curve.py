"""Accuracy against the level of one generator, with its band, the clean accuracy and the claimed bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pytest_robust.report.figures.svg import band, element, line, linear, picture, text, ticks, x_axis, y_axis

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 250.0, 190.0, 34.0, 240.0, 24.0, 152.0


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the generator: accuracy in [0, 1] with its interval, and the bounds claimed there."""

    value: float
    name: str
    accuracy: float
    interval: tuple[float, float] | None
    bounds: tuple[float, ...] = ()


def draw(levels: Sequence[Level], *, name: str, scale_name: str, clean: float | None) -> Markup:
    """The curve of one generator over two levels or more, in rising order."""
    values = [level.value for level in levels]
    air = (values[-1] - values[0]) * 0.06
    x = linear((values[0] - air, values[-1] + air), (LEFT, RIGHT))
    y = linear((0, 1), (BOTTOM, TOP))
    at = ticks(0, 1, 5)
    parts = [
        x_axis(x, values, BOTTOM, top=TOP, name=scale_name, labels=[level.name for level in levels]),
        y_axis(y, at, LEFT, right=RIGHT, name="accuracy"),
    ]
    if clean is not None:
        parts += [
            element("line", x1=LEFT, x2=RIGHT, y1=y(clean), y2=y(clean), class_="reference"),
            text(RIGHT, y(clean) - 4, f"clean {clean:.2f}", anchor="end"),
        ]
    banded = [(level.value, level.interval) for level in levels if level.interval]
    if len(banded) > 1:
        lower = [(x(value), y(ends[0])) for value, ends in banded]
        upper = [(x(value), y(ends[1])) for value, ends in banded]
        parts.append(band(lower, upper, "band"))
    parts.append(line([(x(level.value), y(level.accuracy)) for level in levels], "line"))
    for level in levels:
        missed = any(level.accuracy < bound for bound in level.bounds)
        parts += [
            element("line", x1=x(level.value) - 9, x2=x(level.value) + 9, y1=y(b), y2=y(b), class_="threshold")
            for b in level.bounds
        ]
        cx, cy = x(level.value), y(level.accuracy)
        parts.append(
            element("rect", x=cx - 4, y=cy - 4, width=8, height=8, class_="dot-bad")
            if missed
            else element("circle", cx=cx, cy=cy, r=4, class_="dot-good")
        )
    values_in_words = ", ".join(f"{level.accuracy:.3f} at {level.name}" for level in levels)
    desc = f"Accuracy {values_in_words}." + (f" Clean: {clean:.3f}." if clean is not None else "")
    return picture(WIDTH, HEIGHT, *parts, title=f"{name}: accuracy against {scale_name}", desc=desc)
