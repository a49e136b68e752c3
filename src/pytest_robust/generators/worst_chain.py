"""Random search for the chain of corruptions that fools the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pytest_robust.carriers import Columns, Images, Predictions
from pytest_robust.generators import Made, generator
from pytest_robust.generators._chain import Chains, Length, Steps, apply_each, derived, drawn, own_level
from pytest_robust.generators._common import COMMON
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._sizes import LEVELS
from pytest_robust.generators._standing import CLEAR, lead, standing

Queries = Annotated[int, Field(ge=1)]


def chain(seeds: Seeds, *, severity: float, told: Columns, of: Steps, length: int, queries: int) -> Chains:  # noqa: ARG001
    """The steps that the search found for each row, by the seeds of the try that they were found in."""
    chosen, tried, own = told["chain"], told["try"], seeds.copy()
    for query in np.unique(tried[tried >= 0]).tolist():
        rows = tried == query
        own[rows] = derived(seeds[rows], query)
    fixed = np.array([own_level(step, np.nan) for step in of])[chosen]
    levels = np.where(np.isnan(fixed), told["severities"], fixed)
    return Chains(of, chosen, np.where(chosen >= 0, levels, 0.0), own)


@generator(
    kind="search",
    scale="severity",
    levels=LEVELS,
    needs=("labels", "queries", "answers"),
    chain=chain,
    risk="Somewhere among all the weather, blur and noise there is a mix that this model cannot stand.",
)
def worst_chain(
    images: Images,
    *,
    severity: float,
    seeds: Seeds,
    labels: NDArray[np.int64],
    ask: Callable[[Images], Predictions],
    answers: NDArray[np.float32],
    of: Steps = COMMON,
    length: Length = 3,
    queries: Queries = 50,
) -> Made:
    """For each row the first chain that fools the model, of `queries` random ones, or else the nearest to it.

    A chain is 1 to `length` different steps of `of`, each at a whole severity from 1 to the cell's (or at a level of
    its own), drawn by the row's own seed. A row that is fooled is not searched on; one that the model answers wrong
    as it is stays as it is. Random search needs no gradients and no assumption, and finds less than an attack would.

    Columns, in the order of `of` counted from 0: `chain` (n, length) int64, -1 after the last step; `severities`
    (n, length) int64, 0 there; `queries` (n,) int64, how many chains were tried; `try` (n,) int64, which of them this
    is, counted from 0, -1 for none.

    `labels` (n,) at least 0, `answers` (n, K); `images` (n, h, w, c) as the steps take them. Raises GenerationError for
    rows without a label, and what the steps raise.
    """
    found = images.copy()
    chains = np.full((len(images), length), -1, np.int64)
    severities = np.zeros((len(images), length), np.int64)
    asked = np.zeros(len(images), np.int64)
    tries = np.full(len(images), -1, np.int64)
    best = np.full(len(images), -np.inf, np.float32)
    rows = standing("worst_chain", labels, answers) if len(images) else np.zeros(0, np.intp)
    for query in range(queries):
        if not len(rows):
            break
        own = derived(seeds[rows], query)
        tried, levels = chance(own, len(of), length, severity)
        made = apply_each(of, tried, images[rows], severities=levels, seeds=own)
        ahead = lead(ask(made), labels[rows])
        asked[rows] += 1
        better = ~(ahead <= best[rows])  # not a number is better too: `finite_outputs` is to see it
        found[rows[better]], best[rows[better]] = made[better], ahead[better]
        chains[rows[better]], severities[rows[better]] = tried[better], levels[better]
        tries[rows[better]] = query
        rows = rows[ahead <= CLEAR]
    return Made(found, {"chain": chains, "severities": severities, "queries": asked, "try": tries})


def chance(seeds: Seeds, many: int, length: int, severity: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each row a chain of random length, and severities from 1 to `severity`: both (n, length)."""
    numbers = uniforms(seeds, (1 + length,), stream=1)
    absent = np.arange(length) > np.floor(numbers[:, :1] * length)
    severities = 1 + np.floor(numbers[:, 1:] * severity)
    return np.where(absent, -1, drawn(seeds, many, length)), np.where(absent, 0, severities).astype(np.int64)
