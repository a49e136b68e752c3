"""The plan: every check that a suite asks for, before anything is loaded or run.

Uses what plug-ins declare, so that `--collect-only` never imports torch. Claims that can never hold,
claims that the truth of an input cannot carry, and names that do not exist are mistakes of the suite.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast

from pytest_robust import adapters, datasets, generators, properties
from pytest_robust.adapters import Adapter
from pytest_robust.datasets import Reader
from pytest_robust.datasets._open import find_reader
from pytest_robust.engine import matching
from pytest_robust.errors import DataError, OptionError, SourceError, SuiteError, UnknownNameError, nearest
from pytest_robust.generators import Generator
from pytest_robust.properties import Property
from pytest_robust.registry import Registry, check_options
from pytest_robust.sources import Roots
from pytest_robust.statistics import Levels
from pytest_robust.suite import ClaimSpec, DataSpec, Key, Level, Scenario, Suite, SuiteFile, parse_level
from pytest_robust.suite.models import NAME
from pytest_robust.suite.tree import KEY

Member = TypeVar("Member")


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
    return _Planner(file, file.suite, roots).plan()


@dataclass(frozen=True)
class _Claimed:
    """A claim whose property exists and whose threshold makes sense, with the way to it."""

    spec: ClaimSpec
    key: Key
    property_: Property


@dataclass(frozen=True)
class _Named:
    """A generator of a scenario that exists and whose options are right, with the way to it."""

    generator: Generator
    options: Mapping[str, Any]
    key: Key


class _Planner:
    """Walks a suite once and collects what is wrong with it.

    Where a part is wrong, what its absence brings about is not told as well: see `SuiteFile.incomplete`.
    """

    def __init__(self, file: SuiteFile, suite: Suite, roots: Roots) -> None:
        self.file, self.suite, self.roots = file, suite, roots
        self.problems = list(file.problems)
        self.incomplete = set(file.incomplete)
        self.everywhere: list[_Claimed] = []
        self.used: set[Key] = set()
        self.get = cache(self._get)

    def plan(self) -> Plan:
        """The plan. Raises SuiteError."""
        adapter, options = self._adapter()
        for name, spec in self.suite.data.items():
            self._data(name, spec)
        self.everywhere = self._claims(self.suite.require, ("require",))
        checks = [
            check
            for name, scenario in self.suite.scenarios.items()
            for check in self._scenario(name, scenario, adapter)
        ]
        self._check_everywhere()
        if self.problems or adapter is None:
            raise SuiteError(self.problems)
        statistics = self.suite.statistics
        claims = sum(check.property_.statistical for check in checks)
        levels = Levels(
            alpha_pass=statistics.alpha_pass,
            alpha_fail=statistics.flake_budget / max(1, claims),
            early_stopping=statistics.early_stopping,
        )
        name = self.suite.name or self.file.path.stem
        return Plan(self.file, self.roots, name, adapter, options, tuple(checks), levels)

    def _complain(self, message: str, *key: str | int) -> None:
        """Note a problem; what is under its key is incomplete."""
        self.problems.append(self.file.problem(message, *key))
        self.incomplete |= {key[: end + 1] for end in range(len(key))}

    def _get(self, registry: Registry[Member], name: str) -> Member | str:
        """The member of a name, or what is wrong with it."""
        try:
            member = registry.get(name, self.roots)
        except (UnknownNameError, SourceError) as error:
            return str(error)
        written = getattr(member, "name", "")
        if not re.fullmatch(NAME, written):
            return f"the {registry.kind} calls itself {written!r}, which cannot be part of a pytest name; rename it"
        return member

    def _member(self, registry: Registry[Member], name: str, *key: str | int) -> Member | None:
        found = self.get(registry, name)
        if isinstance(found, str):
            self._complain(found, *key)
            return None
        return cast(Member, found)

    def _options(
        self, function: Callable[..., Any], options: Mapping[str, Any], given: frozenset[str], *key: str | int
    ) -> dict[str, Any] | None:
        """The checked options of a plug-in; `key` is the mapping that they are written in."""
        try:
            return check_options(function, options, given=given)
        except OptionError as error:
            for name, message in error.mistakes.items():
                self._complain(message, *key, *((name, KEY) if name in options else ()))
        except SourceError as error:
            self._complain(str(error), *key)
        return None

    def _adapter(self) -> tuple[Adapter | None, Mapping[str, Any]]:
        if ("model",) in self.incomplete:
            return None, {}
        spec = self.suite.model
        adapter = self._member(adapters.registry, spec.adapter, "model", "adapter")
        options = adapter and self._options(adapter.load, spec.options, frozenset({"roots"}), "model")
        return adapter, options or {}

    def _data(self, name: str, spec: DataSpec) -> None:
        if ("data",) in self.file.incomplete:
            return
        reader: Reader | None = None
        if spec.reader is not None:
            reader = self._member(datasets.registry, spec.reader, "data", name, "reader")
        else:
            try:
                reader = find_reader(spec.source)
            except DataError as error:
                self._complain(str(error), "data", name, "source")
        if reader is not None:
            self._options(reader.read, spec.options, frozenset({"roots"}), "data", name)

    def _claims(self, specs: Sequence[ClaimSpec], key: Key) -> list[_Claimed]:
        found = []
        for place, spec in enumerate(specs):
            at = (*key, place, "claim")
            property_ = self._member(properties.registry, spec.claim.property, *at)
            if property_ is None:
                continue
            mistake = matching.threshold_mistake(property_, spec.claim)
            if mistake is None:
                found.append(_Claimed(spec, at, property_))
            else:
                self._complain(mistake, *at)
        return found

    def _scenario(self, name: str, scenario: Scenario, adapter: Adapter | None) -> list[Check]:
        at = ("scenarios", name)
        data = scenario.data or next(iter(self.suite.data))
        if data not in self.suite.data and ("data",) not in self.file.incomplete:
            self._complain(f"unknown data {data!r}; {nearest(data, self.suite.data)}", *at, "data")
        named = self._generators(scenario, at)
        cells = self._cells(name, scenario, data, named)
        claims = self._claims(scenario.require, (*at, "require"))
        self._check_claims(claims, cells, named, at)
        checks = [check for cell in cells for check in self._checks(cell, claims, scenario.tags, adapter)]
        if not checks and at not in self.incomplete and ("require",) not in self.incomplete:
            self._complain("nothing is claimed here; add `require:` with a claim such as `accuracy >= 0.8`", *at, KEY)
        return checks

    def _generators(self, scenario: Scenario, at: Key) -> list[_Named]:
        found = []
        for place, spec in enumerate(scenario.generate):
            key = (*at, "generate", place)
            generator = self._member(generators.registry, spec.name, *key)
            if generator is None:
                continue
            options = self._options(generator.make, spec.options, generator.given, *key, spec.name)
            if options is not None:
                found.append(_Named(generator, options, key))
        return found

    def _cells(self, name: str, scenario: Scenario, data: str, named: Sequence[_Named]) -> list[Cell]:
        at = ("scenarios", name)
        written: dict[str, list[Level] | None] = {scale: getattr(scenario, scale) for scale in matching.LEVELS}
        present = [found.generator for found in named]
        if (*at, "generate") not in self.incomplete:
            for scale, levels in written.items():
                if levels and all(generator.scale != scale for generator in present):
                    self._complain(matching.no_scale(scale, present), *at, scale, KEY)
        cells: dict[str, Cell] = {}
        for found in named:
            for level in self._levels(found, written, at):
                generator = found.generator
                label = generator.name if level is None else f"{generator.name}-{level.text}"
                if label in cells:
                    message = f"a second cell called {label!r}; give it a scenario of its own, or remove one"
                    self._complain(message, *found.key)
                else:
                    cells[label] = Cell(name, label, data, generator, found.options, level)
        return list(cells.values())

    def _levels(self, found: _Named, written: Mapping[str, list[Level] | None], at: Key) -> Sequence[Level | None]:
        """The levels that a generator is used at."""
        generator = found.generator
        if generator.scale is None:
            return [None]
        scale = generator.scale
        levels = written[scale]
        if levels is None:
            if not generator.levels and at not in self.incomplete:
                message = f"{generator.name} needs levels; write for example `{scale}: {matching.LEVELS[scale]}`"
                self._complain(message, *found.key)
            return [parse_level(level) for level in generator.levels]
        for place, level in enumerate(levels):
            mistake = matching.level_mistake(generator, level)
            if mistake is not None:
                self._complain(mistake, *at, scale, place)
        return levels

    def _check_claims(
        self, claims: Sequence[_Claimed], cells: Sequence[Cell], named: Sequence[_Named], at: Key
    ) -> None:
        """Whether each claim of a scenario covers something, and can be asked of all that it covers."""
        present = [found.generator for found in named]
        for claimed in claims:
            where = claimed.spec.claim.where
            covered = [cell for cell in cells if _covers(claimed, cell)]
            if where is not None and not covered:
                levels = [cell.level for cell in cells if cell.level and cell.generator.scale == where.scale]
                mistake = matching.where_mistake(claimed.spec.claim, where.scale, present, levels)
                if where.scale not in matching.LEVELS or at not in self.incomplete:
                    self._complain(mistake, *claimed.key)
            for generator in {cell.generator.name: cell.generator for cell in covered}.values():
                unfit = matching.truth_mistake(claimed.property_, generator)
                if unfit is not None:
                    self._complain(unfit, *claimed.key)

    def _checks(
        self, cell: Cell, claims: Sequence[_Claimed], tags: Sequence[str], adapter: Adapter | None
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
                message = (
                    f"`{claimed.spec.claim.text}` can be asked of no cell of this suite; remove it or mend its `at`"
                )
                self._complain(message, *claimed.key)


def _covers(claimed: _Claimed, cell: Cell) -> bool:
    where = claimed.spec.claim.where
    return where is None or where.covers(cell.generator.scale, cell.level.value if cell.level else None)
