"""What became of each check since the baseline, in the groups in which it is told: what is worse comes first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pytest_robust.record import Change, CheckChange, Comparison
from pytest_robust.report.words import number

Group = Literal["worse", "changed", "better", "in one of the two only", "same"]
GROUPS: tuple[Group, ...] = ("worse", "changed", "better", "in one of the two only", "same")


@dataclass(frozen=True, slots=True)
class Changed:
    """One check with the rows of its cell."""

    check: CheckChange
    cell: Change | None
    """Null where the cell cannot be compared, or has no right class."""

    @property
    def moved(self) -> bool:
        """Whether its verdict or its value is another."""
        one = self.check
        return (one.before, one.estimate_before) != (one.now, one.estimate_now)

    @property
    def group(self) -> Group:
        """In which it is told. What is proven of the cell's rows counts where the verdict is as it was."""
        before, now = self.check.before, self.check.now
        trend = None if self.cell is None else self.cell.trend
        if before is None or now is None:
            return "in one of the two only"
        if before != now and (before == "PASS" or now == "FAIL"):
            return "worse"
        if trend == "REGRESSED":
            return "worse"
        if (before != now and now == "PASS") or trend == "IMPROVED":
            return "better"
        return "same" if before == now else "changed"

    @property
    def estimates(self) -> str:
        """The observed value before and now."""
        told = (self.check.estimate_before, self.check.estimate_now)
        return " → ".join("–" if value is None else number(value) for value in told)


def changed(comparison: Comparison) -> dict[Group, list[Changed]]:
    """The checks of each group; in a group those first whose verdict changed most for the worse.

    What is proven of a cell is told with the checks that it moved, and with the others only where it moved none.
    """
    cells = {one.id: one for one in comparison.changes}
    told = [Changed(check, cells.get(check.id.rpartition("::")[0])) for check in comparison.checks]
    moved = {one.cell.id for one in told if one.cell and one.moved}
    found: dict[Group, list[Changed]] = {group: [] for group in GROUPS}
    for one in told:
        still = one.cell is not None and one.cell.id in moved and not one.moved
        found["same" if still else one.group].append(one)
    return found


def got_worse(comparison: Comparison) -> bool:
    """Whether a cell is proven to be worse, or a claim is disproved that was proven before."""
    regressed = any(one.trend == "REGRESSED" for one in comparison.changes)
    return regressed or any(one.before == "PASS" and one.now == "FAIL" for one in comparison.checks)
