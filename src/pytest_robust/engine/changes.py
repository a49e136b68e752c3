"""This run against an earlier one: the same inputs, row by row, from the two records.

A cell is compared where both records say which of its rows are right, and rows and inputs are the same: data, rows in
their order, generator with its code and options, level and seed. Compared are the rows that both have evidence of,
which are the first ones of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from pytest_robust import record
from pytest_robust.engine.check_changes import check_changes
from pytest_robust.record import CellSummary, Record
from pytest_robust.record.rows import unpack
from pytest_robust.statistics import Levels
from pytest_robust.statistics.change import Change, change
from pytest_robust.statistics.multiplicity import holm

MOST_FAILURES = 20
"""Rows named in one cell."""

Pair = tuple[CellSummary, CellSummary]
"""A cell before and now."""
Rows = NDArray[np.bool_]
Naming = Callable[[CellSummary, NDArray[np.intp]], list[record.Failure]]
"""The rows at some places of a cell, in the order drawn, by name; none where they cannot be named."""


def compare(now: Record, before: Record, name: Naming | None = None) -> record.Comparison:
    """What changed from `before` to `now`, from the two records alone. `name` names the rows that are newly wrong.

    Raises RecordError where a record does not say of as many rows as it has which are right.
    """
    pairs, uncompared = _paired(now, before)
    budget = now.protocol.flake_budget
    found = [_change(pair, now, before) for pair in pairs]
    worse = holm([one.p_worse for one in found], budget)
    better = holm([one.p_better for one in found], budget)
    changes = [
        record.Change(
            id=pair[1].id,
            trend="REGRESSED" if worsened else "IMPROVED" if bettered else "NOT PROVEN",
            n=one.n,
            newly_wrong=one.losses,
            newly_right=one.gains,
            difference=one.difference,
            interval=one.interval,
            p_value=one.p_worse if one.difference < 0 else one.p_better,
            method=one.method,
            failures=[] if name is None else name(pair[1], _newly_wrong(pair)),
        )
        for pair, one, worsened, bettered in zip(pairs, found, worse, better, strict=True)
    ]
    return record.Comparison(
        baseline=record.Baseline(
            digest=before.digest,
            suite=before.suite.path,
            started=before.run.started,
            model="" if before.model is None else before.model.source,
            model_sha256="" if before.model is None else before.model.sha256,
        ),
        budget=budget,
        changes=sorted(changes, key=lambda one: (one.trend != "REGRESSED", one.difference)),
        uncompared=uncompared,
        checks=check_changes(now, before),
    )


def _paired(now: Record, before: Record) -> tuple[list[Pair], list[record.Uncompared]]:
    """The cells with one right class of both records: those that can be compared, and why the others cannot."""
    old, new = ({cell.id: cell for cell in one.cells if cell.truth == "label" and cell.n} for one in (before, now))
    planned = {f"{verdict.scenario}::{verdict.cell}" for verdict in now.verdicts}
    pairs, uncompared = [], []
    for name in dict.fromkeys((*new, *old)):
        if name not in new:
            reason = "it was not run" if name in planned else "the suite has it no longer"
        elif name not in old:
            reason = "the baseline has no evidence of it"
        else:
            reason = next(_differences((old[name], new[name]), now, before), "")
        if reason:
            uncompared.append(record.Uncompared(id=name, reason=reason))
        else:
            pairs.append((old[name], new[name]))
    return pairs, uncompared


def _differences(pair: Pair, now: Record, before: Record) -> Iterator[str]:
    """Why a cell before and now cannot be compared."""
    for cell, when in zip(pair, ("in the baseline", "now"), strict=True):
        if cell.right_rows is None:
            yield f"which of its rows are right is not known {when}: an answer is no probability, or a label is missing"
    old, new = pair
    if _fingerprint(old, before) != _fingerprint(new, now):
        yield f"its data {new.data!r} are others"
    if before.suite.seed != now.suite.seed:
        yield f"the seed was {before.suite.seed}, and is {now.suite.seed}: rows are drawn otherwise"
    if old.rows_sha256 != new.rows_sha256:
        yield "its rows are others, or in another order"
    if old.inputs_sha256 != new.inputs_sha256:
        yield "its generator has other options, or another level"
    if old.code_sha256 != new.code_sha256:
        yield "its generator's code is another; run the earlier model again with this one for a baseline"


def _fingerprint(cell: CellSummary, of: Record) -> str | None:
    return next((data.sha256 for data in of.data if data.name == cell.data), None)


def _change(pair: Pair, now: Record, before: Record) -> Change:
    protocols = now.protocol, before.protocol
    available = min(cell.rows or 0 for cell in pair)
    fixed = min(cell.n for cell in pair) >= available
    levels = Levels(
        sequential_share=now.protocol.sequential_share,
        early_stopping=not fixed or any(protocol.early_stopping for protocol in protocols),
        interval_confidence=now.protocol.interval_confidence,
    )
    return change(*_both(pair), levels, fixed=fixed)


def _both(pair: Pair) -> tuple[Rows, Rows]:
    """Which of the first rows of a cell were right before, and are now: as many as both have."""
    n = min(cell.n for cell in pair)
    before, now = (unpack(cell.right_rows or "", cell.n)[:n] for cell in pair)
    return before, now


def _newly_wrong(pair: Pair) -> NDArray[np.intp]:
    """Where the first rows stand that were right before and are not now, in the order drawn."""
    before, now = _both(pair)
    return np.flatnonzero(before & ~now)[:MOST_FAILURES]
