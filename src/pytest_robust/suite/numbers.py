"""Numbers as the author writes them: `3`, `0.5`, `8/255`. Each has one text, which names cells."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

NUMBER = r"([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?"
"""A number of 0 or more, as a regular expression of Python and of JSON Schema."""

LEVEL = rf"^{NUMBER}(\s*/\s*{NUMBER})?$"


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
    text = str(written)
    if isinstance(written, bool) or not re.search(LEVEL, text):
        raise ValueError(f"{written!r} is not a level; write a number of 0 or more, such as 3, 0.5 or 8/255")
    parts = [float(part) for part in text.split("/")]
    value = parts[0] if len(parts) == 1 else parts[0] / parts[1] if parts[1] else math.inf
    if not math.isfinite(value):
        raise ValueError(f"{written!r} is not finite; write a number such as 3, 0.5 or 8/255")
    return Level(value, "/".join(map(number_text, parts)))


def number_text(value: float) -> str:
    """The shortest text of a number; steps of one grey value as fractions of 255.

    >>> number_text(3.0), number_text(0.25), number_text(8 / 255)
    ('3', '0.25', '8/255')
    """
    text = repr(float(value)).removesuffix(".0")
    grey = round(value * 255) if abs(value) <= 1 else 0
    return f"{grey}/255" if len(text) > 8 and grey / 255 == value else text
