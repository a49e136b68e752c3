"""What fits into a page of 2 MB: checks before pictures, pictures before a copy of the record that holds them again."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Literal

from markupsafe import Markup

from pytest_robust.record import Counterexample, Record
from pytest_robust.report import pictures

LARGEST = 2_000_000
"""Bytes of a page, whatever the suite."""
SPARE = 60_000
"""Bytes kept free for the words around pictures and record, which are counted only roughly."""
AROUND_A_PICTURE = 200
"""Bytes of the elements around one picture, its three and its row's id."""

UNSAFE = re.compile(r"[<>&]|[^\x00-\x7e]+")

A_VERDICT = 450
"""Bytes of the shortest verdict in the embedded record: what is surely too long is not written only to be measured."""

MOST_CHECKS = 2_000
"""Where the search for a list of checks that fits begins."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """The copy of the record in the page; `bare` is without pictures, `absent` has no text."""

    how: Literal["whole", "bare", "absent"]
    text: Markup = field(default_factory=Markup)

    def __len__(self) -> int:
        return len(self.text)


@dataclass
class Limits:
    """What one page may hold; what is left out is counted on it."""

    checks: int
    """Checks in the table of all checks."""
    embedded: Embedded = field(default_factory=lambda: Embedded("absent"))
    pictures: int = 0
    """Characters of pictures with what surrounds them."""
    spent: int = 0

    @property
    def entries(self) -> int:
        """Entries of every other list and figures of a kind; each takes several times the room of a table's row."""
        return max(self.checks // 8, 1)

    @property
    def figures(self) -> int:
        """Large figures of a kind, a few kB each: no more than anybody looks at, few enough to leave room for words."""
        return max(self.entries // 4, 1)

    def admits(self, weight: int) -> bool:
        """Whether pictures of so many characters more fit; if so, they are counted."""
        fits = self.spent + weight <= self.pictures
        self.spent += weight if fits else 0
        return fits


def weigh(example: Counterexample) -> int:
    """Characters that a counterexample's pictures take in the page; 0 where it has none."""
    return sum(weigh_picture(address, example.row) for address in pictures.shown(example))


def weigh_picture(address: str | None, caption: str) -> int:
    """Characters that one picture takes in the page; 0 where it is none that is shown."""
    known = pictures.safe(address)
    return len(known) + AROUND_A_PICTURE + 6 * len(caption[:1000]) if known else 0


def share(record: Record, room: int, checks: int) -> Limits:
    """Limits that spend `room` bytes on pictures and on the embedded record."""
    wanted = sum(weigh(example) for verdict in record.verdicts for example in verdict.counterexamples)
    wanted += sum(weigh_picture(address, shows) for section in record.sections for shows, address in section.pictures)
    if 2 * wanted <= room and (whole := embed(record, room - wanted)):
        return Limits(checks, Embedded("whole", whole), wanted)
    most = room * 2 // 3
    if len(record.verdicts) * A_VERDICT <= most and (bare := embed(pictures.without_pictures(record), most)):
        return Limits(checks, Embedded("bare", bare), room - len(bare))
    return Limits(checks, pictures=max(room, 0))


def embed(record: Record, room: int) -> Markup | None:
    """The record as ASCII JSON in which no HTML parser finds the end of a script element; None where it is longer.

    Neither `<` nor a character that turns the text around it is left in it.
    """
    written = record.model_dump_json(indent=1)
    if len(written) > room:
        return None
    safe = UNSAFE.sub(lambda found: "".join(map(escaped, found[0])), written)
    return Markup(safe) if len(safe) <= room else None


def escaped(character: str) -> str:
    """A character as JSON escapes it.

    >>> escaped("<"), escaped("\U0001f600")
    ('\\\\u003c', '\\\\ud83d\\\\ude00')
    """
    return f"\\u{ord(character):04x}" if character.isascii() else json.dumps(character)[1:-1]
