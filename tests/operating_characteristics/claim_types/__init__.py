"""Every claim type whose errors are measured, one file a member: how a simulated model's rows fall, and who judges.

To add one, copy a neighbour: whatever a module of this folder names in `CLAIM_TYPES` is simulated, tested and printed.
Then `python benchmarks/operating_characteristics.py NAME` measures it; its lines belong into docs/statistics.md.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

import numpy as np

from pytest_robust.statistics import Decision, Levels


class Draw(Protocol):
    """Draws what a simulated model whose true value is `truth` answers to `rows` independent images, at random.

    Whatever it returns, `Judge` understands: often values (rows,), in the order drawn.
    """

    def __call__(self, rng: np.random.Generator, truth: float, rows: int, /) -> Any: ...


class Judge(Protocol):
    """Judges the claim on the first `seen` rows drawn, as the property does; `final` says that no more will come."""

    def __call__(self, sample: Any, seen: int, levels: Levels, /, *, final: bool) -> Decision: ...


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What it costs to prove the claim of a model whose true value is `truth`, each test with an alpha of 0.05."""

    truth: float
    rows: tuple[int, int]
    """How many the test at the end needs for a power of 80 % and of 95 %."""
    stops: tuple[int, int, int] | None = None
    """Within how many the e-process has stopped for 50, 80 and 95 % of the models."""
    measured: bool = True
    """Whether the benchmark measured these; else they are published figures that are to be reached."""


@dataclass(frozen=True, kw_only=True)
class ClaimType:
    """A claim, the models that it is tried on, and what is known of its cost."""

    name: str
    claim: str
    """As a suite says it."""
    threshold: float
    """The true value at which the claim just holds, so that FAIL is an error; below it by nothing, so is PASS."""
    rows: int
    """How many rows a model is judged on where errors are counted."""
    truths: tuple[float, float]
    """The lowest and the highest true value that `draw` can give a model."""
    draw: Draw
    decide: Judge
    costs: tuple[Cost, ...] = ()
    """The first one is the difference that a reader would plan for."""
    few: int = 60
    """How many models continuous integration has time for; of 30, an error above 37 % is seen, of 60 above 27 %."""


def all_claim_types() -> tuple[ClaimType, ...]:
    """Those of every module of this folder, by its name."""
    modules = sorted(found.name for found in pkgutil.iter_modules(__path__))
    return tuple(member for name in modules for member in import_module(f"{__name__}.{name}").CLAIM_TYPES)
