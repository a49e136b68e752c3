"""Auto-PGD on two losses, then Square, each on what the one before left standing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import Made, generator
from pytest_robust.generators._apgd import targeted, untargeted
from pytest_robust.generators._attempts import Field, Reached, as_images, as_levels, attempt_all
from pytest_robust.generators._balls import Norm
from pytest_robust.generators._losses import dlr, rise
from pytest_robust.generators._options import Count
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._square import search
from pytest_robust.generators._standing import CLEAR, Ask, lead


@dataclass(frozen=True)
class Budget:
    """What a profile spends on a row at most."""

    steps: int
    targets: int
    probes: int
    """Queries of Square on every row."""
    queries: int
    """Queries of Square on rows whose gradients may mislead."""


PROFILES = {
    "standard": Budget(steps=100, targets=9, probes=250, queries=5000),
    "quick": Budget(steps=30, targets=3, probes=100, queries=1000),
}


@generator(
    kind="attack",
    scale="epsilon",
    bounds=(0, float("inf")),
    needs=("labels", "gradients", "answers", "queries"),
    risk="Someone who knows the model and tries every known way to make it err.",
)
def apgd_ensemble(
    images: Images,
    *,
    severity: float,
    seeds: Seeds,
    labels: NDArray[np.int64],
    answers: NDArray[np.float32],
    model: Any,
    ask: Ask,
    norm: Norm = "linf",
    profile: Literal["standard", "quick"] = "standard",
    averaged: Count = 1,
) -> Made:
    """`apgd_ce`, then `apgd_t`, then Square, each on the rows that still stand: as strong as AutoAttack (Croce & Hein
    2020), at a part of its cost, as a row is left alone the moment it is fooled.

    The `standard` profile takes 100 steps for each of 10 losses (cross-entropy, and the targeted difference of logits
    ratio towards 9 classes), then asks 250 queries of Square. Where those came nearer to fooling the model than all
    gradients did, or a gradient vanished, gradients mislead, and Square asks 5,000 more. `quick` has 30 steps, 3
    targets, 100 queries and 1,000 more. With `averaged` above 1, for models that answer by chance, it is the published
    version for those: `apgd_ce` and `apgd_dlr`, so many passes averaged for each gradient (20 as published).

    For `severity`, the images made, column `vanished` and what is refused see `pgd`. `ask` is as for `square`.
    """
    budget, streams = PROFILES[profile], list(row_generators(seeds))

    def square(field: Field) -> Reached:
        import torch

        clean, numbers, right = as_images(field.clean), seeds[field.rows], labels[field.rows]
        radius = field.ball.radius
        found, leads = by_asking(clean, numbers, right, ask, norm=norm, radius=radius, queries=budget.probes)
        misled = np.flatnonzero((leads <= CLEAR) & (field.vanished | (leads > field.nearest)))
        if len(misled):
            found[misled], leads[misled] = by_asking(
                clean[misled], numbers[misled], right[misled], ask, norm=norm, radius=radius, queries=budget.queries
            )
        told = torch.from_numpy(leads).to(field.clean)
        return Reached(as_levels(found).to(field.clean), told, told > CLEAR, torch.zeros_like(told, dtype=torch.bool))

    away = [untargeted(loss, streams, steps=budget.steps, averaged=averaged) for loss in (rise, dlr)]
    towards = targeted(answers, streams, targets=budget.targets, steps=budget.steps, averaged=1)
    return attempt_all(
        away if averaged > 1 else [away[0], *towards, square],
        images,
        attack="apgd_ensemble",
        norm=norm,
        severity=severity,
        labels=labels,
        answers=answers,
        model=model,
    )


def by_asking(
    clean: Images,
    seeds: Seeds,
    labels: NDArray[np.int64],
    ask: Ask,
    *,
    norm: Norm,
    radius: float,
    queries: int,
) -> tuple[Images, NDArray[np.float32]]:
    """The images that Square ends with on n rows, and how near to being fooled they are, see `_standing.lead`."""
    nearest = np.full(len(clean), -np.inf, np.float32)

    def margin(tried: Images, asked: NDArray[np.intp]) -> NDArray[np.float32]:
        told = lead(ask(tried), labels[asked])
        nearest[asked] = np.fmax(nearest[asked], told)
        return told - np.float32(CLEAR)

    found, _ = search(clean, seeds, margin, norm=norm, radius=radius, queries=queries)
    return found, nearest
