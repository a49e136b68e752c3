"""Just enough SVG: escaped elements, scales, ticks and axes. One unit is one CSS pixel at full size."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import cache

from markupsafe import Markup, escape

Scale = Callable[[float], float]
Point = tuple[float, float]
LONGEST = 50
"""Characters of a line of text."""


def element(name: str, *children: str, **attributes: str | float | None) -> Markup:
    """One element; text children and attributes are escaped, `None` attributes left out.

    A trailing underscore is dropped from an attribute's name and other underscores become hyphens.

    >>> element("text", "a < b", class_="tick", x=1.50)
    Markup('<text class="tick" x="1.5">a &lt; b</text>')
    """
    written = "".join(
        f' {hyphened(key)}="{escape(value) if isinstance(value, str) else short(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(escape(child) for child in children)
    return Markup(f"<{name}{written}>{inner}</{name}>" if children else f"<{name}{written}/>")


@cache
def hyphened(key: str) -> str:
    """An attribute's name as SVG spells it."""
    return key.rstrip("_").replace("_", "-")


def short(value: float) -> str:
    """A coordinate with two decimals at most.

    >>> short(2 / 3), short(12.0)
    ('0.67', '12')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")


def picture(width: float, height: float, *children: str, title: str, desc: str, class_: str = "figure") -> Markup:
    """A whole figure, scaling down with its column, with its name and text alternative."""
    return element(
        "svg",
        element("title", title),
        element("desc", desc),
        *children,
        viewBox=f"0 0 {short(width)} {short(height)}",
        width=width,
        height=height,
        role="img",
        class_=class_,
    )


def linear(domain: tuple[float, float], extent: tuple[float, float]) -> Scale:
    """The straight line that takes the ends of `domain` to those of `extent`, held inside it.

    >>> linear((0, 1), (10, 20))(0.5), linear((0, 1), (10, 20))(7)
    (15.0, 20.0)
    """
    (low, high), (start, end) = domain, extent
    return lambda value: start + (min(max(value, low), high) - low) / (high - low) * (end - start)


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers within [low, high], about `count` of them, by steps of 1, 2 or 5 times a power of ten.

    >>> ticks(0, 1, 5)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = min((factor * power for factor in (1, 2, 5, 10)), key=lambda candidate: abs(candidate - rough))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(number * step, 10) + 0.0 for number in range(first, last + 1)]


def label(value: float) -> str:
    """A tick's label, with a true minus sign.

    >>> label(0.05), label(-1.0)
    ('0.05', '−1')
    """
    return f"{value:g}".replace("-", "−")


def line(points: Iterable[Point], class_: str) -> Markup:
    """A line through points."""
    return element("polyline", points=path(points), class_=class_)


def band(lower: Sequence[Point], upper: Sequence[Point], class_: str) -> Markup:
    """The area between two lines."""
    return element("polygon", points=path([*lower, *reversed(upper)]), class_=class_)


def path(points: Iterable[Point]) -> str:
    """The points as an attribute."""
    return " ".join(f"{short(x)},{short(y)}" for x, y in points)


def text(x: float, y: float, words: str, *, anchor: str = "start", class_: str = "tick") -> Markup:
    """A line of text, cut where it is longer than a figure is wide."""
    words = words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
    return element("text", words, x=x, y=y, text_anchor=anchor, class_=class_)


def x_axis(scale: Scale, at: Sequence[float], y: float, *, top: float, name: str, labels: Sequence[str] = ()) -> Markup:
    """Ticks with labels below `y`, grid lines up to `top`, and the axis's name."""
    marks = [element("line", x1=scale(v), x2=scale(v), y1=top, y2=y, class_="grid") for v in at]
    named = labels or [label(v) for v in at]
    words = [text(scale(v), y + 14, word, anchor="middle") for v, word in zip(at, named, strict=True)]
    middle = (scale(min(at)) + scale(max(at))) / 2
    return element("g", *marks, *words, text(middle, y + 30, name, anchor="middle", class_="axis-name"))


def y_axis(scale: Scale, at: Sequence[float], x: float, *, right: float, name: str) -> Markup:
    """Ticks with labels left of `x`, grid lines to `right`, and the axis's name above them."""
    marks = [element("line", x1=x, x2=right, y1=scale(v), y2=scale(v), class_="grid") for v in at]
    words = [text(x - 5, scale(v) + 4, label(v), anchor="end") for v in at]
    return element("g", *marks, *words, text(2, 11, name, class_="axis-name"))
