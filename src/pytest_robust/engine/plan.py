"""The plan: every check that a suite asks for, before anything is loaded or run.

Uses what plug-ins declare, so that `--collect-only` never imports torch. Claims that can never hold,
claims that the truth of an input cannot carry, and names that do not exist are mistakes of the suite.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from pytest_robust.adapters import Adapter
from pytest_robust.engine import matching
from pytest_robust.engine.mistakes import AT, written_in_vain
from pytest_robust.engine.patterns import unmatched
from pytest_robust.engine.resolving import Claimed, Named, Resolver
from pytest_robust.errors import SuiteError, nearest
from pytest_robust.generators import Generator
from pytest_robust.properties import Property, Scope, Variant
from pytest_robust.sources import Roots
from pytest_robust.statistics import Levels
from pytest_robust.statistics.multiplicity import bonferroni_share
from pytest_robust.suite import ClaimSpec, Key, Level, Scenario, Suite, SuiteFile, parse_level
from pytest_robust.suite.tree import KEY
from pytest_robust.training import TrainingFile

EVERY = "all"
"""What stands for all cells of a scenario."""


@dataclass(frozen=True)
class Cell:
    """One scenario, one generator, one level: the unit of evidence."""

    scenario: str
    name: str
    """The generator's name, or what it makes of its options: `fog`, `fog+jpeg_compression`."""
    label: str
    """`fog-3`, `pgd-8/255`, `clean`."""
    data: str
    generator: Generator
    options: Mapping[str, Any]
    level: Level | None
    draws: int = 1
    """How often the generator's randomness is drawn for each row."""
    variant: Variant | None = None
    """How the inputs, or the question, differ from the cell's own in a way that must not matter."""

    @property
    def id(self) -> str:
        """`scenario::label`."""
        return f"{self.scenario}::{self.label}"


@dataclass(frozen=True)
class Check:
    """One claim in one cell, or in a series of them: one pytest item, one verdict."""

    cell: Cell
    """Of a series, what stands for it: called like the generator, or `all`, without a level."""
    name: str
    """The property's name; `accuracy-2` for the second claim on accuracy in the same cell."""
    spec: ClaimSpec
    property_: Property
    line: int
    column: int
    tags: tuple[str, ...]
    not_run: str | None = None
    """Why it cannot run: what the generator or property needs and the adapter does not offer."""
    series: tuple[Cell, ...] = ()
    """The cells that a property of a wider scope is about; none where it is about `cell`."""

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
    training: TrainingFile | None = None
    """Where the suite names a file that tells of the training data."""

    @property
    def shown_path(self) -> str:
        """The suite file's path from the project's root, or as given where it lies elsewhere."""
        return self.roots.shown(self.file.path)


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
        self.adapter: Adapter | None = None
        self.adapter_options: Mapping[str, Any] = {}
        self.everywhere: list[Claimed] = []
        self.used: set[Key] = set()

    def plan(self) -> Plan:
        """The plan. Raises SuiteError."""
        adapter, options = self.adapter, self.adapter_options = self.resolver.adapter(self.suite.model)
        for name, spec in self.suite.data.items():
            self.resolver.data(name, spec)
        training = self.resolver.training(self.suite.training)
        self.everywhere = self.resolver.claims(self.suite.require, ("require",))
        checks: list[Check] = []
        for name, scenario in self.suite.scenarios.items():
            checks += self._scenario(name, scenario)
        self._check_everywhere()
        self._check_mistakes()
        self._check_accountability(checks)
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
        return Plan(self.file, self.resolver.roots, name, adapter, options, tuple(checks), levels, training)

    def _scenario(self, name: str, scenario: Scenario) -> list[Check]:
        at = ("scenarios", name)
        data = scenario.data or next(iter(self.suite.data))
        if data not in self.suite.data and ("data",) not in self.file.incomplete:
            self.complain(f"unknown data {data!r}; {nearest(data, self.suite.data)}", *at, "data")
        named = self.resolver.generators(scenario.generate, (*at, "generate"))
        whole = self.incomplete.isdisjoint((*at, part) for part in ("generate", *matching.LEVELS))
        cells = self._cells(name, scenario, data, named)
        claims = self.resolver.claims(scenario.require, (*at, "require"))
        self._check_claims(claims, cells, [found.generator for found in named], whole)
        checks = list(self._in_cells(cells, claims, scenario.tags))
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
            called = generator.called(found.options)
            for level in self._levels(found, written, at):
                label = called if level is None else f"{called}-{level.text}"
                if label in cells:
                    message = f"a second cell called {label!r}; give it a scenario of its own, or remove one"
                    self.complain(message, *found.key)
                else:
                    cells[label] = Cell(name, called, label, data, generator, found.options, level, scenario.draws)
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
            unfit = dict.fromkeys(_unfit(claimed, name, list(group)) for name, group in _by_name(covered))
            for mistake in filter(None, unfit):
                self.complain(mistake, *claimed.key)

    def _in_cells(self, cells: Sequence[Cell], claims: Sequence[Claimed], tags: Sequence[str]) -> Iterator[Check]:
        """The checks of a scenario: by generator those of each cell, then of all levels; last those of all cells."""
        for name, group in _by_name(cells):
            levels = tuple(group)
            for cell in levels:
                yield from self._checks("cell", cell, (cell,), claims, tags)
            called = replace(levels[0], label=name, level=None)
            yield from self._checks("generator", called, levels, claims, tags)
        if cells:
            called = replace(cells[0], name=EVERY, label=EVERY, level=None)
            yield from self._checks("scenario", called, tuple(cells), claims, tags)

    def _checks(
        self,
        scope: Scope,
        called: Cell,
        cells: tuple[Cell, ...],
        claims: Sequence[Claimed],
        tags: Sequence[str],
    ) -> Iterator[Check]:
        """The checks of one scope about these cells: the scenario's claims, then those of the whole suite."""
        count: Counter[str] = Counter()
        for claimed in (*claims, *self.everywhere):
            property_ = claimed.property_
            covered = tuple(cell for cell in cells if _covers(claimed, cell))
            fit = all(matching.fits(property_, cell.generator) for cell in covered)
            fit = fit and not any(matching.slices_mistake(claimed.spec.claim, cell.generator) for cell in covered)
            fit = fit and (claimed in claims or matching.draws_mistake(property_, called.draws) is None)
            if property_.scope != scope or not covered or not fit or len(covered) < property_.fewest_levels:
                continue
            self.used.add(claimed.key)
            count[property_.name] += 1
            name = property_.name if count[property_.name] == 1 else f"{property_.name}-{count[property_.name]}"
            line, column = self.file.place(*claimed.key)
            missing = (self._missing(cell.generator, property_) for cell in covered)
            not_run = next((reason for reason in missing if reason), None)
            series = () if scope == "cell" else covered
            yield Check(called, name, claimed.spec, property_, line, column, tuple(tags), not_run, series)

    def _missing(self, generator: Generator, property_: Property) -> str | None:
        """Why a claim cannot be judged here, as far as that is known."""
        if self.adapter is None:
            return None
        return matching.missing_capability(self.adapter, self.adapter_options, generator, property_)

    def _check_everywhere(self) -> None:
        """Whether each claim of the whole suite found a cell that it can be asked of."""
        for claimed in self.everywhere:
            if claimed.key not in self.used and ("scenarios",) not in self.incomplete:
                text = claimed.spec.claim.text
                message = f"`{text}` can be asked of no cell of this suite; remove it or mend its `at`"
                self.complain(message, *claimed.key)

    def _check_mistakes(self) -> None:
        """Whether claims ask for what the suite says of mistakes: who writes `never:` believes that it is checked."""
        if self.suite.mistakes is not None and self.incomplete.isdisjoint([("require",), ("scenarios",), (AT,)]):
            for name, message in written_in_vain(self.suite.mistakes, self.resolver.taken):
                self.complain(message, AT, name, KEY)

    def _check_accountability(self, checks: Sequence[Check]) -> None:
        """Whether hazards and waivers speak of checks that there are."""
        if self.incomplete.isdisjoint([("require",), ("scenarios",)]):
            for message, key in unmatched(self.suite, [check.id for check in checks]):
                self.complain(message, *key)


def _by_name(cells: Iterable[Cell]) -> Iterator[tuple[str, Iterator[Cell]]]:
    """The levels of each generator."""
    return groupby(cells, key=lambda cell: cell.name)


def _unfit(claimed: Claimed, name: str, levels: Sequence[Cell]) -> str | None:
    """What is wrong with a claim about the levels of a generator."""
    property_, generator = claimed.property_, levels[0].generator
    found = matching.unfit(property_, generator) or matching.draws_mistake(property_, levels[0].draws)
    found = found or matching.slices_mistake(claimed.spec.claim, generator)
    return found or matching.too_few_levels(property_, name, len(levels))


def _covers(claimed: Claimed, cell: Cell) -> bool:
    where = claimed.spec.claim.where
    return where is None or where.covers(cell.generator.scale, cell.level.value if cell.level else None)
