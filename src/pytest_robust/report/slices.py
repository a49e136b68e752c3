"""Claims of every slice of the data: section 11, worst slice first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup

from pytest_robust.record import Record, SliceResult, Verdict
from pytest_robust.report.checks import grouped
from pytest_robust.report.figures import slices
from pytest_robust.report.figures.slices import Domain
from pytest_robust.report.words import finite


@dataclass(frozen=True)
class Sliced:
    """One claim of every slice, and what is drawn of it."""

    verdict: Verdict
    threshold: float
    operator: str

    @cached_property
    def within(self) -> Domain:
        """The scale that the bars of its slices share."""
        return slices.domain(self.verdict.slices, self.threshold)

    @property
    def disproved(self) -> list[str]:
        """The names of the slices in which the claim is disproved, worst first."""
        return [one.name for one in self.verdict.slices if one.outcome == "FAIL"]

    def bar(self, one: SliceResult) -> Markup:
        """The bar of one of its slices."""
        return slices.bar(one, threshold=self.threshold, operator=self.operator, within=self.within)

    def axis(self) -> Markup:
        """The scale of the bars."""
        return slices.axis(self.within)


def sliced(record: Record) -> list[Sliced]:
    """The claims of every slice that have a verdict, in the order of the checks: failed first."""
    found = []
    for group in grouped(record.verdicts):
        for verdict in group.verdicts:
            threshold, operator = finite(verdict.threshold), verdict.operator
            if verdict.slices and threshold is not None and operator is not None:
                found.append(Sliced(verdict, threshold, operator))
    return found
