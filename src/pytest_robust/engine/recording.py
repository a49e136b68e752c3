"""From what the items of a run reported to the record of the run."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Mapping, Sequence

from pytest_robust import record
from pytest_robust.engine import accountability
from pytest_robust.engine.comparing import compared
from pytest_robust.engine.lineage import environment
from pytest_robust.engine.plan import Check, Plan
from pytest_robust.engine.power import power
from pytest_robust.properties._catalogue import family
from pytest_robust.statistics import Decision
from pytest_robust.statistics.slices import SliceResult

ENDED_BEFORE = "the run ended before it"


def assemble(
    plan: Plan,
    *,
    verdicts: Mapping[str, record.Verdict],
    cells: Mapping[str, record.CellSummary],
    model: record.Model | None,
    data: Mapping[str, record.DataSet],
    lineage: record.Lineage | None = None,
    run: record.Run,
    not_run: Mapping[str, str],
) -> record.Record:
    """The record of a run: one verdict a planned check, in the plan's order.

    A check without a verdict is NOT RUN, for the reason in `not_run` by its id, or because the run ended before it.
    Equal input gives an equal record but for `run`.
    """
    suite = plan.file.suite
    assert suite is not None
    told = {name: without_place(plan, cell) for name, cell in compared(plan, cells).items()}
    order = dict.fromkeys(check.cell.id for check in plan.checks)
    return record.Record(
        suite=record.SuiteIdentity(
            name=plan.name,
            path=plan.shown_path,
            sha256=hashlib.sha256(plan.file.text.encode()).hexdigest(),
            seed=suite.seed,
            text=plan.file.text,
            scenarios={name: one.description for name, one in suite.scenarios.items() if one.description},
        ),
        model=model,
        data=[data[name] for name in suite.data if name in data],
        protocol=protocol(plan, {name: one.rows for name, one in data.items()}),
        environment=environment(plan.file.path.parent, None if model is None else model.description.get("device")),
        cells=[told[cell] for cell in order if cell in told],
        verdicts=[
            verdicts.get(check.id)
            or verdict(plan, check, "NOT RUN", reason=not_run.get(check.id) or check.not_run or ENDED_BEFORE)
            for check in plan.checks
        ],
        risk=accountability.risk(plan),
        hazards=accountability.hazards(plan),
        waivers=accountability.waivers(plan),
        lineage=lineage,
        run=run,
    )


def verdict(plan: Plan, check: Check, outcome: record.Outcome, *, reason: str | None) -> record.Verdict:
    """A verdict that rests on no rows: NOT RUN or ERROR."""
    cell, claim = check.cell, check.spec.claim
    return record.Verdict(
        id=check.id,
        outcome=outcome,
        scenario=cell.scenario,
        cell=cell.label,
        generator=cell.name,
        severity=None if cell.level is None else cell.level.value,
        property=check.property_.name,
        family=family(check.property_.name),
        claim=claim.text,
        threshold=claim.threshold,
        operator=claim.operator,
        reason=None if reason is None else portable(plan, reason),
        by=claim.by,
        xfail=check.spec.xfail,
        place=record.Place(path=plan.shown_path, line=check.line, column=check.column),
        tags=list(check.tags),
    )


def portable(plan: Plan, text: str) -> str:
    """The text with paths counted from the project's root, so that a record does not tell where its project lies."""
    return text.replace(f"{plan.roots.project}{os.sep}", "")


def without_place(plan: Plan, cell: record.CellSummary) -> record.CellSummary:
    """The cell, with cautions and options that do not tell where the project lies."""
    return cell.model_copy(
        update={
            "cautions": [portable(plan, caution) for caution in cell.cautions],
            "options": {name: portable(plan, value) for name, value in cell.options.items()},
        }
    )


def judged(
    plan: Plan,
    check: Check,
    decision: Decision,
    counterexamples: list[record.Counterexample],
    slices: Sequence[SliceResult] = (),
) -> record.Verdict:
    """The verdict of a settled claim, with its slices, if it has any."""
    assert decision.outcome is not None
    found = {
        "outcome": decision.outcome,
        "estimate": decision.estimate,
        "interval": decision.interval,
        "n": decision.n,
        "method": decision.method,
        "log10_e_value": decision.log10_e_value,
        "p_value": decision.p_value,
        "rows_needed": decision.rows_needed,
        "slices": worst_first(slices, check.spec.claim.operator),
        "counterexamples": counterexamples,
    }
    empty = verdict(plan, check, decision.outcome, reason=decision.reason)
    return record.Verdict.model_validate({**empty.model_dump(), **found})


def worst_first(slices: Sequence[SliceResult], operator: str | None) -> list[record.SliceResult]:
    """Slices by their estimates, those without any last; ties keep their order."""

    def place(one: SliceResult) -> float:
        if one.estimate is None:
            return math.inf
        return one.estimate if operator == ">=" else -one.estimate

    return [
        record.SliceResult(name=one.name, n=one.n, estimate=one.estimate, interval=one.interval, outcome=one.outcome)
        for one in sorted(slices, key=place)
    ]


def protocol(plan: Plan, rows: Mapping[str, int]) -> record.Protocol:
    """How the verdicts of a plan are reached, and what they could come to with the rows of the data that was read."""
    suite = plan.file.suite
    assert suite is not None
    return record.Protocol(
        alpha_pass=plan.levels.alpha_pass,
        flake_budget=suite.statistics.flake_budget,
        alpha_fail=plan.levels.alpha_fail,
        claims=sum(check.property_.statistical for check in plan.checks),
        sequential_share=plan.levels.sequential_share,
        early_stopping=plan.levels.early_stopping,
        rows=suite.statistics.rows,
        interval_confidence=plan.levels.interval_confidence,
        power=power(plan, rows),
    )
