"""What each claim of a run could come to with the images that there were: `robust plan`, for the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pytest_robust import record
from pytest_robust.engine.plan import Check, Plan
from pytest_robust.engine.prospects import Side, prospects

DECIMALS = 6


def power(plan: Plan, rows: Mapping[str, int]) -> list[record.Power]:
    """The power of the plan's statistical claims, by property in the order of the suite.

    `rows` are those of the data sets that were read. Of claims on others nothing is told.
    """
    assert plan.file.suite is not None
    familiar = next(iter(plan.file.suite.data))

    def known(check: Check) -> bool:
        needed = {check.cell.data} | ({familiar} if check.property_.reference == "familiar" else set())
        return check.property_.statistical and needed <= rows.keys()

    told = replace(plan, checks=tuple(filter(known, plan.checks)))
    return [
        record.Power(
            claim=one.claim,
            checks=len(one.checks),
            images=one.rows,
            passes_from=settled(one.passes),
            fails_from=settled(one.fails),
            assuming=one.assuming,
            remark=one.remark,
        )
        for one in prospects(told, {familiar: 0, **rows})
        if one.rows is not None
    ]


def settled(side: Side | None) -> float | None:
    """The nearest truth, no finer than a reader needs."""
    return None if side is None or side.settled is None else round(side.settled, DECIMALS)
