"""Accuracy under attack against epsilon: every attack of one norm on one axis, with clean accuracy and chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pytest_robust.record import Interval
from pytest_robust.report.figures.marks import ROW, SERIES, key, mark
from pytest_robust.report.figures.svg import Point, element, label, line, linear, picture, text, ticks, x_axis, y_axis

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 380.0, 40.0, 368.0, 30.0, 250.0
KEY_TOP = BOTTOM + 50
GREYS = 255
MOST_TICKS = 8


@dataclass(frozen=True, slots=True)
class Struck:
    """One attack at one epsilon: the share still right, and its interval."""

    epsilon: float
    accuracy: float
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack: at the epsilons of the suite, and, where it looks for the smallest change, at all of them."""

    name: str
    struck: tuple[Struck, ...]
    steps: tuple[Point, ...] = ()
    """(epsilon, share that no smaller change was found to fool), from 0 on; it holds until the next."""


def draw(
    attacks: Sequence[Attack], *, name: str, scale_name: str, clean: float | None, chance: float | None, grey: bool
) -> Markup:
    """The attacks of one norm, two epsilons or more in all. `grey`: epsilons are written in grey values, `8/255`."""
    end = reach(attacks, chance)
    x, y = linear((0, end), (LEFT, RIGHT)), linear((0, 1), (BOTTOM, TOP))
    at = grey_ticks(end) if grey else ticks(0, end, 6)
    names = [f"{round(value * GREYS)}/255" if value else "0" for value in at] if grey else [label(v) for v in at]
    parts = [
        x_axis(x, at, BOTTOM, top=TOP, name=scale_name, labels=names),
        y_axis(y, ticks(0, 1, 5), LEFT, right=RIGHT, name="accuracy under attack"),
    ]
    if clean is not None:
        parts.append(element("line", x1=LEFT, x2=RIGHT, y1=y(clean), y2=y(clean), class_="reference"))
        parts.append(text(RIGHT, y(clean) - 4, f"clean {clean:.3f}", anchor="end"))
    if chance is not None:
        parts.append(element("line", x1=LEFT, x2=RIGHT, y1=y(chance), y2=y(chance), class_="chance"))
        parts.append(text(LEFT + 4, y(chance) - 4, f"chance {chance:.3g}"))
    for number, attack in enumerate(attacks):
        if attack.steps:
            parts.append(line([(x(e), y(share)) for e, share in stairs(attack.steps, end)], f"line-{number % SERIES}"))
        elif len(attack.struck) > 1:
            parts.append(line([(x(one.epsilon), y(one.accuracy)) for one in attack.struck], f"line-{number % SERIES}"))
        for one in attack.struck:
            if one.interval is not None:
                low, high = one.interval
                parts.append(
                    element("line", x1=x(one.epsilon), x2=x(one.epsilon), y1=y(low), y2=y(high), class_="thin")
                )
    for number, attack in enumerate(attacks):
        parts += [mark(number, x(one.epsilon), y(one.accuracy)) for one in attack.struck]
    parts += key([attack.name for attack in attacks], LEFT, KEY_TOP)
    height = KEY_TOP + len(attacks) * ROW - 4
    return picture(
        WIDTH, height, *parts, title=f"{name}: accuracy against epsilon", desc=describe(attacks, clean, chance)
    )


def reach(attacks: Sequence[Attack], chance: float | None) -> float:
    """Where the axis ends: a little beyond the largest epsilon, or where a curve has come down to chance."""
    largest = max((one.epsilon for attack in attacks for one in attack.struck), default=0.0)
    down = [next((e for e, share in a.steps if share <= (chance or 0.0)), a.steps[-1][0]) for a in attacks if a.steps]
    return max(largest, *down, 1 / GREYS) * 1.06


def stairs(steps: Sequence[Point], end: float) -> list[Point]:
    """The corners of a step function within [0, end]."""
    found: list[Point] = []
    for epsilon, share in steps:
        if epsilon > end:
            break
        if found:
            found.append((epsilon, found[-1][1]))
        found.append((epsilon, share))
    return [*found, (end, found[-1][1])] if found else []


def grey_ticks(end: float) -> list[float]:
    """Round numbers of grey values from 0 to `end`, as epsilons."""
    most, step = int(end * GREYS), 1
    while most // step >= MOST_TICKS:
        step *= 2
    return [value / GREYS for value in range(0, most + 1, step)]


def describe(attacks: Sequence[Attack], clean: float | None, chance: float | None) -> str:
    """The points in words."""
    told = [
        f"{attack.name}: " + ", ".join(f"{one.accuracy:.3f} at {one.epsilon:.4g}" for one in attack.struck)
        for attack in attacks
    ]
    beside = [f"clean {clean:.3f}"] if clean is not None else []
    beside += [f"chance {chance:.3g}"] if chance is not None else []
    return "; ".join([*told, *beside]) + "."
