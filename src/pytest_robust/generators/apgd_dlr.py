"""Auto-PGD on the difference of logits ratio, which no scaling of the logits hides."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import Made, generator
from pytest_robust.generators._apgd import untargeted
from pytest_robust.generators._attempts import attempt_all
from pytest_robust.generators._balls import Norm
from pytest_robust.generators._losses import dlr
from pytest_robust.generators._options import Count
from pytest_robust.generators._random import Seeds, row_generators


@generator(
    kind="attack",
    scale="epsilon",
    bounds=(0, float("inf")),
    needs=("labels", "gradients", "answers"),
    risk="Someone who knows the model and alters its input with the best tools that there are.",
)
def apgd_dlr(
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
    """Auto-PGD (Croce & Hein 2020) on the difference of logits ratio (max of the others - label) / (first - third).

    With two classes there is no third logit, and the difference alone is raised. All else is as for `apgd_ce`.
    """
    streams = list(row_generators(seeds))
    return attempt_all(
        [untargeted(dlr, streams, steps=steps, averaged=averaged)] * restarts,
        images,
        attack="apgd_dlr",
        norm=norm,
        severity=severity,
        labels=labels,
        answers=answers,
        model=model,
    )
