"""The little language of claims.

    accuracy >= 0.80 at severity <= 3
    accuracy_drop <= 0.10
    finite_outputs

A claim names a property, says what it must be, and may say where it holds. A property that is true of
every row or is not (`finite_outputs`) takes no number.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pytest_robust.suite.numbers import parse_level

Comparison = Literal[">=", "<=", "="]

HOLDS: dict[str, Callable[[float, float], bool]] = {">=": operator.ge, "<=": operator.le, "=": operator.eq}

GRAMMAR = re.compile(
    r"""\s*(?P<property>[^\s<>=]+)
        (?:\s*(?P<operator>>=|<=)\s*(?P<threshold>\S+))?
        (?:\s+at\s+(?P<scale>[a-z]+)\s*(?P<comparison>>=|<=|=)\s*(?P<level>\S+))?\s*""",
    re.VERBOSE,
)

EXAMPLES = "write a claim as `accuracy >= 0.80`, `accuracy_drop <= 0.1 at severity <= 3` or `finite_outputs`"


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


def parse_claim(text: str) -> Claim:
    """Read one claim. Raises ValueError that says how to write it.

    >>> claim = parse_claim("accuracy >= 0.80 at severity <= 3")
    >>> claim.property, claim.operator, claim.threshold
    ('accuracy', '>=', 0.8)
    >>> claim.where.covers("severity", 2), claim.where.covers("severity", 4)
    (True, False)
    """
    found = GRAMMAR.fullmatch(text)
    if found is None:
        raise ValueError(f"cannot read the claim {text!r}; {EXAMPLES}")
    threshold = None
    if found["operator"]:
        try:
            threshold = float(found["threshold"])
        except ValueError:
            raise ValueError(f"{found['threshold']!r} in the claim {text!r} is not a number; {EXAMPLES}") from None
    where = None
    if found["scale"]:
        where = Where(found["scale"], found["comparison"], parse_level(found["level"]).value)  # type: ignore[arg-type]
    return Claim(text, found["property"], found["operator"], threshold, where)  # type: ignore[arg-type]
