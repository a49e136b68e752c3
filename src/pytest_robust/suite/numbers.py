"""Numbers as the author writes them: `3`, `0.5`, `8/255`. The text is kept for names."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """A severity, epsilon or weight: its value, and the text that names it in `pgd-8/255`."""

    value: float
    text: str


def parse_level(written: object) -> Level:
    """Read a non-negative number or a fraction.

    Raises ValueError for anything else.

    >>> parse_level("8/255")
    Level(value=0.03137254901960784, text='8/255')
    >>> parse_level(3).text
    '3'
    """
    if isinstance(written, Level):
        return written
    text = str(written).replace(" ", "")
    above, slash, below = text.partition("/")
    try:
        value = float(above) / float(below) if slash else float(above)
    except (ValueError, ZeroDivisionError):
        value = math.nan
    if isinstance(written, bool) or not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{written!r} is not a level; write a number such as 3, 0.5 or 8/255")
    return Level(value, text)
