"""The plan: every check that a suite asks for, before anything is loaded or run.

Uses what plug-ins declare, so that `--collect-only` never imports torch. Claims that can never hold,
claims that the truth of an input cannot carry, and names that do not exist are mistakes of the suite.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_robust.adapters import Adapter
from pytest_robust.engine import matching
from pytest_robust.engine.resolving import Claimed, Named, Resolver
from pytest_robust.errors import SuiteError, nearest
from pytest_robust.generators import Generator
from pytest_robust.properties import Property
from pytest_robust.sources import Roots
from pytest_robust.statistics import Levels
from pytest_robust.statistics.multiplicity import bonferroni_share
from pytest_robust.suite import ClaimSpec, Key, Level, Scenario, Suite, SuiteFile, parse_level
from pytest_robust.suite.tree import KEY


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
    if file.suite is None:
        raise SuiteError(file.problems)
    return _Planner(file, file.suite, Resolver(file, roots)).plan()


class _Planner:
    """Walks a suite once: cells, then the checks in each.

    Where a part is wrong, what its absence brings about is not told as well: see `Resolver.incomplete`.
    """

    def __init__(self, file: SuiteFile, suite: Suite, resolver: Resolver) -> None:
        self.file, self.suite, self.resolver = file, suite, resolver
        self.complain, self.incomplete = resolver.complain, resolver.incomplete
        self.everywhere: list[Claimed] = []
        self.used: set[Key] = set()

    def plan(self) -> Plan:
        """The plan. Raises SuiteError."""
        adapter, options = self.resolver.adapter(self.suite.model)
        for name, spec in self.suite.data.items():
            self.resolver.data(name, spec)
        self.everywhere = self.resolver.claims(self.suite.require, ("require",))
        checks: list[Check] = []
        for name, scenario in self.suite.scenarios.items():
            checks += self._scenario(name, scenario, adapter)
        self._check_everywhere()
        if self.resolver.problems or adapter is None:
            raise SuiteError(self.resolver.problems)
        statistics = self.suite.statistics
        claims = sum(check.property_.statistical for check in checks)
        levels = Levels(
            alpha_pass=statistics.alpha_pass,
            alpha_fail=bonferroni_share(statistics.flake_budget, claims),
            early_stopping=statistics.early_stopping,
        )
        name = self.suite.name or self.file.path.stem
        return Plan(self.file, self.resolver.roots, name, adapter, options, tuple(checks), levels)

    def _scenario(self, name: str, scenario: Scenario, adapter: Adapter | None) -> list[Check]:
        at = ("scenarios", name)
        data = scenario.data or next(iter(self.suite.data))
        if data not in self.suite.data and ("data",) not in self.file.incomplete:
            self.complain(f"unknown data {data!r}; {nearest(data, self.suite.data)}", *at, "data")
        named = self.resolver.generators(scenario.generate, (*at, "generate"))
        whole = self.incomplete.isdisjoint((*at, part) for part in ("generate", *matching.LEVELS))
        cells = self._cells(name, scenario, data, named)
        claims = self.resolver.claims(scenario.require, (*at, "require"))
        self._check_claims(claims, cells, [found.generator for found in named], whole)
        checks = [check for cell in cells for check in self._checks(cell, claims, scenario.tags, adapter)]
        if not checks and self.incomplete.isdisjoint([at, ("require",)]):
            self.complain("nothing is claimed here; add `require:` with a claim such as `accuracy >= 0.8`", *at, KEY)
        return checks

    def _cells(self, name: str, scenario: Scenario, data: str, named: Sequence[Named]) -> list[Cell]:
        at = ("scenarios", name)
        written: dict[str, list[Level] | None] = {scale: getattr(scenario, scale) for scale in matching.LEVELS}
        present = [found.generator for found in named]
        if (*at, "generate") not in self.incomplete:
            for scale, levels in written.items():
                if levels and all(generator.scale != scale for generator in present):
                    self.complain(matching.no_scale(scale, present), *at, scale, KEY)
        cells: dict[str, Cell] = {}
        for found in named:
            generator = found.generator
            if generator.name == "unfamiliar" and data == next(iter(self.suite.data)):
                message = (
                    f"{data!r} is what the model knows; write `data:` with the name of a set that it does not know"
                )
                self.complain(message, *found.key)
            for level in self._levels(found, written, at):
                label = generator.name if level is None else f"{generator.name}-{level.text}"
                if label in cells:
                    message = f"a second cell called {label!r}; give it a scenario of its own, or remove one"
                    self.complain(message, *found.key)
                else:
                    cells[label] = Cell(name, label, data, generator, found.options, level)
        return list(cells.values())

    def _levels(self, found: Named, written: Mapping[str, list[Level] | None], at: Key) -> Sequence[Level | None]:
        """The levels that a generator is used at."""
        generator, scale = found.generator, found.generator.scale
        if scale is None:
            return [None]
        levels = written[scale]
        if levels is None:
            if not generator.levels and self.incomplete.isdisjoint((*at, other) for other in matching.LEVELS):
                message = f"{generator.name} needs levels; write for example `{scale}: {matching.LEVELS[scale]}`"
                self.complain(message, *found.key)
            return [parse_level(level) for level in generator.levels]
        for place, level in enumerate(levels):
            mistake = matching.level_mistake(generator, level)
            if mistake is not None:
                self.complain(mistake, *at, scale, place)
        return levels

    def _check_claims(
        self, claims: Sequence[Claimed], cells: Sequence[Cell], present: Sequence[Generator], whole: bool
    ) -> None:
        """Whether each claim of a scenario covers something, and can be asked of all that it covers.

        `whole` says that no generator or level was left out for a mistake.
        """
        for claimed in claims:
            claim = claimed.spec.claim
            covered = [cell for cell in cells if _covers(claimed, cell)]
            if claim.where is not None and not covered and (whole or claim.where.scale not in matching.LEVELS):
                levels = [cell.level for cell in cells if cell.level and cell.generator.scale == claim.where.scale]
                self.complain(matching.where_mistake(claim, claim.where.scale, present, levels), *claimed.key)
            for generator in {cell.generator.name: cell.generator for cell in covered}.values():
                unfit = matching.truth_mistake(claimed.property_, generator)
                if unfit is not None:
                    self.complain(unfit, *claimed.key)

    def _checks(
        self, cell: Cell, claims: Sequence[Claimed], tags: Sequence[str], adapter: Adapter | None
    ) -> Iterator[Check]:
        """The checks of a cell: the scenario's claims, then those of the whole suite."""
        count: Counter[str] = Counter()
        for claimed in (*claims, *self.everywhere):
            property_ = claimed.property_
            if not _covers(claimed, cell) or cell.generator.truth not in property_.truths:
                continue
            self.used.add(claimed.key)
            count[property_.name] += 1
            name = property_.name if count[property_.name] == 1 else f"{property_.name}-{count[property_.name]}"
            line, column = self.file.place(*claimed.key)
            not_run = None if adapter is None else matching.missing_capability(adapter, cell.generator, property_)
            yield Check(cell, name, claimed.spec, property_, line, column, tuple(tags), not_run)

    def _check_everywhere(self) -> None:
        """Whether each claim of the whole suite found a cell that it can be asked of."""
        for claimed in self.everywhere:
            if claimed.key not in self.used and ("scenarios",) not in self.incomplete:
                text = claimed.spec.claim.text
                message = f"`{text}` can be asked of no cell of this suite; remove it or mend its `at`"
                self.complain(message, *claimed.key)


def _covers(claimed: Claimed, cell: Cell) -> bool:
    where = claimed.spec.claim.where
    return where is None or where.covers(cell.generator.scale, cell.level.value if cell.level else None)
