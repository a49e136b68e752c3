"""Mean entropy over the levels of an ambiguous input, and the mass on its two classes where it was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pytest_robust.record import Interval
from pytest_robust.report.figures.marks import mark
from pytest_robust.report.figures.svg import element, line, linear, picture, text, ticks, x_axis, y_axis

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 250.0, 196.0, 34.0, 240.0, 30.0, 158.0
KEY = (("entropy", 64.0), ("mass on its two", 136.0))


@dataclass(frozen=True, slots=True)
class Rung:
    """One level: mean entropy in units of ln K, and the mean probability of the two classes that are there."""

    value: float
    name: str
    entropy: float
    mass: float | None = None
    interval: Interval | None = None
    """Of the mass."""


def draw(rungs: Sequence[Rung], *, name: str, scale_name: str) -> Markup:
    """The curves of one generator over two levels or more, in rising order."""
    values = [rung.value for rung in rungs]
    air = (values[-1] - values[0]) * 0.06
    x, y = linear((values[0] - air, values[-1] + air), (LEFT, RIGHT)), linear((0, 1), (BOTTOM, TOP))
    massed = [rung for rung in rungs if rung.mass is not None]
    curves = [[(x(rung.value), y(rung.entropy)) for rung in rungs]]
    curves += [[(x(rung.value), y(rung.mass)) for rung in massed if rung.mass is not None]] if massed else []
    parts = [
        x_axis(x, values, BOTTOM, top=TOP, name=scale_name, labels=[rung.name for rung in rungs]),
        y_axis(y, ticks(0, 1, 5), LEFT, right=RIGHT, name="share"),
    ]
    for rung in massed:
        if rung.interval is not None:
            at, (low, high) = x(rung.value), rung.interval
            parts.append(element("line", x1=at, x2=at, y1=y(low), y2=y(high), class_="whisker"))
    for number, curve in enumerate(curves):
        word, left = KEY[number]
        parts += [line(curve, f"line-{number}"), *(mark(number, *point) for point in curve)]
        parts += [mark(number, left, 7), text(left + 9, 11, word, class_="key")]
    told = ", ".join(f"{rung.entropy:.3f} at {rung.name}" for rung in rungs)
    held = ", ".join(f"{rung.mass:.3f} at {rung.name}" for rung in massed)
    desc = f"Mean entropy {told}." + (f" Mass on its two classes {held}." if held else "")
    return picture(WIDTH, HEIGHT, *parts, title=f"{name}: entropy against {scale_name}", desc=desc)
