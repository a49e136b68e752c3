"""Properties of graceful failure: the protocol, two decorators, the registry. One file a member.

To add one, copy a neighbour. Most are the mean of something that each row has, between two bounds, and need
nothing but that something:

    @mean_property(range=(0, 1), truths={"label"}, summary="Share of inputs answered right.")
    def accuracy(evidence):
        return evidence.correct

The claim `accuracy >= 0.9` is then judged by the betting e-process and an exact test, with their guarantees.
A property that is no mean (ECE, AUROC) brings a `judge` of its own through `@judged_property`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Evidence, Truth
from pytest_robust.registry import Registry
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.means import FixedTest, decide_mean

Column = Literal["logits", "features"]
Reference = Literal["same rows", "familiar"]
"""Which clean evidence a property compares with: that of the rows from which the inputs were made (both
parents' rows where there are two), or that of the suite's first data set. It is complete, not a sample."""

PerRow = NDArray[Any]


class Judge(Protocol):
    """Judges a claim `property operator threshold` on the rows so far.

    `final` says that no more rows will come: the answer must then have an outcome. `reference` is what the property
    asked for. `threshold` and `operator` are None for a property without a range.
    The answer must depend on the rows in their order only, not on how often it was asked.
    """

    def __call__(
        self,
        evidence: Evidence,
        reference: Evidence | None,
        operator: Operator | None,
        threshold: float | None,
        levels: Levels,
        /,
        *,
        final: bool,
    ) -> Decision: ...


@dataclass(frozen=True)
class Property:
    """A property and what it declares."""

    name: str
    summary: str
    judge: Judge
    range: tuple[float, float] | None
    """Lowest and highest value there is; None for a property that takes no threshold."""
    operators: tuple[Operator, ...]
    """The ways in which it may be claimed."""
    truths: frozenset[Truth]
    columns: frozenset[Column]
    reference: Reference | None
    badness: Callable[[Evidence, Evidence | None], PerRow]
    """How far each row contradicts the property: (n,) float, above 0 for a counterexample, higher is worse."""
    accepts_malformed: bool = False
    """Whether it judges rows whose outputs are no probabilities; for all others such rows are an error."""

    @property
    def statistical(self) -> bool:
        """Whether its claims are about a population, and so share the flake budget."""
        return self.range is not None


def mean_property(
    *,
    range: tuple[float, float],  # noqa: A002  (the field's word)
    truths: Iterable[Truth],
    summary: str,
    fixed: FixedTest = "betting",
    operators: tuple[Operator, ...] = (">=", "<="),
    columns: Iterable[Column] = (),
    reference: Reference | None = None,
    badness: Callable[..., PerRow] | None = None,
    name: str | None = None,
) -> Callable[[Callable[..., PerRow]], Property]:
    """Make a function from evidence to per-row values in `range` a property: their mean is what is claimed.

    The function is called as `f(evidence)`, or `f(evidence, reference)` where `reference` is declared.
    `fixed` names the fixed-n test, see `statistics.means`. `badness` has the function's signature; where absent, the
    distance of a row from the better end of the range, by the first of `operators`.
    """
    lowest, highest = (float(end) for end in range)

    def register(function: Callable[..., PerRow]) -> Property:
        def values(evidence: Evidence, clean: Evidence | None) -> NDArray[np.float64]:
            found = function(evidence) if reference is None else function(evidence, clean)
            return np.asarray(found, dtype=np.float64)

        def judge(
            evidence: Evidence,
            clean: Evidence | None,
            operator: Operator | None,
            threshold: float | None,
            levels: Levels,
            *,
            final: bool,
        ) -> Decision:
            assert operator is not None
            assert threshold is not None
            return decide_mean(
                values(evidence, clean),
                operator,
                threshold,
                levels,
                bounds=(lowest, highest),
                fixed=fixed,
                final=final,
            )

        def rank(evidence: Evidence, clean: Evidence | None) -> PerRow:
            if badness is not None:
                return badness(evidence) if reference is None else badness(evidence, clean)
            found = values(evidence, clean)
            return highest - found if operators[0] == ">=" else found - lowest

        return Property(
            name=name or function.__name__,
            summary=summary,
            judge=judge,
            range=(lowest, highest),
            operators=operators,
            truths=frozenset(truths),
            columns=frozenset(columns),
            reference=reference,
            badness=rank,
        )

    return register


def judged_property(
    *,
    range: tuple[float, float] | None,  # noqa: A002  (the field's word)
    truths: Iterable[Truth],
    summary: str,
    badness: Callable[[Evidence, Evidence | None], PerRow],
    operators: tuple[Operator, ...] = (),
    columns: Iterable[Column] = (),
    reference: Reference | None = None,
    accepts_malformed: bool = False,
    name: str | None = None,
) -> Callable[[Judge], Property]:
    """Make a `Judge` a property."""

    def register(judge: Judge) -> Property:
        return Property(
            name=name or judge.__name__,  # type: ignore[attr-defined]
            summary=summary,
            judge=judge,
            range=range,
            operators=operators,
            truths=frozenset(truths),
            columns=frozenset(columns),
            reference=reference,
            badness=badness,
            accepts_malformed=accepts_malformed,
        )

    return register


registry: Registry[Property] = Registry("property", "pytest_robust.properties", Property)
