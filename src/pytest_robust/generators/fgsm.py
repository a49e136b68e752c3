"""The fast gradient sign method: one step along the gradient, as far as epsilon allows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import Made, generator
from pytest_robust.generators._ascent import climb
from pytest_robust.generators._attempts import Field, Reached, attempt_all
from pytest_robust.generators._balls import Norm
from pytest_robust.generators._random import Seeds


@generator(
    kind="attack",
    scale="epsilon",
    bounds=(0, float("inf")),
    needs=("labels", "gradients", "answers"),
    risk="Someone who knows the model and alters its input with the least effort.",
)
def fgsm(
    images: Images,
    *,
    severity: float,
    seeds: Seeds,  # noqa: ARG001
    labels: NDArray[np.int64],
    answers: NDArray[np.float32],
    model: Any,
    norm: Norm = "linf",
) -> Made:
    """x + epsilon direction of the gradient of the cross-entropy, by Goodfellow et al. 2015: sign(gradient) for `linf`,
    gradient / |gradient| for `l2`. A weak attack: who withstands it has not withstood much.

    For `severity`, the images made, column `vanished` and what is refused see `pgd`.
    """

    def once(field: Field) -> Reached:
        import torch

        return climb(field, torch.zeros_like(field.clean), steps=1, step=field.ball.radius)

    return attempt_all(
        [once],
        images,
        attack="fgsm",
        norm=norm,
        severity=severity,
        labels=labels,
        answers=answers,
        model=model,
    )
