"""The prospects of a suite as aligned columns for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from pytest_robust.engine.prospects import Prospect, Side
from pytest_robust.report.words import harmless, number

WIDEST = 26
"""Characters of a claim before it goes on in the next line."""
NARROWEST = 24
"""Characters of the first column at least, for the scenarios in it."""
GAP = "  "


@dataclass(frozen=True, slots=True)
class Widths:
    """Characters of each column."""

    claim: int
    rows: int
    settled: int
    needed: int
    """Of a number of rows in the last column."""
    truth: int
    """Of the truth beside it."""
    last: int
    """Of the last column."""

    @property
    def left(self) -> int:
        """Of the columns before the verdict."""
        return self.claim + len("checks") + self.rows + 2 * len(GAP)


def table(found: Sequence[Prospect], width: int) -> Iterator[str]:
    """Two lines or more a prospect: what it takes for PASS and, below it, for FAIL; scenarios below the claim."""
    widths = measure(found, width)
    head = f"{'claim':{widths.claim}}{GAP}checks{GAP}{'rows':>{widths.rows}}"
    yield f"{head}{GAP}{'':4}{GAP}{'settled if':{widths.settled}}{GAP}n at a truth of"
    for one in found:
        first, *more = textwrap.wrap(one.claim, widths.claim, break_on_hyphens=False)
        left = [f"{first:{widths.claim}}{GAP}{len(one.checks):>6}{GAP}{rows(one):>{widths.rows}}", *more]
        left.append(fitting(f"{GAP}{scenarios(one)}", widths.claim))
        for text, told in zip_longest(left, right(one, widths), fillvalue=""):
            yield f"{text:{widths.left}}{GAP}{told}".rstrip()


def measure(found: Sequence[Prospect], width: int) -> Widths:
    """Columns as wide as their widest entry, the last one as wide as there is room for."""
    told = [(one, side) for one in found for side in (one.passes, one.fails) if side is not None]
    needed = [one for _, side in told for one in side.needed]
    claim = min(WIDEST, max([NARROWEST, *(len(one.claim) for one in found)]))
    before = max([4, *(len(rows(one)) for one in found)])
    settled = max([len("settled if"), *(len(nearest(one, side)) for one, side in told)])
    return Widths(
        claim=claim,
        rows=before,
        settled=settled,
        needed=max([5, *(len(many(one.rows)) for one in needed)]),
        truth=max([1, *(len(f"{one.truth:.4g}") for one in needed)]),
        last=width - claim - before - settled - len("checks") - len("PASS") - 5 * len(GAP),
    )


def right(one: Prospect, widths: Widths) -> Iterator[str]:
    """The columns from the verdict on."""
    for verdict, side in (("PASS", one.passes), ("FAIL", one.fails)):
        if side is None:
            continue
        cells = [f"{many(need.rows):>{widths.needed}} at {need.truth:<{widths.truth}.4g}" for need in side.needed]
        start = f"{verdict}{GAP}{nearest(one, side):{widths.settled}}{GAP}"
        a_line = max(1, (widths.last + len(GAP)) // (widths.needed + widths.truth + 4 + len(GAP)))
        for place in range(0, max(1, len(cells)), a_line):
            yield f"{start:{len(start)}}" + GAP.join(cells[place : place + a_line])
            start = " " * len(start)
    yield from textwrap.wrap(one.remark, max(24, widths.settled + widths.last + 4 + 2 * len(GAP)))


def rows(one: Prospect) -> str:
    """How many rows there are."""
    return "" if one.rows is None else f"{'<= ' if one.at_most else ''}{one.rows:,}"


def many(needed: int | None) -> str:
    """How many rows it takes."""
    return "never" if needed is None else f"{needed:,}"


def nearest(one: Prospect, side: Side) -> str:
    """Which truths the rows settle."""
    if side.settled is None:
        return "?" if one.remark else "none"
    above = (one.checks[0].spec.claim.operator == ">=") == (side is one.passes)
    return f"{'>=' if above else '<='} {number(side.settled)}"


def scenarios(one: Prospect) -> str:
    """Where it is claimed."""
    return ", ".join(dict.fromkeys(harmless(check.cell.scenario) for check in one.checks))


def fitting(text: str, width: int) -> str:
    """As much of a text as there is room for.

    >>> fitting("blur, fog, rain", 12)
    'blur, fog...'
    """
    return text if len(text) <= width else f"{text[: width - 3].rstrip(', ')}..."
