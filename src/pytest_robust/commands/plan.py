"""`robust plan`: what a suite can prove with the rows that it has, before anything runs."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pytest_robust.commands import tiers
from pytest_robust.commands.columns import GAP, table
from pytest_robust.engine.plan import Plan
from pytest_robust.engine.prospects import Prospect, prospects, sizes
from pytest_robust.pytest_support import outside
from pytest_robust.pytest_support.collection import plan_file
from pytest_robust.report.words import count, harmless, small
from pytest_robust.statistics.outlook import POWER
from pytest_robust.suite.models import StatisticsSpec

BETWEEN = (
    "Between the two truths of a claim these rows settle nothing, however often it runs: it stays INCONCLUSIVE, as the "
    "same rows again are no new evidence."
)


@dataclass(frozen=True, slots=True)
class Planned:
    """A suite with the rows of its data and the prospects of its claims."""

    suite: Path
    plan: Plan
    rows: Mapping[str, int]
    found: Sequence[Prospect]

    @property
    def statistics(self) -> StatisticsSpec:
        """What the suite allows its verdicts."""
        assert self.plan.file.suite is not None
        return self.plan.file.suite.statistics

    @property
    def claims(self) -> int:
        """How many checks share the flake budget."""
        return sum(check.property_.statistical for check in self.plan.checks)


def planned(suite: Path, supposed: Sequence[float] = ()) -> Planned:
    """Plan a suite at supposed true values, or at some near its thresholds. Loads the data, and not the model.

    Raises SuiteError with every mistake in the file, OptionError for a value that nothing claimed can have, and what
    data raise that cannot be read.
    """
    plan = plan_file(suite, outside.configuration(suite))
    rows = sizes(plan)
    return Planned(suite, plan, rows, prospects(plan, rows, supposed))


def lines(told: Planned, width: int) -> Iterator[str]:
    """The plan for a terminal of so many columns."""
    yield from head(told)
    if told.found:
        yield ""
        yield from table(told.found, width)
    yield ""
    if (ahead := tiers.ahead(told.plan, told.rows)) is not None:
        yield from tiers.told(ahead, width)
        yield ""
    for note in notes(told):
        yield from textwrap.wrap(note, width, subsequent_indent=GAP, break_on_hyphens=False)


def head(told: Planned) -> Iterator[str]:
    """What there is, and the errors that verdicts are allowed."""
    spent, levels = told.statistics, told.plan.levels
    budget = "" if spent.rows is None else f"; at most {spent.rows:,} a cell"
    early = f"; {levels.sequential(1.0):.0%} of each error goes into stopping earlier" if spent.early_stopping else ""
    yield f"{told.suite}: {count(len(told.plan.checks), 'check')}, {told.claims:,} of them share the error of FAIL"
    yield f"rows  {', '.join(f'{harmless(name)} {rows:,}' for name, rows in told.rows.items())}{budget}"
    yield f"PASS  of a claim that is false: in at most {small(spent.alpha_pass)} of runs (alpha_pass), each"
    share = f"{small(levels.alpha_fail)} each"
    yield f"FAIL  of any claim that is true: in at most {small(spent.flake_budget)} of runs (flake_budget), {share}"
    yield f"n     rows for the verdict in {POWER:.0%} of runs, by the test at the end{early}"


def notes(told: Planned) -> Iterator[str]:
    """What the figures rest on, and what they leave out."""
    yield BETWEEN
    assumed = dict.fromkeys((one.assuming, one.checks[0].property_.name) for one in told.found if one.assuming)
    for assuming in dict.fromkeys(assuming for assuming, _ in assumed):
        names = ", ".join(name for other, name in assumed if other == assuming)
        yield f"Assumed of {names}: {assuming}."
    for reason, many in Counter(check.not_run for check in told.plan.checks if check.not_run is not None).items():
        yield f"NOT RUN: {count(many, 'check')}: {harmless(reason)}"


def as_json(told: Planned) -> str:
    """The plan as JSON."""
    ahead = tiers.ahead(told.plan, told.rows)
    content = {
        "suite": told.suite.as_posix(),
        "rows": dict(told.rows),
        "budget": told.statistics.rows,
        "alpha_pass": told.statistics.alpha_pass,
        "flake_budget": told.statistics.flake_budget,
        "alpha_fail": told.plan.levels.alpha_fail,
        "claims": told.claims,
        "power": POWER,
        "risk": None if ahead is None else tiers.plain(ahead),
        "prospects": [plain(one) for one in told.found],
        "not_run": {check.id: check.not_run for check in told.plan.checks if check.not_run is not None},
    }
    return json.dumps(content, indent=2)


def plain(one: Prospect) -> dict[str, Any]:
    """A prospect as JSON can hold it."""
    return {
        "claim": one.claim,
        "checks": [check.id for check in one.checks],
        "rows": one.rows,
        "at_most": one.at_most,
        "passes": one.passes and asdict(one.passes),
        "fails": one.fails and asdict(one.fails),
        "assuming": one.assuming or None,
        "remark": one.remark or None,
    }
