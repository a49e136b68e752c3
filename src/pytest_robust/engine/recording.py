"""From what the items of a run reported to the record of the run."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from pytest_robust import record
from pytest_robust.engine.lineage import environment
from pytest_robust.engine.plan import Check, Plan
from pytest_robust.statistics import Decision

ENDED_BEFORE = "the run ended before it"


def assemble(
    plan: Plan,
    *,
    verdicts: Mapping[str, record.Verdict],
    cells: Mapping[str, record.CellSummary],
    model: record.Model | None,
    data: Mapping[str, record.DataSet],
    run: record.Run,
    not_run: Mapping[str, str],
) -> record.Record:
    """The record of a run: one verdict a planned check, in the plan's order.

    A check without a verdict is NOT RUN, for the reason in `not_run` by its id, or because the run ended before it.
    Equal input gives an equal record but for `run`.
    """
    suite = plan.file.suite
    assert suite is not None
    order = dict.fromkeys(check.cell.id for check in plan.checks)
    return record.Record(
        suite=record.SuiteIdentity(
            name=plan.name,
            path=shown_path(plan),
            sha256=hashlib.sha256(plan.file.text.encode()).hexdigest(),
            seed=suite.seed,
            text=plan.file.text,
        ),
        model=model,
        data=[data[name] for name in suite.data if name in data],
        protocol=protocol(plan),
        environment=environment(plan.file.path.parent, None if model is None else model.description.get("device")),
        cells=[cells[cell] for cell in order if cell in cells],
        verdicts=[
            verdicts.get(check.id)
            or verdict(plan, check, "NOT RUN", reason=not_run.get(check.id) or check.not_run or ENDED_BEFORE)
            for check in plan.checks
        ],
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
        generator=cell.generator.name,
        severity=None if cell.level is None else cell.level.value,
        property=check.property_.name,
        claim=claim.text,
        threshold=claim.threshold,
        operator=claim.operator,
        reason=None if reason is None else portable(plan, reason),
        xfail=check.spec.xfail,
        place=record.Place(path=shown_path(plan), line=check.line, column=check.column),
        tags=list(check.tags),
    )


def portable(plan: Plan, text: str) -> str:
    """The text with paths counted from the project's root, so that a record does not tell where its project lies."""
    return text.replace(f"{project_root(plan)}{os.sep}", "")


def judged(
    plan: Plan, check: Check, decision: Decision, counterexamples: list[record.Counterexample]
) -> record.Verdict:
    """The verdict of a settled claim."""
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
        "counterexamples": counterexamples,
    }
    empty = verdict(plan, check, decision.outcome, reason=decision.reason)
    return record.Verdict.model_validate({**empty.model_dump(), **found})


def protocol(plan: Plan) -> record.Protocol:
    """How the verdicts of a plan are reached."""
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
    )


def shown_path(plan: Plan) -> str:
    """The suite file's path from the project's root, or as given where it lies elsewhere."""
    path, root = plan.file.path.absolute(), project_root(plan)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else plan.file.path.as_posix()


def project_root(plan: Plan) -> Path:
    """The last place where the suite's paths are looked for; the current folder where there is none."""
    return plan.roots.folders[-1].absolute() if plan.roots.folders else Path.cwd()
