"""The tiers: `robust tiers`, and what that of a suite requires, before anything runs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_robust import record
from pytest_robust.commands.columns import GAP
from pytest_robust.engine.accountability import risk
from pytest_robust.engine.plan import Plan
from pytest_robust.engine.recording import assemble, verdict
from pytest_robust.engine.summary import summarise
from pytest_robust.report.words import count, harmless
from pytest_robust.risk.requirements import REQUIREMENTS, Finding, evaluate
from pytest_robust.risk.tier import AUTONOMIES, SEVERITIES, TIERS, Tier, derivation, least_rows, tier_of, warnings

HEAD = ("tier", "upper bound on P(catastrophic)", "least rows with 0 / 1 / 2 catastrophes", "requires besides")


def lines() -> Iterator[str]:
    """From severity and autonomy to the tier, then what each tier asks for besides all below it, as Markdown."""
    place = record.Place(path="", line=1, column=1)
    levels = range(len(AUTONOMIES))
    yield row("severity of a mistake", *(f"autonomy {level}: {word}" for level, word in enumerate(AUTONOMIES)))
    yield row(*["---"] * (len(levels) + 1))
    for severity, word in enumerate(SEVERITIES):
        risks = (record.Risk(severity=severity, autonomy=autonomy, place=place) for autonomy in levels)
        yield row(f"{severity}: {word}", *(f"tier {tier_of(one).number}" for one in risks))
    yield ""
    yield row(*HEAD)
    yield row(*["---"] * len(HEAD))
    for tier in TIERS:
        asked = (f"**{one.name}**: {one.asks}" for one in REQUIREMENTS if one.tier == tier.number)
        yield row(str(tier.number), bound(tier), least(tier), "; ".join(asked))


def row(*entries: str) -> str:
    """A row of a table in Markdown."""
    return f"| {' | '.join(entries)} |"


def bound(tier: Tier) -> str:
    """What has to be proven of the rate of catastrophes."""
    return "none" if tier.bound is None else f"{tier.bound:g} at {tier.confidence:.0%}"


def least(tier: Tier) -> str:
    """The least rows that prove it."""
    return f"{tier.rows(0):,}" if tier.bound is None else slashed([tier.rows(failures) for failures in range(3)])


def slashed(rows: Sequence[int]) -> str:
    """Numbers of rows beside each other."""
    return " / ".join(f"{many:,}" for many in rows)


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a suite's tier requires, as far as it is known before anything runs."""

    tier: Tier
    derivation: str
    rows: int
    """Of clean data, within the suite's budget."""
    at_the_end: tuple[int, ...]
    """Least rows with 0, 1 and 2 catastrophes, where part of the error goes into stopping earlier."""
    findings: tuple[Finding, ...]
    """As they stand if every claim is proven."""


def ahead(plan: Plan, rows: Mapping[str, int]) -> Ahead | None:
    """What the tier of a suite requires; None where it states no risk. `rows` are those of its data sets."""
    stated = risk(plan)
    if stated is None:
        return None
    best = at_best(plan, rows)
    clean = max((cell.n for cell in best.cells if cell.kind == "clean"), default=0)
    return Ahead(tier_of(stated), derivation(stated), clean, at_the_end(plan, tier_of(stated)), evaluate(best))


def at_the_end(plan: Plan, tier: Tier) -> tuple[int, ...]:
    """The least rows that prove a tier's bound with what early stopping leaves of the error; none without it."""
    alpha = 1.0 - tier.confidence
    if tier.bound is None or not plan.levels.early_stopping:
        return ()
    return tuple(least_rows(tier.bound, plan.levels.fixed(alpha), failures) for failures in range(3))


def at_best(plan: Plan, rows: Mapping[str, int]) -> record.Record:
    """The record of a run that proves every claim, with all rows that there are."""
    assert plan.file.suite is not None
    budget = plan.file.suite.statistics.rows
    cells = {}
    for check in plan.checks:
        there = rows[check.cell.data] if budget is None else min(rows[check.cell.data], budget)
        summary = summarise(check.cell, None, plan.levels.interval_confidence)
        cells[check.cell.id] = summary.model_copy(update={"n": there, "rows": there})
    proven = {check.id: verdict(plan, check, "PASS", reason=None) for check in plan.checks if check.not_run is None}
    run = record.Run(started="", seconds=0, command="", gate="release", exit_status=0)
    return assemble(plan, verdicts=proven, cells=cells, model=None, data={}, run=run, not_run={})


def told(found: Ahead, width: int) -> Iterator[str]:
    """The tier, its bound with what is short of it, and what is known of each requirement, in so many columns."""
    tier = found.tier
    yield f"tier {tier.number}: {found.derivation}"
    if tier.bound is not None:
        short = tier.rows(0) - found.rows
        there = f"there are {found.rows:,}" + (f", {short:,} short" if short > 0 else "")
        needed = f"{least(tier)} rows of clean data with 0 / 1 / 2 of them"
        yield from wrapped(f"P(catastrophic) <= {bound(tier)}: {needed}; {there}", 2, width)
        if found.at_the_end:
            yield from wrapped(
                f"with early stopping, which takes part of the error: {slashed(found.at_the_end)}", 2, width
            )
    names = max(len(one.requirement.name) for one in found.findings)
    for one in found.findings:
        yield from wrapped(f"{one.requirement.name:{names}}  {state(one)}", names + 4, width)
    for warning in warnings(tier):
        yield from wrapped(warning, 2, width)


def wrapped(text: str, indent: int, width: int) -> list[str]:
    """A line below the tier's, and how it goes on."""
    return textwrap.wrap(text, width, initial_indent=GAP, subsequent_indent=" " * indent, break_on_hyphens=False)


def state(one: Finding) -> str:
    """What is known of a requirement before the run."""
    found = one.found
    if found.status == "to sign":
        return "after the run"
    if one.requirement.at_the_run:
        return "at the run"
    if found.status == "missing":
        return f"MISSING: {harmless(found.says)}; {harmless(found.remedy)}"
    if found.status == "stated":
        return f"stated: {harmless(found.says)}"
    claims = [name for name in found.evidence if "::" in name]
    return f"claimed in {count(len(claims), 'check')}" if claims else found.says


def plain(found: Ahead) -> dict[str, Any]:
    """The same as JSON can hold it."""
    return {
        "tier": found.tier.number,
        "bound": found.tier.bound,
        "confidence": found.tier.confidence,
        "rows": found.rows,
        "rows_needed": [found.tier.rows(failures) for failures in range(3)],
        "requirements": {one.requirement.name: state(one) for one in found.findings},
    }
