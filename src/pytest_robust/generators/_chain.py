"""Generators one after the other: a step of a chain, as it is written and as it is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import NoneType
from typing import Annotated, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import AfterValidator, Field, PlainValidator, ValidationInfo

from pytest_robust.carriers import Images
from pytest_robust.errors import GenerationError, RobustError
from pytest_robust.generators import Generator, Made, registry
from pytest_robust.generators._random import Seeds, bits
from pytest_robust.generators._sizes import LEVELS
from pytest_robust.registry import check_options
from pytest_robust.sources import Roots
from pytest_robust.suite.numbers import number_text, parse_level

OF_CHAINS = 1 << 32
"""The first of the streams of a row's seed that the seeds of its steps are taken from."""


@dataclass(frozen=True)
class Step:
    """A generator with checked options, and the level that it is always used at, where it has one of its own."""

    generator: Generator
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    level: float | None = None

    def __call__(self, images: Images, *, severity: float, seeds: Seeds, **given: Any) -> Images:
        """What the generator makes of images (n, h, w, c), `given` being what it needs. Raises GenerationError."""
        at = 0.0 if self.generator.scale is None else severity if self.level is None else self.level
        made = self.generator(images, severity=at, seeds=seeds, **given, **self.options)
        found = made.images if isinstance(made, Made) else made
        if not isinstance(found, np.ndarray) or found.dtype != np.uint8 or found.shape != images.shape:
            raise GenerationError(
                f"{self.generator.name} returned something other than uint8 images of shape {images.shape}; "
                "no further step can be taken"
            )
        return found

    @property
    def called(self) -> str:
        """Its part in the name of a cell: `fog`, or `fog-2` with a level of its own."""
        called = self.generator.called(self.options)
        return called if self.level is None else f"{called}-{number_text(self.level)}"


def derived(seeds: Seeds, place: int) -> Seeds:
    """The seeds (n,) of the step at a place, counted from 0: two steps of one kind are two different ones."""
    return bits(seeds, 1, stream=OF_CHAINS + place)[:, 0]


def apply(steps: Sequence[Step], images: Images, *, severity: float, seeds: Seeds) -> Images:
    """All steps on all rows, in this order."""
    for place, step in enumerate(steps):
        images = step(images, severity=severity, seeds=derived(seeds, place))
    return images


def apply_each(
    steps: Sequence[Step], chains: NDArray[np.integer], images: Images, *, severities: ArrayLike, seeds: Seeds
) -> Images:
    """A chain of its own on each row: `chains` (n, length) are places in `steps`, -1 for no step.

    `severities` broadcasts to (n, length). Rows with the same step at the same place are generated together.
    """
    made = images.copy()
    levels = np.broadcast_to(severities, chains.shape)
    for place in range(chains.shape[1]):
        numbers = derived(seeds, place)
        alike = np.stack([chains[:, place], levels[:, place]], axis=1)
        for which, severity in np.unique(alike[alike[:, 0] >= 0], axis=0):
            rows = np.flatnonzero((alike == (which, severity)).all(axis=1))
            made[rows] = steps[int(which)](made[rows], severity=float(severity), seeds=numbers[rows])
    return made


@dataclass(frozen=True)
class Chains:
    """Which steps each of n rows gets, one after the other, and at which level."""

    steps: Sequence[Step]
    chosen: NDArray[np.integer]
    """(n, k), places in `steps`; -1 for none."""
    levels: NDArray[np.float64]
    """(n, k), 0 for none, 1 for a step that has no level."""
    seeds: Seeds

    @classmethod
    def at(cls, steps: Sequence[Step], chosen: NDArray[np.integer], severity: float, seeds: Seeds) -> Chains:
        """Each step at its own level, or else at this severity."""
        own = np.array([own_level(step, severity) for step in steps])
        return cls(steps, chosen, np.where(chosen >= 0, own[chosen], 0.0), seeds)

    def named(self, row: int, levels: NDArray[np.float64]) -> list[str]:
        """The steps of a row at other levels (k,), those at 0 left out: `fog-2`."""
        kept = [
            (self.steps[step], level) for step, level in zip(self.chosen[row], levels.tolist(), strict=True) if level
        ]
        return [replace(step, level=None if step.generator.scale is None else level).called for step, level in kept]

    def moving(self, rows: NDArray[np.intp], levels: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of these rows, (m,), have a step left at other levels (m, k) that moves what it shows."""
        moves = np.array([step.generator.moves for step in self.steps])
        return np.asarray((moves[self.chosen[rows]] & (levels > 0)).any(axis=1))

    def listed(self, row: int, place: int) -> Sequence[float]:
        """The levels that a step of a row could have, lowest first; none where it takes all, or has none."""
        generator = self.steps[self.chosen[row, place]].generator
        return sorted(generator.levels) if generator.scale == "severity" else ()

    def make(self, images: Images, rows: NDArray[np.intp], levels: NDArray[np.float64]) -> Images:
        """Images (m, h, w, c) of these rows with their steps at other levels (m, k), those at 0 left out."""
        free = [replace(step, level=None) for step in self.steps]
        chosen = np.where(levels > 0, self.chosen[rows], -1)
        return apply_each(free, chosen, images, severities=levels, seeds=self.seeds[rows])


def own_level(step: Step, severity: float) -> float:
    """The level that a step is used at in a cell of this severity; 1 where it has none."""
    if step.generator.scale is None:
        return 1.0
    return severity if step.level is None else step.level


def read(written: Any, roots: Roots | None = None) -> Step:
    """The step meant by `fog`, `path.py:object` or `{fog: {severity: 2}}`, or by a generator itself.

    Raises ValueError for another form or level, UnknownNameError, SourceError or OptionError for what it names.
    """
    name: Any = written
    options: Any = None
    if isinstance(written, Mapping) and len(written) == 1:
        ((name, options),) = written.items()
    if not isinstance(name, str | Generator) or not isinstance(options, Mapping | list | NoneType):
        raise ValueError("a step is a name, or one name with its options: `fog` or `{fog: {severity: 2}}`")
    generator = registry.get(name, roots) if isinstance(name, str) else name
    if isinstance(options, list):
        options = {str(generator.main_option): options}
    rest, level = dict(options or {}), None
    if generator.scale in rest:
        level = parse_level(rest.pop(generator.scale)).value
        lowest, highest = generator.bounds
        if not lowest <= level <= highest:
            raise ValueError(
                f"{generator.name} takes `{generator.scale}` from {number_text(lowest)} to {number_text(highest)}"
            )
    return Step(generator, check_options(generator.make, rest, given=generator.given, roots=roots), level)


def why_not(step: Step) -> str | None:
    """Why a step cannot be part of a chain."""
    generator = step.generator
    if generator.needs:
        needs = ", ".join(sorted(generator.needs))
        return f"{generator.name} cannot be a step of a chain: it needs {needs} besides images"
    if generator.truth != "label":
        return f"{generator.name} cannot be a step of a chain: what it makes has not the one right class of its input"
    lowest, highest = generator.bounds
    takes_all = generator.scale == "severity" and lowest <= LEVELS[0] and highest >= LEVELS[-1]
    if generator.scale is not None and step.level is None and not takes_all:
        return (
            f"{generator.name} does not take the severities 1 to 5 of a chain; give it a level of its own: "
            f"{{{generator.name}: {{{generator.scale}: {number_text(lowest)}}}}}"
        )
    return None


def chainable(written: Any, info: ValidationInfo) -> Step:
    """A step of a chain. Raises ValueError, which pydantic tells with the place in the list."""
    if isinstance(written, Step):
        return written
    try:
        step = read(written, (info.context or {}).get("roots"))
    except RobustError as error:
        raise ValueError("; ".join(str(error).splitlines())) from None
    if (reason := why_not(step)) is not None:
        raise ValueError(reason)
    return step


Steps = Annotated[list[Annotated[Step, PlainValidator(chainable)]], Field(min_length=1)]


def no_longer(length: int, info: ValidationInfo) -> int:
    """Checks the option `length` after the option before it, the steps to choose from, none of them twice."""
    for steps in info.data.values():
        if length > len(steps):
            raise ValueError(f"there are {len(steps)} steps to choose from; write `length: {len(steps)}` or less")
    return length


Length = Annotated[int, Field(ge=1, validate_default=True), AfterValidator(no_longer)]


def drawn(seeds: Seeds, many: int, length: int) -> NDArray[np.intp]:
    """For each row `length` different numbers below `many`, in random order, (n, length)."""
    keys = bits(seeds, many, stream=OF_CHAINS - 1)
    return np.argsort(keys, axis=1, kind="stable")[:, :length]
