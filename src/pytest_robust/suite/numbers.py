"""Numbers as the author writes them: `3`, `0.5`, `8/255`. Each has one text, which names cells."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """A severity, epsilon or weight: its value, and the text that names it in `pgd-8/255`."""

    value: float
    text: str


def parse_level(written: object) -> Level:
    """Read a non-negative number or a fraction. Raises ValueError for anything else.

    The text is the same however the number was written, so that names are stable.

    >>> parse_level("8/255")
    Level(value=0.03137254901960784, text='8/255')
    >>> [parse_level(same).text for same in (1, 1.0, "1", "1.00")]
    ['1', '1', '1', '1']
    """
    if isinstance(written, Level):
        return written
    above, slash, below = str(written).partition("/")
    try:
        parts = [float(part) for part in ((above, below) if slash else (above,))]
        value = parts[0] / parts[1] if slash else parts[0]
    except (ValueError, ZeroDivisionError):
        parts, value = [], math.nan
    if isinstance(written, bool) or not (math.isfinite(value) and all(part >= 0 for part in parts)):
        raise ValueError(f"{written!r} is not a level; write a number of 0 or more, such as 3, 0.5 or 8/255")
    return Level(value, "/".join(map(number_text, parts)))


def number_text(value: float) -> str:
    """The shortest text of a number; steps of one grey value as fractions of 255.

    >>> number_text(3.0), number_text(0.25), number_text(8 / 255)
    ('3', '0.25', '8/255')
    """
    text = repr(float(value)).removesuffix(".0")
    grey = round(value * 255) if math.isfinite(value) else 0
    return f"{grey}/255" if len(text) > 8 and grey / 255 == value else text
