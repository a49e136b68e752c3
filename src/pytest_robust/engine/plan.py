"""The plan: every check that a suite asks for, before anything is loaded or run.

Uses what plug-ins declare, so that `--collect-only` never imports torch. Claims that can never hold,
claims that the truth of an input cannot carry, and names that do not exist are mistakes of the suite.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_robust.adapters import Adapter
from pytest_robust.generators import Generator
from pytest_robust.properties import Property
from pytest_robust.sources import Roots
from pytest_robust.statistics import Levels
from pytest_robust.suite import ClaimSpec, Level, SuiteFile


@dataclass(frozen=True)
class Cell:
    """One scenario, one generator, one level: the unit of evidence."""

    scenario: str
    label: str
    """`fog-3`, `pgd-8/255`, `clean`."""
    data: str
    generator: Generator
    options: Mapping[str, Any]
    level: Level | None

    @property
    def id(self) -> str:
        """`scenario::label`."""
        return f"{self.scenario}::{self.label}"


@dataclass(frozen=True)
class Check:
    """One claim in one cell: one pytest item, one verdict."""

    cell: Cell
    name: str
    """The property's name; `accuracy-2` for the second claim on accuracy in the same cell."""
    spec: ClaimSpec
    property_: Property
    line: int
    column: int
    tags: tuple[str, ...]
    not_run: str | None = None
    """Why it cannot run: what the generator or property needs and the adapter does not offer."""

    @property
    def id(self) -> str:
        """`scenario::label::name`."""
        return f"{self.cell.id}::{self.name}"


@dataclass(frozen=True)
class Plan:
    """All checks of a suite, in its order."""

    file: SuiteFile
    roots: Roots
    name: str
    adapter: Adapter
    adapter_options: Mapping[str, Any]
    checks: tuple[Check, ...]
    levels: Levels
    """alpha_fail is the flake budget over the number of statistical claims."""


def make_plan(file: SuiteFile, roots: Roots) -> Plan:
    """Plan a suite. Raises SuiteError with every problem of the file and of the plan, in file order."""
    raise NotImplementedError
