"""Generators of hard inputs: the protocol, the decorator, the registry. One file a member.

To add one, copy a neighbour, `fog.py` say. A generator is a function from images to images:

    @generator(kind="corruption", scale="severity", levels=(1, 2, 3, 4, 5), risk="Fog before the lens.")
    def fog(images, *, severity, seeds):
        ...
        return foggy_images

`images` is (n, h, w, c) uint8 and so is the result, of the same shape. `severity` is the value on the
generator's scale. `seeds` (n,) uint64 is one seed a row: all randomness of row i comes from `seeds[i]` alone,
so that a row looks the same whatever batch it is in (`_random.row_generators` helps). Further keyword-only
parameters are the generator's options, checked by their annotations. What it lists in `needs` is passed too.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from pytest_robust.carriers import Images, Truth
from pytest_robust.registry import Registry

Kind = Literal["clean", "corruption", "field", "pipeline", "attack", "ambiguity", "outlier"]
Scale = Literal["severity", "epsilon", "weight"]
Need = Literal["labels", "gradients", "partner"]

PASSED: dict[Need, str] = {"labels": "labels", "gradients": "model", "partner": "partner"}
"""The keyword under which each need is passed: labels (n,) int64; model, an `adapters.Differentiable`;
partner (n, h, w, c) uint8, the second parent of each row."""


@dataclass(frozen=True)
class Generator:
    """A generator and what it declares; call it to generate."""

    name: str
    make: Callable[..., Images]
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

    def __call__(self, images: Images, **options: Any) -> Images:
        return self.make(images, **options)

    @property
    def given(self) -> frozenset[str]:
        """The parameters that the engine passes, which are therefore no options."""
        return frozenset({"severity", "seeds", *(PASSED[need] for need in self.needs)})


def generator(
    *,
    kind: Kind,
    risk: str,
    scale: Scale | None = None,
    levels: Iterable[float] = (),
    bounds: tuple[float, float] | None = None,
    truth: Truth = "label",
    needs: Iterable[Need] = (),
    name: str | None = None,
) -> Callable[[Callable[..., Images]], Generator]:
    """Make a function a generator. `name` is the function's name unless given.

    A generator without a scale has one level only, which it is called with as `severity=0.0`. Raises TypeError where
    the function does not take, by name, what generators are called with.
    """
    found = tuple(float(level) for level in levels)
    lowest, highest = bounds or ((min(found), max(found)) if found else (0.0, float("inf")))

    def register(function: Callable[..., Images]) -> Generator:
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
