"""Values as a reader sees them. No value is made nicer than it is: what is unknown is called so."""

from __future__ import annotations

import math
import unicodedata
from datetime import UTC, datetime

from pytest_robust.record import Region

UNKNOWN = "not estimable"
LONGEST = 1_000
"""Characters of a text of the user's that are shown; the embedded record has the rest."""
TRUTHS = {
    "label": "one right class",
    "order": "a class that gets ever harder to see",
    "parents": "lies between two classes",
    "posterior": "the probability of every class is known",
    "votes": "people have voted on it",
    "unfamiliar": "belongs to no class",
}
"""What is known of an input, in a reader's words."""
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode categories of characters that are not seen, or that turn the text around them."""


def part_of(region: Region) -> str:
    """How large a region is.

    >>> part_of(Region(top=3, left=9, height=5, width=7, image_height=32, image_width=32))
    '5 x 7 of 32 x 32 pixels'
    """
    return f"{region.height} x {region.width} of {region.image_height} x {region.image_width} pixels"


def finite(value: float | None) -> float | None:
    """The value if it is a number that can be drawn."""
    return value if value is not None and math.isfinite(value) else None


def span(interval: tuple[float, float] | None) -> tuple[float, float] | None:
    """The interval if both of its ends can be drawn."""
    return interval if interval is not None and all(math.isfinite(end) for end in interval) else None


def number(value: float | None) -> str:
    """Three decimals, more for small values.

    >>> number(0.8342), number(-0.25), number(0.00012), number(None)
    ('0.834', '−0.250', '0.0001', 'not estimable')
    """
    if value is None:
        return UNKNOWN
    if not math.isfinite(value):
        return "not finite"
    size = abs(value)
    written = (
        f"{value:.{3 if size >= 0.001 or not size else 4}f}" if not size or 0.00005 <= size < 1e4 else f"{value:.2g}"
    )
    return written.replace("-", "−")


def probability(value: float | None) -> str:
    """A probability that a model gave, never rounded to certainty.

    >>> probability(0.25), probability(1e-6), probability(0.99999), probability(1.0), probability(None)
    ('0.250', '< 0.001', '> 0.999', '1', 'not finite')
    """
    if value is None or not math.isfinite(value):
        return "not finite"
    if value in (0.0, 1.0):
        return f"{value:g}"
    return "< 0.001" if 0 < value < 0.001 else "> 0.999" if 0.999 < value < 1 else number(value)


def bound(value: float | None, operator: str | None) -> str:
    """What is claimed of a value.

    >>> bound(0.8, ">="), bound(None, None)
    ('≥ 0.8', 'every row')
    """
    if value is None or operator is None:
        return "every row"
    return f"{ {'>=': '≥', '<=': '≤'}.get(operator, operator) } {value:g}".replace("-", "−")


def beyond(truth: float | None, operator: str, remark: str) -> str:
    """From which truth on a verdict is likely.

    >>> beyond(0.8801, ">=", ""), beyond(None, ">=", ""), beyond(None, "<=", "no plan")
    ('≥ 0.880', 'no truth', '–')
    """
    if truth is None:
        return "–" if remark else "no truth"
    return f"{ {'>=': '≥', '<=': '≤'}[operator] } {number(truth)}"


def signed(value: float | None) -> str:
    """A margin, always with its sign.

    >>> signed(0.05), signed(-0.0004), signed(None)
    ('+0.050', '−0.0004', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    return ("" if value < 0 else "+") + number(value)


def ends(interval: tuple[float, float] | None) -> str:
    """An interval.

    >>> ends((0.79, 0.8612)), ends(None)
    ('0.790 to 0.861', 'none')
    """
    return "none" if interval is None else f"{number(interval[0])} to {number(interval[1])}"


def small(value: float) -> str:
    """An error rate, without a tail of noughts.

    >>> small(0.05), small(0.01 / 65)
    ('0.05', '0.000154')
    """
    return f"{value:.3g}"


def count(many: int, one: str, more: str | None = None) -> str:
    """A number of things.

    >>> count(1, "claim"), count(12000, "claim")
    ('1 claim', '12,000 claims')
    """
    return f"{many:,} {one if many == 1 else more or one + 's'}"


def roughly(many: int) -> str:
    """An estimated number of things, no more exact than it is: two leading digits.

    >>> roughly(888_956), roughly(42)
    ('890,000', '42')
    """
    return f"{int(float(f'{many:.2g}')):,}"


def duration(seconds: float) -> str:
    """A length of time.

    >>> duration(3.21), duration(75), duration(3700)
    ('3.2 s', '1 min 15 s', '1 h 1 min')
    """
    if not math.isfinite(seconds):
        return "not finite"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def moment(written: str) -> datetime | None:
    """A time as a record has it; None for what is none.

    >>> moment("2026-11-23T06:42:11Z"), moment("yesterday")
    (datetime.datetime(2026, 11, 23, 6, 42, 11, tzinfo=datetime.timezone.utc), None)
    """
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def truth(name: str) -> str:
    """What is known of an input; a name that this version does not know stays.

    >>> truth("votes"), truth("oracle")
    ('people have voted on it', 'oracle')
    """
    return TRUTHS.get(name, name)


def harmless(text: str) -> str:
    """Text of a user's, with the characters that would change how the page reads made visible, and cut at `LONGEST`.

    Controls, overrides of the writing direction and lone surrogates become escapes.

    >>> harmless("a\\u202eb")
    'a\\\\u202eb'
    """
    shown = cut(text, LONGEST)
    return shown if shown.isprintable() else "".join(map(visible, shown))


def cut(text: str, longest: int) -> str:
    """At most so many characters of a text, and how many are missing.

    >>> cut("abcdef", 4)
    'abcd… (2 characters more)'
    """
    return text if len(text) <= longest else f"{text[:longest]}… ({count(len(text) - longest, 'character')} more)"


def visible(character: str) -> str:
    """The character if it shows as itself and leaves its neighbours alone, otherwise its escape in Python and JSON."""
    if character in "\n\t\u200c\u200d" or unicodedata.category(character) not in HIDDEN:
        return character
    return f"\\u{ord(character):04x}" if ord(character) <= 0xFFFF else f"\\U{ord(character):08x}"
