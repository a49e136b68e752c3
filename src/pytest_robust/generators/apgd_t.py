"""Auto-PGD towards one wrong class after another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import Made, generator
from pytest_robust.generators._apgd import targeted
from pytest_robust.generators._attempts import attempt_all
from pytest_robust.generators._balls import Norm
from pytest_robust.generators._options import Count
from pytest_robust.generators._random import Seeds, row_generators


@generator(
    kind="attack",
    scale="epsilon",
    bounds=(0, float("inf")),
    needs=("labels", "gradients", "answers"),
    risk="Someone who knows the model and wants it to see one thing for another.",
)
def apgd_t(
    images: Images,
    *,
    severity: float,
    seeds: Seeds,
    labels: NDArray[np.int64],
    answers: NDArray[np.float32],
    model: Any,
    norm: Norm = "linf",
    steps: Count = 100,
    targets: Count = 9,
    restarts: Count = 1,
    averaged: Count = 1,
) -> Made:
    """Auto-PGD (Croce & Hein 2020) on the targeted difference of logits ratio, towards `targets` classes in turn.

    It raises (target - label) / (first - (third + fourth) / 2), in logits, for the wrong class that is the likeliest
    when clean, then for the next on the rows that stand. With fewer than 10 classes there are as many targets as wrong
    classes; with three, the third stands for the fourth as well; with two, the difference alone is raised. A row that
    stands gets the image that came nearest to fooling the model. All else is as for `apgd_ce`.
    """
    streams = list(row_generators(seeds))
    return attempt_all(
        targeted(answers, streams, targets=targets, steps=steps, averaged=averaged) * restarts,
        images,
        attack="apgd_t",
        norm=norm,
        severity=severity,
        labels=labels,
        answers=answers,
        model=model,
    )
