"""The checks of a record in the order in which they are told: failed, not proven, passed, not run; worst first."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pytest_robust.record import Outcome, Record, Verdict
from pytest_robust.report.words import finite

PLAIN = re.compile(r"[\w ./:+=,@%-]*")
"""What a shell leaves alone between double quotes."""


@dataclass(frozen=True, slots=True)
class Group:
    """Checks that are told together."""

    name: str
    outcomes: tuple[Outcome, ...]
    verdicts: tuple[Verdict, ...]


GROUPS: tuple[tuple[str, tuple[Outcome, ...]], ...] = (
    ("Failed", ("FAIL",)),
    ("Not proven", ("INCONCLUSIVE",)),
    ("Passed", ("PASS",)),
    ("Not run, or ended in an error", ("ERROR", "NOT RUN")),
)


def margin(verdict: Verdict) -> float | None:
    """How far the value is on the good side of the claimed bound, in the property's unit; negative beyond it."""
    estimate, threshold = finite(verdict.estimate), finite(verdict.threshold)
    if estimate is None or threshold is None or verdict.operator is None:
        return None
    return estimate - threshold if verdict.operator == ">=" else threshold - estimate


def worst_first(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """By margin, lowest first. What has none, such as a claim on every row, comes first unless it passed.

    Ties keep their order.
    """

    def place(verdict: Verdict) -> float:
        found = margin(verdict)
        if found is None:
            return math.inf if verdict.outcome == "PASS" else -math.inf
        return found

    return sorted(verdicts, key=place)


def grouped(verdicts: Sequence[Verdict]) -> list[Group]:
    """All verdicts in the fixed order of groups; empty groups are left out."""
    found = [
        Group(
            name,
            outcomes,
            tuple(v for outcome in outcomes for v in worst_first(v for v in verdicts if v.outcome == outcome)),
        )
        for name, outcomes in GROUPS
    ]
    return [group for group in found if group.verdicts]


def of_families(verdicts: Sequence[Verdict], families: Sequence[str]) -> list[tuple[str, list[Verdict]]]:
    """The verdicts of each of these families that has any, in the order of groups."""
    told = [verdict for group in grouped(verdicts) for verdict in group.verdicts]
    found = [(family, [verdict for verdict in told if verdict.family == family]) for family in families]
    return [(family, some) for family, some in found if some]


def replay(record: Record, verdict: Verdict) -> str:
    """The command that runs one check again, ready to paste into a shell.

    >>> quoted("suites/vision.yaml::weather::fog-3::accuracy")
    '"suites/vision.yaml::weather::fog-3::accuracy"'
    >>> quoted("$(rm x)")
    "'$(rm x)'"
    """
    return f"pytest --robust {quoted(f'{record.suite.path}::{verdict.id}')}"


def quoted(argument: str) -> str:
    """One argument of a shell command."""
    return f'"{argument}"' if PLAIN.fullmatch(argument) else shlex.quote(argument)
