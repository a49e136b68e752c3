"""What the claims of a suite can come to with the rows that there are: nothing runs, and no model is loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_robust.engine.loading import load_data
from pytest_robust.engine.plan import Check, Plan
from pytest_robust.errors import OptionError
from pytest_robust.properties import taken
from pytest_robust.statistics import Levels
from pytest_robust.statistics.outlook import nearest_settled, of_mean, truths

EVERY_ROW = "one row disproves it, and all of them prove it of themselves"
MEASURED = "is measured: the figure is held to the bound, and there is no error to plan for"
NO_FORMULA = "no plan: for its test, no formula says how many rows it needs"
SLICED = "no plan: how many rows a slice has is not known before they are read"
PARTLY = "asks of some of these rows only; how many these are is not known before they are read"


@dataclass(frozen=True, slots=True)
class Needed:
    """How many rows settle a claim at one true value."""

    truth: float
    rows: int | None
    """With 80 % power; None where no number does."""


@dataclass(frozen=True, slots=True)
class Side:
    """What it takes for one verdict."""

    settled: float | None
    """The truth nearest to the threshold that the rows there are settle with 80 % power. None where there is none, and
    where it is not known how many of them count."""
    needed: tuple[Needed, ...]


@dataclass(frozen=True, slots=True)
class Prospect:
    """Checks whose claims are alike: one property with its options, one threshold, as many rows."""

    claim: str
    """Without the levels at which it is made."""
    checks: tuple[Check, ...]
    rows: int | None
    """None for a claim about every row, of which there may be more here than there."""
    at_most: bool
    """Whether there may be fewer: a row of two parents needs two that go together."""
    passes: Side | None = None
    fails: Side | None = None
    assuming: str = ""
    """What is supposed besides the truth."""
    remark: str = ""
    """Why nothing is planned, or not all of it."""


Group = tuple[str, str, int | None, bool, bool]
"""Property as written, claim, rows, whether these are at most so many, whether a row stands for several draws."""


def sizes(plan: Plan) -> dict[str, int]:
    """How many rows each data set has that a check is about. Raises DataError, SourceError or OptionError."""
    assert plan.file.suite is not None
    used = {check.cell.data for check in plan.checks}
    return {name: len(load_data(plan, name, None)) for name in plan.file.suite.data if name in used}


def prospects(plan: Plan, rows: Mapping[str, int], supposed: Sequence[float] = ()) -> list[Prospect]:
    """The prospects of the checks that can run, by property in the order of the suite; `rows` are those of the data.

    At the `supposed` true values, or where there are none, at some on both sides of each threshold. Raises OptionError
    for a value that nothing claimed can have.
    """
    assert plan.file.suite is not None
    checks = [check for check in plan.checks if check.not_run is None]
    ranges = [check.property_.range for check in checks if check.property_.range is not None]
    for value in supposed:
        if not any(lowest <= value <= highest for lowest, highest in ranges):
            raise OptionError(f"--truth {value:g}: no property that this suite claims can have this value")
    groups: dict[Group, list[Check]] = {}
    for check in checks:
        groups.setdefault(_group(check, rows, plan.file.suite.statistics.rows), []).append(check)
    order = list(dict.fromkeys(check.property_.name for check in checks))
    familiar = rows[next(iter(plan.file.suite.data))]
    return [
        _prospect(group, tuple(members), familiar, plan.levels, supposed)
        for group, members in sorted(groups.items(), key=lambda one: _place(one[1][0], order))
    ]


def claim_of(check: Check) -> str:
    """The claim without the levels at which it is made: what is the same in several scenarios."""
    claim = check.spec.claim
    options = ", ".join(f"{name}={value}" for name, value in claim.options)
    compared = f"{claim.operator} {claim.threshold:g}" if claim.threshold is not None else ""
    name = check.property_.name
    parts = (f"{name}({options})" if options else name, compared, claim.by and f"by {claim.by}")
    return " ".join(part for part in parts if part)


def _group(check: Check, rows: Mapping[str, int], budget: int | None) -> Group:
    named = check.spec.claim.property, claim_of(check)
    if not check.property_.statistical:
        return *named, None, False, False
    paired = any("partner" in cell.generator.needs for cell in check.series or (check.cell,))
    there = rows[check.cell.data] // (2 if paired else 1)
    return *named, there if budget is None else min(there, budget), paired, check.cell.draws > 1


def _place(check: Check, order: Sequence[str]) -> tuple[bool, int, str, float]:
    """Claims about every row come last."""
    claim, name = check.spec.claim, check.property_.name
    return not check.property_.statistical, order.index(name), claim.operator or "", claim.threshold or 0.0


def _prospect(
    group: Group, checks: tuple[Check, ...], familiar: int, levels: Levels, supposed: Sequence[float]
) -> Prospect:
    _, claim, rows, at_most, drawn = group
    property_, written = checks[0].property_, checks[0].spec.claim
    outlook = property_.outlook
    if drawn and property_.values is not None and outlook is not None and property_.range is not None:
        outlook = of_mean("betting", property_.range, partly=outlook.partly)  # values are means over draws
    threshold, operator, ends = written.threshold, written.operator, property_.range
    if rows is None:
        return Prospect(claim, checks, rows, at_most, remark=EVERY_ROW if threshold is None else MEASURED)
    if written.by is not None or outlook is None or ends is None or threshold is None or operator is None:
        return Prospect(claim, checks, rows, at_most, remark=SLICED if written.by is not None else NO_FORMULA)
    options = taken(outlook.rows, property_.options)

    def needed(truth: float) -> int | None:
        return outlook.rows(truth, threshold, operator, levels, familiar, **options)

    def side(values: Sequence[float], end: float) -> Side:
        settled = None if outlook.partly or end == threshold else nearest_settled(needed, threshold, end, rows)
        return Side(settled, tuple(Needed(value, needed(value)) for value in values))

    above, below = truths(threshold, ends)
    if supposed:
        within = [value for value in supposed if ends[0] <= value <= ends[1]]
        above, below = [one for one in within if one > threshold], [one for one in within if one < threshold]
    sides = side(above, ends[1]), side(below, ends[0])
    passes, fails = sides if operator == ">=" else sides[::-1]
    return Prospect(claim, checks, rows, at_most, passes, fails, outlook.assuming, PARTLY if outlook.partly else "")
