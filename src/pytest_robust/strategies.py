"""Hypothesis strategies of hard inputs, for anybody's `@given` test.

    from hypothesis import given
    from pytest_robust import strategies

    @given(strategies.rows("data.py:test"), strategies.perturbations(["fog", "rain", "motion_blur"], severities=[1, 2]))
    def test_weather_changes_no_answer(row, perturb):
        assert predict(perturb(row.image)) == row.label

What fails is shrunk until no effect can be left out, no level lowered and no effect replaced by one that was named
before it; then to the seed 0; a row to the earliest. A perturbation is told as code that can be pasted into a test of
its own: every generator is a function of this module.

    >>> from pytest_robust.strategies import fog, jpeg_compression
    >>> fog(severity=2) >> jpeg_compression(severity=1)
    fog(severity=2) >> jpeg_compression(severity=1)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

import numpy as np
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from pytest_robust.adapters import Model
from pytest_robust.carriers import Images
from pytest_robust.datasets import Dataset, from_arrays
from pytest_robust.datasets._open import open_dataset
from pytest_robust.engine.alone import AtHand
from pytest_robust.errors import OptionError, UnknownNameError
from pytest_robust.generators import Generator, Kind, registry
from pytest_robust.generators._chain import Step, derived, read
from pytest_robust.sources import Roots
from pytest_robust.suite.numbers import number_text

ORDINARY: tuple[Kind, ...] = ("corruption", "field", "pipeline")
"""The kinds that need nothing but images and leave them of their class."""
SEVERITIES = (1, 2, 3, 4, 5)
EPSILONS = (1 / 255, 2 / 255, 4 / 255, 8 / 255, 16 / 255)
MOST_SEEDS = 2**32 - 1
TRIED = 64
"""So many first rows are each tried while a failure is shrunk."""

Effect = str | Generator | Mapping[str, Any]
"""A generator by name, itself, or with its options as in a suite: `{"flip": {"direction": "vertical"}}`."""


@dataclass(frozen=True, repr=False)
class Perturbation:
    """One or more effects, one after the other: a function of images, and nothing else."""

    steps: tuple[Step, ...]
    seed: int = 0
    """Decides all that is random in it, the same for every image."""

    def __call__(
        self,
        images: Images,
        *,
        model: Model | None = None,
        labels: ArrayLike | None = None,
        partner: Images | None = None,
        exemplars: Images | None = None,
        prior: ArrayLike | None = None,
    ) -> Images:
        """A new image for an image (h, w, c) uint8, or a batch for a batch (n, h, w, c), whose rows are independent.

        The keywords are for effects that need them. Attacks: `model`, from `adapters.torch.from_module` or
        `adapters.callable.from_callable`, and `labels`, one number or (n,), what the model answers where absent.
        Ambiguity: `partner`, shaped as `images`; `exemplars` (K, h, w, c) and `prior` (K,).

        Raises OptionError where one is needed and absent, GenerationError for images that an effect cannot do.
        """
        if images.dtype != np.uint8 or images.ndim not in (3, 4):
            raise OptionError(
                f"images are {images.dtype} of shape {images.shape}; give uint8 of shape (h, w, c) or (n, h, w, c)"
            )
        batch = images if images.ndim == 4 else images[None]
        known = AtHand(
            model=model,
            labels=None if labels is None else np.broadcast_to(np.asarray(labels, np.int64), len(batch)),
            partner=None if partner is None else partner.reshape(batch.shape),
            exemplars=exemplars,
            prior=None if prior is None else np.asarray(prior, np.float64),
        )
        if labels is None and model is not None:
            known = replace(known, labels=known.answered(batch).argmax(axis=1))
        seeds = np.full(len(batch), self.seed, np.uint64)
        made = batch
        for place, step in enumerate(self.steps):
            with known.given(step.generator, made) as given:
                made = step(made.copy(), severity=0.0, seeds=derived(seeds, place), **given)
        return made.reshape(images.shape)

    def __rshift__(self, after: Perturbation) -> Perturbation:
        """This one, and then another; the seed is this one's."""
        return Perturbation((*self.steps, *after.steps), self.seed)

    def seeded(self, seed: int) -> Perturbation:
        """The same effects by another seed, 0 to 2^64 - 1."""
        return replace(self, seed=seed)

    def __repr__(self) -> str:
        code = " >> ".join(map(_code, self.steps))
        if not self.seed:
            return code
        return f"({code}).seeded({self.seed})" if len(self.steps) > 1 else f"{code}.seeded({self.seed})"


def effect(generator: str | Generator, /, **options: Any) -> Perturbation:
    """One effect, its level among its options: `effect("fog", severity=3)`, which is `strategies.fog(severity=3)`.

    Raises UnknownNameError, or OptionError where an option or the level is wrong or missing.
    """
    written: Any = {generator: options} if options else generator
    step = _step(written)
    scale = step.generator.scale
    if scale is not None and step.level is None:
        raise OptionError(f"{step.generator.name} needs a level; write `{step.generator.name}({scale}=...)`")
    return Perturbation((step,))


def perturbations(
    of: Effect | Iterable[Effect] = ORDINARY,
    *,
    min_length: int = 1,
    max_length: int = 3,
    severities: Sequence[float] = SEVERITIES,
    epsilons: Sequence[float] = EPSILONS,
) -> st.SearchStrategy[Perturbation]:
    """Chains of `min_length` to `max_length` different effects, in any order, at any of the levels, by any seed.

    `of` are generators, kinds of generators (`"corruption"`), or both. Absent, it is every installed generator that
    needs nothing but an image and leaves it of its class. A kind stands for its members that need no options; those
    that cannot work here are left out of a kind, and refused by name: `premade`, which needs a data set, and searches
    for the smallest change. `severities` and `epsilons` (in pixel units, for attacks) are the levels drawn; of other
    scales those that the generator declares, and an effect written with a level of its own keeps it.

    An attack needs a model, an ambiguous input a partner: give them when the perturbation is called. It is no part of
    what is drawn, so that what is told of a failure can be pasted.

    Raises OptionError or UnknownNameError.

    >>> perturbations(["fog", "snow"], max_length=1, severities=[2]).validate()
    """
    listed = [of] if isinstance(of, str | Generator | Mapping) else list(of)
    pool = [step for entry in listed for step in _meant(entry)]
    if not pool:
        raise OptionError("`of` names no effect; give names or kinds of generators")
    if not 1 <= min_length <= max_length or min_length > len(pool):
        raise OptionError(f"chains of {min_length} to {max_length} of {len(pool)} effects cannot be drawn")
    levels = [_levels(step, severities, epsilons) for step in pool]
    # The level stands before the effect: of two choices Hypothesis makes the first as small as it can.
    one = st.tuples(st.integers(0, max(map(len, levels)) - 1), st.integers(0, len(pool) - 1))

    def chain(drawn: tuple[list[tuple[int, int]], int]) -> Perturbation:
        chosen, seed = drawn
        steps = (replace(pool[which], level=levels[which][min(rank, len(levels[which]) - 1)]) for rank, which in chosen)
        return Perturbation(tuple(steps), seed)

    chains = st.lists(one, min_size=min_length, max_size=min(max_length, len(pool)), unique_by=lambda pair: pair[1])
    return st.tuples(chains, st.integers(0, MOST_SEEDS)).map(chain)


@dataclass(frozen=True, eq=False)
class Row:
    """One row of a data set."""

    id: str
    position: int
    """In the data set, counted from 0."""
    label: int
    """The right class; -1 where there is none."""
    image: Images = field(repr=False)
    """(h, w, c) uint8."""


def rows(data: str | Dataset | tuple[ArrayLike, ArrayLike | None]) -> st.SearchStrategy[Row]:
    """Rows of a data set; of all that fail, the earliest is told, or at least the earliest of the first 64.

    `data` is a source as in a suite, its path from the current folder, opened when the first row is drawn; images
    (n, h, w, c) uint8 and their labels (n,) integers; or a `Dataset`.

    Raises DataError or SourceError for data that cannot be read.

    >>> from hypothesis import find
    >>> images = np.zeros((9, 4, 4, 1), np.uint8)
    >>> find(rows((images, [0, 1, 2] * 3)), lambda row: row.label == 2)
    Row(id='2', position=2, label=2)
    """
    return st.deferred(lambda: _rows_of(_opened(data)))


def _opened(data: str | Dataset | tuple[ArrayLike, ArrayLike | None]) -> Dataset:
    if isinstance(data, str):
        return open_dataset(data, roots=Roots((Path.cwd(),)), where=f"data {data!r}")
    return from_arrays(*data) if isinstance(data, tuple) else data


def _rows_of(dataset: Dataset) -> st.SearchStrategy[Row]:
    """Hypothesis shrinks a number by steps, and stays at a row of which the neighbours pass. Beside the position are
    two bytes for each of the first rows, which are hardly ever drawn as 0, but tried as 0 when a failure is shrunk:
    they take that row instead.
    """
    tried = min(TRIED, len(dataset) - 1)

    def row(drawn: tuple[bytes, int]) -> Row:
        pairs, other = drawn
        first = (place for place in range(tried) if not any(pairs[2 * place : 2 * place + 2]))
        position = next(first, other)
        batch = dataset.rows(np.array([position]))
        return Row(str(batch.ids[0]), position, int(batch.labels[0]), batch.inputs[0])

    return st.tuples(st.binary(min_size=2 * tried, max_size=2 * tried), st.integers(0, len(dataset) - 1)).map(row)


def __getattr__(name: str) -> Callable[..., Perturbation]:
    """Every generator by its name: `strategies.fog(severity=3)`."""
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return partial(effect, registry.get(name))
    except UnknownNameError as error:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}: {error}") from None


def _meant(entry: Effect) -> list[Step]:
    """The steps that an entry of `of` stands for. Raises OptionError or UnknownNameError."""
    kinds = get_args(Kind)
    if not isinstance(entry, str) or entry not in kinds:
        try:
            return [_step(entry)]
        except UnknownNameError as error:
            raise UnknownNameError(f"{error}; and the kinds are {', '.join(kinds)}") from None
    members = [one for one in registry.all() if one.kind == entry and _why_not(one) is None]
    found = []
    for member in members:
        try:
            found.append(read(member))
        except OptionError:  # it needs options, and nobody can guess them
            continue
    return found


def _step(entry: Any) -> Step:
    name = next(iter(entry), None) if isinstance(entry, Mapping) else entry
    named = registry.get(name) if isinstance(name, str) else name
    if isinstance(named, Generator) and (reason := _why_not(named)) is not None:
        raise OptionError(reason)
    try:
        return read(entry)
    except ValueError as error:
        raise OptionError(str(error)) from None


def _why_not(generator: Generator) -> str | None:
    """Why a generator cannot be used on images alone, whatever else is at hand."""
    if "rows" in generator.needs:
        return f"{generator.name} needs the rows of a data set; use it in a suite"
    if generator.minimal:
        return f"{generator.name} searches for a level and takes none; name an attack that takes an epsilon"
    missing = [package for package in generator.requires if find_spec(package) is None]
    if missing:
        return f"{generator.name} needs the package {missing[0]}: pip install {generator.requires[missing[0]]!r}"
    return None


def _levels(step: Step, severities: Sequence[float], epsilons: Sequence[float]) -> Sequence[float | None]:
    """The levels that an effect may be drawn at, lowest first. Raises OptionError where there is none."""
    generator = step.generator
    if generator.scale is None or step.level is not None:
        return [step.level]
    lowest, highest = generator.bounds
    wished = {"severity": severities, "epsilon": epsilons}.get(generator.scale, generator.levels)
    found = sorted({float(level) for level in wished if lowest <= level <= highest})
    if not found:
        raise OptionError(
            f"{generator.name} takes `{generator.scale}` from {number_text(lowest)} to {number_text(highest)}; "
            f"none of {list(wished)} is among them"
        )
    return list(found)


def _code(step: Step) -> str:
    """The call that makes a step: its level, and the options that are not as they would be anyway."""
    level = [] if step.level is None else [f"{step.generator.scale}={number_text(step.level)}"]
    options = [f"{name}={_written(value)}" for name, value in _chosen(step).items()]
    return f"{step.generator.name}({', '.join([*level, *options])})"


def _chosen(step: Step) -> dict[str, Any]:
    """The options that are not as they would be anyway."""
    parameters = inspect.signature(step.generator.make).parameters
    return {name: value for name, value in step.options.items() if parameters[name].default != value}


def _written(value: Any) -> str:
    """An option as code; the steps of a chain as in a suite."""
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    if not isinstance(value, Step):
        return repr(value)
    name, inside = value.generator.name, [f"{key!r}: {_written(option)}" for key, option in _chosen(value).items()]
    if value.level is not None:
        inside.insert(0, f"{value.generator.scale!r}: {number_text(value.level)}")
    return f"{{{name!r}: {{{', '.join(inside)}}}}}" if inside else repr(name)
