"""What the requirements of a tier are looked up in: the verdicts of a record by what they are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from pytest_robust.record import Record, Verdict, Waiver
from pytest_robust.risk.tier import Tier
from pytest_robust.risk.waivers import waived


@dataclass(frozen=True)
class Evidence:
    """A record, the tier that it is held to, and how many people have signed it."""

    record: Record
    tier: Tier
    signers: int = 0

    @property
    def verdicts(self) -> list[Verdict]:
        """All of them."""
        return self.record.verdicts

    @cached_property
    def waived(self) -> dict[str, Waiver]:
        """The verdicts that a waiver takes out of the red, by id."""
        return waived(self.record)

    @cached_property
    def rows(self) -> int:
        """Rows of the largest set of clean data with right classes, within the suite's budget."""
        return max((cell.rows or cell.n for cell in self.record.cells if cell.kind == "clean"), default=0)

    def claims(self, properties: Collection[str], kinds: Collection[str] = ()) -> list[Verdict]:
        """Verdicts on these properties about what generators of these kinds make, and no others; of any where none is
        named."""
        return [
            one
            for one in self.verdicts
            if one.property in properties and (not kinds or ((found := self._kinds(one)) and found <= set(kinds)))
        ]

    def _kinds(self, verdict: Verdict) -> set[str]:
        """Kinds of the generators that a verdict is about; none where there is no evidence of its cells.

        A claim about several cells stands under its generator's name, or for the whole scenario.
        """
        scenario = verdict.scenario
        return self._found[scenario, verdict.cell] or self._found[scenario, verdict.generator] or self._found[scenario,]

    @cached_property
    def _found(self) -> dict[tuple[str, ...], set[str]]:
        found: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for cell in self.record.cells:
            for key in ((cell.scenario, cell.cell), (cell.scenario, cell.generator), (cell.scenario,)):
                found[key].add(cell.kind)
        return found
