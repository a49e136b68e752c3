"""Verdicts as the terminal says them."""

from __future__ import annotations

from pytest_robust.record import Verdict
from pytest_robust.report.words import count, ends, harmless, number, roughly, signed

MOST_SLICES = 5
"""Slices of a verdict that the terminal lists; the report has them all."""


def claimed(verdict: Verdict) -> str:
    """The claim as its author wrote it.

    The condition after `at` has done its work by then, and stays: it is what the author will look for.
    """
    return harmless(" ".join(verdict.claim.split()))


def observed(verdict: Verdict) -> str:
    """Estimate, interval and n; of a claim of every slice, with the worst slice and its part of n.

    >>> from pytest_robust.record import Place
    >>> place = Place(path="s.yaml", line=1, column=1)
    >>> observed(Verdict(id="a::b::c", outcome="FAIL", scenario="a", cell="b", generator="b", severity=None,
    ...     property="c", claim="c >= 0.8", estimate=0.7, interval=(0.67, 0.73), n=900, place=place))
    '0.700 (0.670 to 0.730), n 900'
    """
    interval = f" ({ends(verdict.interval)})" if verdict.interval else ""
    if verdict.slices:
        worst = verdict.slices[0]
        return f"{number(verdict.estimate)}{interval} in {harmless(worst.name)}, n {worst.n:,} of {verdict.n:,}"
    return f"{number(verdict.estimate)}{interval}, n {verdict.n:,}"


def worst_slices(verdict: Verdict) -> list[str]:
    """A line for each of the worst slices, and one for how many more there are; none where there are none."""
    shown = verdict.slices[:MOST_SLICES]
    rows = [
        (harmless(one.name), number(one.estimate), ends(one.interval), f"n {one.n:,}", one.outcome) for one in shown
    ]
    room = [max(map(len, column)) for column in zip(*rows, strict=True)]
    told = ["  ".join(cell.ljust(width) for cell, width in zip(row, room, strict=True)).rstrip() for row in rows]
    more = len(verdict.slices) - len(shown)
    return [*told, *([f"and {count(more, 'slice')} more"] if more else [])]


def more_rows(verdict: Verdict) -> str:
    """What would settle a claim that is not proven."""
    if verdict.rows_needed is None:
        return "no number of images is known to settle it"
    if verdict.rows_needed == 1:
        return "about 1 more image would settle it"
    return f"about {roughly(verdict.rows_needed)} more images would settle it"


__all__ = ["claimed", "count", "ends", "harmless", "more_rows", "observed", "signed", "worst_slices"]
