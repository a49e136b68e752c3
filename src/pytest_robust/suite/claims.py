"""The little language of claims.

    accuracy >= 0.80 at severity <= 3
    accuracy_drop <= 0.10
    top_k_accuracy(k=3) >= 0.95 by class
    finite_outputs

A claim names a property with its options, says what it must be, and may say that this holds in every slice of the data,
and at which levels. A property that is true of every row or is not (`finite_outputs`) takes no number.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NoReturn, cast

from pytest_robust.suite.numbers import NUMBER, parse_level

Comparison = Literal[">=", "<=", "="]

HOLDS: dict[Comparison, Callable[[float, float], bool]] = {">=": operator.ge, "<=": operator.le, "=": operator.eq}

WORDS = re.compile(r"[^\s<>=!≤≥()]*\([^()]*\)|[<>=!≤≥]+|[^\s<>=!≤≥]+")

OPTION = r"\s*\w+\s*=\s*[\w./+\-]+\s*"

CLAIM = (
    rf"^\s*[^\s<>=!≤≥()]+(\({OPTION}(,{OPTION})*\))?"
    rf"(\s*(>=|<=)\s*[-+]?{NUMBER})?"
    r"(\s+by\s+[^\s<>=!≤≥()]+)?"
    rf"(\s+at\s+[^\s<>=!≤≥()]+\s*(>=|<=|=)\s*{NUMBER}(/{NUMBER})?)?\s*$"
)
"""A claim, as a regular expression of Python and of JSON Schema."""

EXAMPLES = ("accuracy >= 0.80", "accuracy_drop <= 0.1 at severity <= 3", "finite_outputs")

WRITE = "write a claim as `{}`, `{}` or `{}`".format(*EXAMPLES)


class ClaimError(ValueError):
    """A claim that cannot be read; `offset` is how many of its characters precede the mistake."""

    def __init__(self, message: str, claim: str, offset: int) -> None:
        self.claim = claim
        self.offset = offset
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Where:
    """The condition after `at`: `severity <= 3`."""

    scale: str
    comparison: Comparison
    level: float

    def covers(self, scale: str | None, level: float | None) -> bool:
        """Whether a cell of this scale and level is meant."""
        return scale == self.scale and level is not None and HOLDS[self.comparison](level, self.level)


@dataclass(frozen=True, slots=True)
class Claim:
    """What must hold: `property operator threshold`, perhaps only at some severities."""

    text: str
    property: str
    operator: Literal[">=", "<="] | None = None
    threshold: float | None = None
    where: Where | None = None
    options: tuple[tuple[str, str], ...] = ()
    """Of the property, in the order written, as text."""
    by: str | None = None
    """What slices the data: the claim is of every slice."""


class _Words:
    """The words of a claim, one after the other, with the offset of each."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found = [(match.group(), match.start()) for match in WORDS.finditer(text)]
        self.next = 0

    def __bool__(self) -> bool:
        return self.next < len(self.found)

    def peek(self) -> str:
        return self.found[self.next][0] if self else ""

    def take(self) -> str:
        word = self.peek()
        self.next += 1
        return word

    def fail(self, message: str, *, back: int = 0) -> NoReturn:
        """Complain about the next word, or about the end of the claim."""
        place = self.next - back
        offset = self.found[place][1] if place < len(self.found) else len(self.text.rstrip())
        raise ClaimError(f"{message} in the claim `{self.text}`; {WRITE}", self.text, offset)


def parse_claim(text: object) -> Claim:
    """Read one claim. Raises ClaimError that says how to write it.

    >>> claim = parse_claim("accuracy >= 0.80 at severity <= 3")
    >>> claim.property, claim.operator, claim.threshold
    ('accuracy', '>=', 0.8)
    >>> claim.where.covers("severity", 2), claim.where.covers("severity", 4)
    (True, False)
    >>> parse_claim("recall(class=cat) >= 0.7 by brightness").options
    (('class', 'cat'),)
    """
    if not isinstance(text, str):
        raise ClaimError(f"a claim is text, not {text!r}; {WRITE}", "", 0)
    words = _Words(text)
    if not words:
        raise ClaimError(f"the claim is empty; {WRITE}", text, 0)
    if words.peek()[0] in "<>=!≤≥":
        words.fail(f"no property stands before `{words.peek()}`")
    options = _options(words)
    property_ = words.take().partition("(")[0]
    threshold = where = compared = by = None
    if words and words.peek() not in ("by", "at"):
        compared = _comparison(words, allowed=(">=", "<="))
        threshold = _threshold(words)
    if words and words.peek() == "by":
        words.take()
        by = _plain(words, "a slice such as `class`", after="by")
    if words and words.peek() == "at":
        where = _where(words)
    if words:
        words.fail(f"`{words.peek()}` does not belong")
    return Claim(text, property_, cast(Literal[">=", "<="] | None, compared), threshold, where, options, by)


def _options(words: _Words) -> tuple[tuple[str, str], ...]:
    """The options in brackets behind a property, as text."""
    property_, bracket, inside = words.peek().partition("(")
    if not bracket and ")" not in property_:
        return ()
    if not property_:
        words.fail(f"no property stands before `{words.peek()}`")
    if ")" not in words.text:
        words.fail(f"the bracket behind {property_} is not closed; in a list, put a claim that has a comma in quotes")
    written = inside.removesuffix(")").split(",")
    if not inside.endswith(")") or not all(re.fullmatch(OPTION, option) for option in written):
        words.fail(f"the options of {property_} are not of the form `(name=value, name=value)`")
    return tuple((name.strip(), value.strip()) for name, _, value in (option.partition("=") for option in written))


def _comparison(words: _Words, allowed: tuple[Comparison, ...]) -> Comparison:
    *most, last = (f"`{choice}`" for choice in allowed)
    choices = f"{', '.join(most)} or {last}"
    if not words:
        words.fail(f"{choices} is missing at the end")
    if words.peek() not in allowed:
        words.fail(f"`{words.peek()}` stands where {choices} belongs")
    return cast(Comparison, words.take())


def _threshold(words: _Words) -> float:
    written = words.peek() or words.fail("the number is missing")
    if not re.fullmatch(f"[-+]?{NUMBER}", written):
        words.fail(f"`{written}` is not a number")
    value = float(written)
    if not math.isfinite(value):
        words.fail(f"`{written}` is not finite")
    words.take()
    return value


def _plain(words: _Words, what: str, *, after: str) -> str:
    """The next word, which has no options in brackets."""
    if not words:
        words.fail(f"{what} is missing after `{after}`")
    if set("<>=!≤≥()") & set(words.peek()):
        words.fail(f"`{words.peek()}` stands where {what} belongs")
    return words.take()


def _where(words: _Words) -> Where:
    words.take()
    scale = _plain(words, "`severity`, `epsilon` or `weight`", after="at")
    compared = _comparison(words, allowed=("<=", ">=", "="))
    written = words.peek() or words.fail("the level is missing")
    try:
        level = parse_level(written)
    except ValueError:
        words.fail(f"`{written}` is not a level")
    words.take()
    return Where(scale, compared, level.value)
