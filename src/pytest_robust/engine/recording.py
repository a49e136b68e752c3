"""From what the items of a run reported to the record of the run."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_robust import record
from pytest_robust.engine.plan import Plan


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
    raise NotImplementedError
