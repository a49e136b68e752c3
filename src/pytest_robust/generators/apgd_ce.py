"""Auto-PGD on the cross-entropy: the strongest attack with a single aim."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import Made, generator
from pytest_robust.generators._apgd import untargeted
from pytest_robust.generators._attempts import attempt_all
from pytest_robust.generators._balls import Norm
from pytest_robust.generators._losses import rise
from pytest_robust.generators._options import Count
from pytest_robust.generators._random import Seeds, row_generators


@generator(
    kind="attack",
    scale="epsilon",
    bounds=(0, float("inf")),
    needs=("labels", "gradients", "answers"),
    risk="Someone who knows the model and alters its input with the best tools that there are.",
)
def apgd_ce(
    images: Images,
    *,
    severity: float,
    seeds: Seeds,
    labels: NDArray[np.int64],
    answers: NDArray[np.float32],
    model: Any,
    norm: Norm = "linf",
    steps: Count = 100,
    restarts: Count = 1,
    averaged: Count = 1,
) -> Made:
    """Auto-PGD (Croce & Hein 2020) on the cross-entropy, from anywhere in the ball.

    Steps of 2 epsilon with momentum 0.75, halved at checkpoints where fewer than 75 % of the steps raised the loss, or
    where neither the best loss nor the step changed since the checkpoint before; it then goes on from the best image.
    The logarithm of the odds against the label is raised in place of the cross-entropy: it has the same order and the
    same directions, so the path is the same, and does not vanish where the model is very sure. `averaged` passes are
    averaged for each gradient, 20 in the published version for models that answer by chance.

    For `severity`, the images made, column `vanished` and what is refused see `pgd`. A row that stands gets the image
    of the highest loss.
    """
    streams = list(row_generators(seeds))
    return attempt_all(
        [untargeted(rise, streams, steps=steps, averaged=averaged)] * restarts,
        images,
        attack="apgd_ce",
        norm=norm,
        severity=severity,
        labels=labels,
        answers=answers,
        model=model,
    )
