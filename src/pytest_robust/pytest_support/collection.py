"""From a suite file to pytest items: file, scenario, cell, check.

suites/vision.yaml::weather::fog-3::accuracy
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import groupby
from pathlib import Path

import pytest

from pytest_robust.engine.accountability import waivers
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.plan import Check, Plan, make_plan
from pytest_robust.errors import Problem, RobustError, SuiteError
from pytest_robust.pytest_support import examples, settings
from pytest_robust.pytest_support.items import CheckItem
from pytest_robust.pytest_support.live import observer
from pytest_robust.record import Waiver
from pytest_robust.risk.waivers import covering
from pytest_robust.sources import Roots, from_root
from pytest_robust.suite import SuiteFile, files

ENDINGS = (".yaml", ".yml")

RESERVED = frozenset({"skip", "skipif", "xfail", "parametrize", "usefixtures", "filterwarnings"})
"""Markers that pytest acts on: as a tag, `xfail` would silently turn a red check green."""


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SuiteNode | None:
    """Claim the YAML files that were named on the command line or match `robust_suites`, and no others."""
    if file_path.suffix.lower() not in ENDINGS:
        return None
    if parent.session.isinitpath(file_path) or file_path in settings.of(parent.config).suites:
        return SuiteNode.from_parent(parent, path=file_path, nodeid=from_root(file_path, parent.config.rootpath))
    return None


def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    """Checks of which counterexamples are kept come first in their suite; `--stepwise` has an order of its own."""
    known = set(examples.checks(config))
    if not known or config.getoption("stepwise", False):
        return
    suites = groupby(items, key=lambda item: item.nodeid.partition("::")[0])
    items[:] = [item for _, some in suites for item in kept_first(list(some), known)]


def kept_first(items: Sequence[pytest.Item], known: Container[str]) -> list[pytest.Item]:
    """The items of a suite: those known first, each with its cell, whose evidence is made once."""
    cells = {item: item.nodeid.rpartition("::")[0] for item in items}
    first = {cells[item] for item in items if item.nodeid in known}
    place = {cell: number for number, cell in enumerate(dict.fromkeys(cells.values()))}

    def rank(item: pytest.Item) -> tuple[bool, int, bool]:
        return cells[item] not in first, place[cells[item]] if cells[item] in first else 0, item.nodeid not in known

    return sorted(items, key=rank)


def plan_file(path: Path, config: pytest.Config) -> Plan:
    """The plan of a suite file. Raises SuiteError with every mistake in it."""
    file = files.load(path)
    mistakes = list(reserved_tags(file))
    try:
        plan = make_plan(file, Roots((path.parent, config.rootpath)))
    except SuiteError as error:
        raise SuiteError([*error.problems, *mistakes]) from None
    if mistakes:
        raise SuiteError(mistakes)
    return plan


def reserved_tags(file: SuiteFile) -> Iterator[Problem]:
    """The tags of a suite that pytest would act on."""
    for name, scenario in file.suite.scenarios.items() if file.suite else ():
        for place, tag in enumerate(scenario.tags):
            if tag in RESERVED:
                yield file.problem(
                    f"the tag {tag!r} has a meaning of its own in pytest; choose another word",
                    *("scenarios", name, "tags", place),
                )


class SuiteNode(pytest.File):
    """A suite file. Its engine is made with the first check that runs, and let go when pytest has left the file."""

    @cached_property
    def plan(self) -> Plan:
        """The plan, made once."""
        return plan_file(self.path, self.config)

    @cached_property
    def cover(self) -> dict[str, Waiver]:
        """The waivers that hold on the day of the run, by the ids of the checks that they cover."""
        return covering(waivers(self.plan), settings.of(self.config).started.date())

    @cached_property
    def engine(self) -> Engine:
        """The engine that judges the checks of this file in this process."""
        folder, warning = settings.cache_folder(self.config)
        engine = Engine(self.plan, cache=folder, observe=observer(self.config))
        if warning:
            engine.warnings.append(warning)
        return engine

    def collect(self) -> Iterable[pytest.Collector]:
        """The scenarios. Raises CollectError with every mistake in the file, one a line."""
        try:
            checks = self.plan.checks
        except SuiteError as error:
            told = (replace(problem, path=settings.shown(problem.path, self.config)) for problem in error.problems)
            raise self.CollectError("\n".join(map(str, told))) from None
        except RobustError as error:
            raise self.CollectError(str(error)) from None
        for tag in sorted({tag for check in checks for tag in check.tags}):
            self.config.addinivalue_line("markers", f"{tag}: a tag of {self.name}.")
        for name, group in groupby(checks, key=lambda check: check.cell.scenario):
            yield ScenarioNode.from_parent(self, name=name, checks=tuple(group), suite=self)

    def teardown(self) -> None:
        """Let the model and the evidence go."""
        self.__dict__.pop("engine", None)


class Group(pytest.Collector):
    """Some checks of a suite."""

    def __init__(self, *, checks: Sequence[Check], suite: SuiteNode, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type]
        self.checks = checks
        self.suite = suite


class ScenarioNode(Group):
    """A scenario: its cells."""

    def collect(self) -> Iterable[pytest.Collector]:
        """The cells."""
        for name, group in groupby(self.checks, key=lambda check: check.cell.label):
            yield CellNode.from_parent(self, name=name, checks=tuple(group), suite=self.suite)


class CellNode(Group):
    """A cell, one generator at one level: its checks."""

    def collect(self) -> Iterable[pytest.Item]:
        """The checks."""
        for check in self.checks:
            yield CheckItem.from_parent(self, name=check.name, check=check, suite=self.suite)
