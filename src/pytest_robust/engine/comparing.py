"""Attacks beside each other, on the same rows: what only asks should not find more than what follows gradients."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_robust.engine.plan import Cell, Plan
from pytest_robust.record import CellSummary
from pytest_robust.record.rows import unpack


def compared(plan: Plan, cells: Mapping[str, CellSummary]) -> dict[str, CellSummary]:
    """The cells, with a caution where an attack that only asks left fewer rows standing than all that follow gradients.

    Compared are attacks on the same data, by the same norm and epsilon, on the rows that both have evidence of.
    """
    found = dict(cells)
    groups: dict[tuple[str, str, float], list[Cell]] = {}
    for cell in {check.cell.id: check.cell for check in plan.checks}.values():
        norm, level = cell.options.get("norm"), cell.level
        if cell.id in cells and cells[cell.id].right_rows is not None and norm is not None and level is not None:
            groups.setdefault((cell.data, str(norm), level.value), []).append(cell)
    for group in groups.values():
        following = [cells[cell.id] for cell in group if "gradients" in cell.generator.needs]
        asking = [cells[cell.id] for cell in group if cell.generator.needs & {"gradients", "queries"} == {"queries"}]
        for one in asking:
            told = {other.id: _standing(one, other) for other in following}
            if not all(left < theirs for left, theirs, _ in told.values()):
                continue
            for other, (left, theirs, rows) in told.items():
                caution = (
                    f"{one.id}, which only asks, left {left:,} of {rows:,} rows right where this attack, which follows "
                    f"gradients, left {theirs:,}"
                )
                found[other] = found[other].model_copy(update={"cautions": [*found[other].cautions, caution]})
    return found


def _standing(one: CellSummary, other: CellSummary) -> tuple[int, int, int]:
    """How many rows each leaves right, of those that both have evidence of; and how many these are."""
    rows = min(one.n, other.n)
    return _right(one, rows), _right(other, rows), rows


def _right(cell: CellSummary, rows: int) -> int:
    return int(unpack(cell.right_rows or "", cell.n)[:rows].sum())
