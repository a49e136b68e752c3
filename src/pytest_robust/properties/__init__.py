"""Properties of graceful failure: the protocol, two decorators, the registry. One file a member.

To add one, copy a neighbour. Most are the mean of something that each row has, between two bounds, and need
nothing but that something:

    @mean_property(range=(0, 1), truths={"label"}, summary="Share of inputs answered right.")
    def accuracy(evidence):
        return evidence.correct

The claim `accuracy >= 0.9` is then judged by the betting e-process and an exact test, with their guarantees.
Keyword-only parameters are options: `top_k_accuracy(k=5) >= 0.9`. A property that is no mean (ECE, AUROC) brings a
`judge` of its own through `@judged_property`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal, Protocol, get_args, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Evidence, Truth
from pytest_robust.errors import OptionError
from pytest_robust.registry import Registry
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.each_slice import decide_each
from pytest_robust.statistics.means import FixedTest, decide_mean
from pytest_robust.statistics.outlook import Outlook, of_mean
from pytest_robust.statistics.slices import SliceResult, decide_slices

Column = Literal["logits", "features", "abstained", "distance", "side"]
"""What models tell, and what generators do: see `TOLD`."""
TOLD: frozenset[Column] = frozenset({"distance", "side"})
"""Of columns, those that a generator `tells`: how far a search had to go, where the first of two parents lies."""
Scope = Literal["cell", "generator", "scenario"]
"""What one claim is about: each cell; or a `Series` of all levels of one generator; or of all cells of a scenario."""
Variant = Literal["redrawn", "rebatched", "swapped"]
"""The question about each row put in another way; of rows that are drawn several times, about the first draw alone."""
Reference = Literal["same rows", "familiar", "measured", Variant]
"""What a property compares with; complete, not a sample.

- `same rows`: clean evidence of the rows from which the inputs were made (both parents' rows where there are two).
- `familiar`: clean evidence of the suite's first data set.
- `measured`: what single questions cost, columns `seconds` and `megabytes`, one row a question, about as many images
  as the option `batch` says.
- `redrawn`: the same inputs with a noise that nobody sees, several times: `reference.draws()`.
- `rebatched`: the same inputs in another order, in other batches and among other images: `reference.draws()`.
- `swapped`: the two parents of each input in each other's place, each with the share that it had.
"""

PerRow = NDArray[Any]
"""One value a row, (n,). A masked array (`numpy.ma`) says which rows are not asked."""

GIVEN = frozenset({"final"})
"""Keyword-only parameters of a judge that are no options."""


class Judge(Protocol):
    """Judges a claim `property operator threshold` on the rows so far.

    `evidence` is `Evidence`, or a `Series` by the property's scope.
    `final` says that no more rows will come: the answer must then have an outcome. `reference` is what the property
    asked for. `threshold` and `operator` are None for a property without a range.
    The answer must depend on the rows in their order only, not on how often it was asked.
    """

    def __call__(
        self,
        evidence: Any,
        reference: Evidence | None,
        operator: Operator | None,
        threshold: float | None,
        levels: Levels,
        /,
        *,
        final: bool,
        **options: Any,
    ) -> Decision: ...


@runtime_checkable
class NamesClasses(Protocol):
    """A value of an option that names classes."""

    def refuse_unknown(self, classes: Sequence[str]) -> None:
        """Raise OptionError where it names what is no class of the model's, or does not name what it must."""
        ...


@dataclass(frozen=True)
class Property:
    """A property and what it declares."""

    name: str
    summary: str
    function: Callable[..., Any]
    """What was decorated: its keyword-only parameters but `final` are the options, its docstring the documentation."""
    judge: Callable[..., Decision]
    """A `Judge`."""
    range: tuple[float, float] | None
    """Lowest and highest value there is; None for a property that takes no threshold."""
    operators: tuple[Operator, ...]
    """The ways in which it may be claimed."""
    truths: frozenset[Truth]
    columns: frozenset[Column]
    reference: Reference | None
    badness: Callable[..., PerRow]
    """How far each row contradicts the property: (n,) float, above 0 for a counterexample, higher is worse."""
    scope: Scope = "cell"
    fewest_levels: int = 1
    """How many levels of a generator, where it is about all of them, it needs."""
    labelled: bool = True
    """Whether rows must have a label, where their truth is that there is one."""
    values: Callable[..., PerRow] | None = None
    """For a mean: values(evidence, reference), what it is the mean of. Averaged over the draws of a row."""
    fixed: FixedTest = "betting"
    """For a mean: its fixed-n test, see `statistics.fixed`."""
    judge_slices: Callable[..., tuple[Decision, list[SliceResult]]] | None = None
    """Judges like `judge` that the claim holds in every slice, where it can be sliced. After the levels it is given the
    number of each row's slice (n,) and the names of the slices."""
    accepts_malformed: bool = False
    """Whether it judges rows whose outputs are no probabilities; for all others such rows are an error."""
    outlook: Outlook | None = None
    """How many rows its claims need, before anything runs; None where nothing is known of that."""
    refutable: bool = False
    """Whether, without a threshold, it is about a population: it can be disproved, and shares the flake budget."""
    columns_of: Callable[..., Iterable[Column]] | None = None
    """columns_of(**options): what it needs beyond `columns` where that depends on its options."""
    scores: Callable[..., tuple[PerRow, PerRow]] | None = None
    """For what is judged by scores: scores(evidence, reference), those of unfamiliar rows (m,) and familiar ones (n,),
    higher for what looks less familiar; by its option `score`, if it has one."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Those that are settled."""

    @property
    def statistical(self) -> bool:
        """Whether its claims are about a population, and so share the flake budget."""
        return self.reference != "measured" and (self.range is not None or self.refutable)

    @property
    def takes_draws(self) -> bool:
        """Whether it is about all draws of a row: a mean over them, or true of every one or not."""
        every_row = not self.statistical
        return every_row or (self.values is not None and self.reference not in get_args(Variant))

    def bound(self, options: Mapping[str, Any]) -> Property:
        """The property with its options settled."""
        if not options:
            return self
        return replace(
            self,
            judge=partial(self.judge, **options),
            columns=self.columns if self.columns_of is None else self.columns | {*self.columns_of(**options)},
            badness=partial(self.badness, **taken(self.badness, options)),
            values=None if self.values is None else partial(self.values, **options),
            judge_slices=None if self.judge_slices is None else partial(self.judge_slices, **options),
            scores=None if self.scores is None else partial(self.scores, **taken(self.scores, options)),
            options=options,
        )

    def refuse_unknown(self, classes: Callable[[], Sequence[str]]) -> None:
        """Raise OptionError where an option names classes that the model has not; `classes` are asked for only then."""
        for value in self.options.values():
            if isinstance(value, NamesClasses):
                value.refuse_unknown(classes())


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
    scope: Scope = "cell",
    fewest_levels: int = 1,
    labelled: bool = True,
    bounds: Callable[..., tuple[float, float]] | None = None,
    partly: bool = False,
    name: str | None = None,
) -> Callable[[Callable[..., PerRow]], Property]:
    """Make a function from evidence to per-row values in `range` a property: their mean is what is claimed.

    The function is called as `f(evidence)`, or `f(evidence, reference)` where `reference` is declared, with its options
    by keyword; `evidence` is a `Series` where the scope is not a cell. It may return a masked array: masked rows are
    not asked. Where the generator's randomness was drawn several times, a row's value is the mean over the draws.
    `fixed` names the fixed-n test, see `statistics.fixed`. `badness` has the function's signature; where absent, the
    distance of a row from the better end of the range, by the first of `operators`. Where values lie between narrower
    bounds than the range, by options or cells, `bounds(evidence, **options)` says which: the closer, the fewer rows a
    verdict needs. `partly` says that rows are masked, for `robust plan`, which then does not know how many are asked.
    """
    lowest, highest = (float(end) for end in range)

    def register(function: Callable[..., PerRow]) -> Property:
        def values(evidence: Any, clean: Evidence | None, **options: Any) -> PerRow:
            given = () if reference is None else (clean,)
            drawn = [np.ma.asarray(function(draw, *given, **options), np.float64) for draw in evidence.draws()]
            return drawn[0] if len(drawn) == 1 else np.ma.stack(drawn).mean(axis=0)

        def judge(
            evidence: Any,
            clean: Evidence | None,
            operator: Operator | None,
            threshold: float | None,
            levels: Levels,
            *,
            final: bool,
            **options: Any,
        ) -> Decision:
            assert operator is not None
            assert threshold is not None
            found, ends, test = material(evidence, clean, threshold, options)
            decision = decide_mean(
                np.ma.compressed(found), operator, threshold, levels, bounds=ends, fixed=test, final=final
            )
            return among(decision, ~np.ma.getmaskarray(found))

        def judge_slices(
            evidence: Any,
            clean: Evidence | None,
            operator: Operator,
            threshold: float,
            levels: Levels,
            slice_of: NDArray[np.intp],
            names: Sequence[str],
            *,
            final: bool,
            **options: Any,
        ) -> tuple[Decision, list[SliceResult]]:
            found, ends, test = material(evidence, clean, threshold, options)
            asked = ~np.ma.getmaskarray(found)
            decision, slices = decide_slices(
                np.ma.compressed(found),
                slice_of[asked],
                names,
                operator,
                threshold,
                levels,
                bounds=ends,
                fixed=test,
                final=final,
            )
            return among(decision, asked), slices

        def material(
            evidence: Any, clean: Evidence | None, threshold: float, options: Mapping[str, Any]
        ) -> tuple[PerRow, tuple[float, float], FixedTest]:
            """Values, the bounds that they lie between, and their fixed-n test."""
            found = values(evidence, clean, **options)
            ends = (lowest, highest) if bounds is None else bounds(evidence, **taken(bounds, options))
            if not ends[0] <= threshold <= ends[1]:
                raise OptionError(
                    f"{name or function.__name__} lies between {ends[0]:.4g} and {ends[1]:.4g} here, so a claim about "
                    f"{threshold:g} says nothing; write a threshold between them"
                )
            drawn_once = len(list(evidence.draws())) == 1  # else values are means, whatever they were made of
            return found, ends, fixed if drawn_once else "betting"

        def rank(evidence: Any, clean: Evidence | None, **options: Any) -> PerRow:
            if badness is not None:
                given = () if reference is None else (clean,)
                return badness(evidence, *given, **taken(badness, options))
            better = highest if operators[0] == ">=" else lowest
            return np.abs(np.ma.filled(values(evidence, clean, **options), better) - better)

        return Property(
            name=name or function.__name__,
            summary=summary,
            function=function,
            judge=judge,
            range=(lowest, highest),
            operators=operators,
            truths=frozenset(truths),
            columns=frozenset(columns),
            reference=reference,
            badness=rank,
            scope=scope,
            fewest_levels=fewest_levels,
            labelled=labelled,
            values=values,
            fixed=fixed,
            judge_slices=judge_slices,
            outlook=of_mean(fixed, (lowest, highest), partly=partly) if bounds is None else None,
        )

    return register


def taken(function: Callable[..., Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the options that a function takes."""
    parameters = inspect.signature(function).parameters
    everything = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values())
    return {name: value for name, value in options.items() if everything or name in parameters}


def among(decision: Decision, asked: NDArray[np.bool_]) -> Decision:
    """A decision on the rows that count, `asked` (n,), told in rows of evidence.

    >>> among(Decision("INCONCLUSIVE", 2, rows_needed=10), np.array([True, False, True, False])).rows_needed
    20
    """
    places, needed = np.flatnonzero(asked), decision.rows_needed
    looked_at = int(places[decision.n - 1]) + 1 if decision.n else 0
    if needed is not None:
        needed = -(-needed * len(asked) // len(places))
    return replace(decision, rows=None if looked_at == decision.n else looked_at, rows_needed=needed)


def judged_property(
    *,
    range: tuple[float, float] | None,  # noqa: A002  (the field's word)
    truths: Iterable[Truth],
    summary: str,
    badness: Callable[..., PerRow],
    operators: tuple[Operator, ...] = (),
    columns: Iterable[Column] = (),
    reference: Reference | None = None,
    scope: Scope = "cell",
    fewest_levels: int = 1,
    labelled: bool = True,
    accepts_malformed: bool = False,
    refutable: bool = False,
    columns_of: Callable[..., Iterable[Column]] | None = None,
    outlook: Outlook | None = None,
    scores: Callable[..., tuple[PerRow, PerRow]] | None = None,
    name: str | None = None,
) -> Callable[[Callable[..., Decision]], Property]:
    """Make a `Judge` a property. It is asked about the first draw of the generator's randomness alone.

    With a threshold, and unless it compares with what is known of all rows together, it can be claimed of every slice.
    """

    def register(judge: Callable[..., Decision]) -> Property:
        def judge_slices(
            evidence: Any,
            clean: Evidence | None,
            operator: Operator,
            threshold: float,
            levels: Levels,
            slice_of: NDArray[np.intp],
            names: Sequence[str],
            *,
            final: bool,
            **options: Any,
        ) -> tuple[Decision, list[SliceResult]]:
            def judge_rows(rows: NDArray[np.intp], shared: Levels, last: bool) -> Decision:
                return judge(evidence.take(rows), clean, operator, threshold, shared, final=last, **options)

            return decide_each(judge_rows, slice_of, names, operator, levels, final=final)

        sliced = range is not None and scope == "cell" and reference in (None, "same rows", "familiar")
        return Property(
            name=name or judge.__name__,
            summary=summary,
            function=judge,
            judge=judge,
            range=range,
            operators=operators,
            truths=frozenset(truths),
            columns=frozenset(columns),
            reference=reference,
            badness=badness,
            scope=scope,
            judge_slices=judge_slices if sliced else None,
            fewest_levels=fewest_levels,
            labelled=labelled,
            accepts_malformed=accepts_malformed,
            refutable=refutable,
            columns_of=columns_of,
            outlook=outlook,
            scores=scores,
        )

    return register


registry: Registry[Property] = Registry("property", "pytest_robust.properties", Property)
