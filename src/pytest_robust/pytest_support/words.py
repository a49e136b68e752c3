"""Verdicts as the terminal says them."""

from __future__ import annotations

from pytest_robust.record import Verdict
from pytest_robust.report.words import count, ends, harmless, number, roughly


def claimed(verdict: Verdict) -> str:
    """The claim as its author wrote it.

    The condition after `at` has done its work by then, and stays: it is what the author will look for.
    """
    return harmless(" ".join(verdict.claim.split()))


def observed(verdict: Verdict) -> str:
    """Estimate, interval and n.

    >>> from pytest_robust.record import Place
    >>> place = Place(path="s.yaml", line=1, column=1)
    >>> observed(Verdict(id="a::b::c", outcome="FAIL", scenario="a", cell="b", generator="b", severity=None,
    ...     property="c", claim="c >= 0.8", estimate=0.7, interval=(0.67, 0.73), n=900, place=place))
    '0.700 (0.670 to 0.730), n 900'
    """
    interval = f" ({ends(verdict.interval)})" if verdict.interval else ""
    return f"{number(verdict.estimate)}{interval}, n {verdict.n:,}"


def more_rows(verdict: Verdict) -> str:
    """What would settle a claim that is not proven."""
    if verdict.rows_needed is None:
        return "no number of images is known to settle it"
    if verdict.rows_needed == 1:
        return "about 1 more image would settle it"
    return f"about {roughly(verdict.rows_needed)} more images would settle it"


__all__ = ["claimed", "count", "harmless", "more_rows", "observed"]
