"""Which checks a hazard or a waiver speaks of: a scenario's name, or a glob over ids, `scenario::cell::property`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from pytest_robust.errors import closest, nearest
from pytest_robust.suite import Key, Suite

MOST_NAMED = 6
"""Ids that a message names at most."""
WILD = frozenset("*?[")


def matched(patterns: Sequence[str], ids: Sequence[str]) -> list[str]:
    """The ids of checks that are meant, in their own order.

    >>> matched(["fog", "*::ece"], ["fog::fog-1::accuracy", "snow::snow-1::accuracy", "snow::snow-1::ece"])
    ['fog::fog-1::accuracy', 'snow::snow-1::ece']
    """
    return [one for one in ids if any(_means(pattern, one) for pattern in patterns)]


def unmatched(suite: Suite, ids: Sequence[str]) -> Iterator[tuple[str, Key]]:
    """What is wrong with patterns that mean no check of the plan, with the way to each."""
    written: dict[Key, str] = {}
    for name, hazard in suite.hazards.items():
        for number, requirement in enumerate(hazard.requirements):
            at = ("hazards", name, "requirements", number, "checks")
            written |= {(*at, place): pattern for place, pattern in enumerate(requirement.checks)}
    for number, waiver in enumerate(suite.waivers):
        written |= {("waivers", number, "checks", place): pattern for place, pattern in enumerate(waiver.checks)}
    for key, pattern in written.items():
        if not matched([pattern], ids):
            yield f"{pattern!r} means no check of this suite; {_instead(pattern, ids)}", key


def _means(pattern: str, check: str) -> bool:
    return pattern == check.partition("::")[0] or fnmatchcase(check, pattern)


def _instead(pattern: str, ids: Sequence[str]) -> str:
    """What to write instead: the scenario where that is wrong, else the id of a check in it."""
    scenarios = list(dict.fromkeys(one.partition("::")[0] for one in ids))
    first, separator, _ = pattern.partition("::")
    if not separator or (first not in scenarios and WILD.isdisjoint(first)):
        return nearest(first, scenarios)
    within = [one for one in ids if fnmatchcase(one.partition("::")[0], first)] or ids
    meant = closest(pattern, within)
    if meant is not None:
        return f"did you mean {meant!r}?"
    more = f" and {len(within) - MOST_NAMED} more" if len(within) > MOST_NAMED else ""
    return f"there are: {', '.join(within[:MOST_NAMED])}{more}"
