"""Suite files: what the author writes, with the place of every word.

`files.load(path)` gives a `SuiteFile`; `schema.json_schema()` gives the JSON Schema for editors.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pytest_robust.errors import Problem
from pytest_robust.suite.claims import Claim, Where, parse_claim
from pytest_robust.suite.confusions import Confusion, parse_confusion
from pytest_robust.suite.models import (
    ClaimSpec,
    DataSpec,
    GeneratorSpec,
    MistakesSpec,
    ModelSpec,
    Scenario,
    StatisticsSpec,
    Suite,
)
from pytest_robust.suite.numbers import Level, parse_level
from pytest_robust.suite.risk import HazardSpec, RequirementSpec, RiskSpec, WaiverSpec
from pytest_robust.suite.training import TrainingSpec
from pytest_robust.suite.tree import Key


@dataclass(frozen=True, slots=True)
class SuiteFile:
    """A suite with its text and the place of everything in it.

    `suite` holds what could be read: a scenario, generator or claim with a mistake is left out of it and named in
    `problems`, so that the plan can add what it finds in the rest and all mistakes are told at once.
    `suite` is None where too little could be read to go on.
    """

    path: Path
    text: str
    suite: Suite | None
    places: dict[Key, tuple[int, int]]
    """(line, column), counted from 1, of the value at each key; of the key itself under `(*key, tree.KEY)`."""
    problems: tuple[Problem, ...] = ()
    incomplete: frozenset[Key] = frozenset()
    """Keys under which something was left out for a mistake: what seems to be missing there may be no mistake."""

    def place(self, *key: str | int) -> tuple[int, int]:
        """The place of the value at this key, or of its nearest parent that stands in the file."""
        while key and key not in self.places:
            key = key[:-1]
        return self.places.get(key, (1, 1))

    def problem(self, message: str, *key: str | int) -> Problem:
        """A mistake at this key."""
        return Problem(self.path, *self.place(*key), message)


__all__ = [
    "Claim",
    "ClaimSpec",
    "Confusion",
    "DataSpec",
    "GeneratorSpec",
    "HazardSpec",
    "Key",
    "Level",
    "MistakesSpec",
    "ModelSpec",
    "RequirementSpec",
    "RiskSpec",
    "Scenario",
    "StatisticsSpec",
    "Suite",
    "SuiteFile",
    "TrainingSpec",
    "WaiverSpec",
    "Where",
    "parse_claim",
    "parse_confusion",
    "parse_level",
]
