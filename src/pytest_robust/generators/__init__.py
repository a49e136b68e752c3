"""Generators of hard inputs: the protocol, the decorator, the registry. One file a member.

To add one, copy a neighbour, `fog.py` say. A generator is a function from images to images:

    @generator(kind="corruption", scale="severity", levels=(1, 2, 3, 4, 5), risk="Fog before the lens.")
    def fog(images, *, severity, seeds):
        ...
        return foggy_images

`images` is (n, h, w, c) uint8 and so is the result, of the same shape. `severity` is the value on the
generator's scale. `seeds` (n,) uint64 is one seed a row: all randomness of row i comes from `seeds[i]` alone,
so that a row looks the same whatever batch it is in (`_random.uniforms` and `_random.normals` help; `_rows.by_blocks`
spreads rows over the cores). Further keyword-only
parameters are the generator's options, checked by their annotations; one that is annotated `Path` is looked up from the
suite's folder, and what lies there is part of what decides whether cached evidence still holds. What it lists in
`needs` is passed too. A generator that knows more of its rows than their pixels returns `Made`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Columns, Images, Truth
from pytest_robust.registry import Registry, options_of

Kind = Literal["clean", "corruption", "field", "pipeline", "attack", "search", "ambiguity", "outlier"]
Scale = Literal["severity", "epsilon", "weight"]
Need = Literal["labels", "gradients", "queries", "answers", "partner", "exemplars", "prior", "rows"]

PASSED: dict[Need, str] = {
    "labels": "labels",
    "gradients": "model",
    "queries": "ask",
    "answers": "answers",
    "partner": "partner",
    "exemplars": "exemplars",
    "prior": "prior",
    "rows": "rows",
}
"""The keyword under which each need is passed.

- labels: `labels` (n,) int64, the right classes.
- gradients: `model`, an `adapters.Differentiable`.
- queries: `ask`, from images (m, h, w, c) uint8 to `carriers.Predictions`; a row's answer depends on that row alone.
- answers: `answers` (n, K) float32, the model's probabilities on the unperturbed rows.
- partner: `partner` (n, h, w, c) uint8, the second parent of each row.
- exemplars: `exemplars` (K, h, w, c) uint8, one row of the data for each class.
- prior: `prior` (K,) float64, the share of each class in the data.
- rows: `rows`, a `Rows`: which rows of the data these are.
"""


@dataclass(frozen=True)
class Made:
    """Images (n, h, w, c) uint8 with what the generator knows of each row: columns (n, ...) that join the evidence."""

    images: Images
    columns: Columns = field(default_factory=dict)


@dataclass(frozen=True)
class Rows:
    """Which rows of a data set a batch is made of."""

    ids: NDArray[np.str_]
    """(n,)"""
    positions: NDArray[np.intp]
    """(n,), counted from 0."""
    count: int
    """Rows that the data set has in all."""


@dataclass(frozen=True)
class Generator:
    """A generator and what it declares; call it to generate."""

    name: str
    make: Callable[..., Images | Made]
    kind: Kind
    scale: Scale | None
    levels: tuple[float, ...]
    """The levels used where the suite names none; empty where the suite must name them."""
    bounds: tuple[float, float]
    """Lowest and highest level allowed."""
    truth: Truth
    needs: frozenset[Need]
    risk: str
    """One sentence: what goes wrong in the field that this stands for."""
    minimal: bool = False
    """Whether it searches for the smallest change that fools the model, in one run for all levels. It is then called
    with a severity of infinity and returns `Made` with a column `distance` (n,) float64: the size of each row's change,
    in pixel units between 0 and 1, infinite where none was found. A level shows what lies within it."""
    tells: frozenset[str] = frozenset()
    """Columns that properties may ask for, of what it knows of each row; a `minimal` one tells `distance`."""
    label: Callable[[Mapping[str, Any]], str] | None = None
    """From checked options to the name that its cells go by: `fog+jpeg_compression`; its own name where absent."""
    chain: Callable[..., Any] | None = None
    """For one step after another: chain(seeds, severity=..., told=..., **options), the `_chain.Chains` of the rows.
    Among `told` are the columns that it told of them: a search tells which chain it found."""
    moves: bool = False
    """Whether what it shows lies elsewhere than before, so that a part of its change means nothing by itself."""
    requires: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Packages that it imports and that not everybody has: what `import` calls each, and what to `pip install`."""

    def __call__(self, images: Images, **options: Any) -> Images | Made:
        return self.make(images, **options)

    @property
    def given(self) -> frozenset[str]:
        """The parameters that the engine passes, which are therefore no options."""
        return frozenset({"severity", "seeds", *(PASSED[need] for need in self.needs)})

    @property
    def main_option(self) -> str | None:
        """The first option, which a list written after the name means: `compose: [fog, rain]`."""
        return next(iter(options_of(self.make, self.given)), None)

    def called(self, options: Mapping[str, Any]) -> str:
        """The name of its cells."""
        return self.name if self.label is None else self.label(options)


def generator(
    *,
    kind: Kind,
    risk: str,
    scale: Scale | None = None,
    levels: Iterable[float] = (),
    bounds: tuple[float, float] | None = None,
    truth: Truth = "label",
    needs: Iterable[Need] = (),
    minimal: bool = False,
    tells: Iterable[str] = (),
    label: Callable[[Mapping[str, Any]], str] | None = None,
    chain: Callable[..., Any] | None = None,
    moves: bool = False,
    requires: Mapping[str, str] | None = None,
    name: str | None = None,
) -> Callable[[Callable[..., Images | Made]], Generator]:
    """Make a function a generator. `name` is the function's name unless given.

    A generator without a scale has one level only, which it is called with as `severity=0.0`. Raises TypeError where
    the function does not take, by name, what generators are called with.
    """
    found = tuple(float(level) for level in levels)
    lowest, highest = bounds or ((min(found), max(found)) if found else (0.0, float("inf")))

    def register(function: Callable[..., Images | Made]) -> Generator:
        made = Generator(
            name=name or function.__name__,
            make=function,
            kind=kind,
            scale=scale,
            levels=found,
            bounds=(lowest, highest),
            truth=truth,
            needs=frozenset(needs),
            risk=risk,
            minimal=minimal,
            tells=frozenset(["distance", *tells] if minimal else tells),
            label=label,
            chain=chain,
            moves=moves,
            requires=dict(requires or {}),
        )
        passed = sorted(made.given)
        try:
            inspect.signature(function).bind_partial(None, **dict.fromkeys(passed))
        except TypeError as error:
            wanted = f"def {made.name}(images, *, {', '.join(passed)})"
            raise TypeError(f"generator {made.name!r}: {error}; write `{wanted}`") from None
        return made

    return register


registry: Registry[Generator] = Registry("generator", "pytest_robust.generators", Generator)
