"""Projected gradient descent, the standard first-order attack."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import Made, generator
from pytest_robust.generators._ascent import climb
from pytest_robust.generators._attempts import Field, Reached, attempt_all
from pytest_robust.generators._balls import Linf, Norm
from pytest_robust.generators._options import Count, Positive
from pytest_robust.generators._random import Seeds, row_generators


@generator(
    kind="attack",
    scale="epsilon",
    bounds=(0, float("inf")),
    needs=("labels", "gradients", "answers"),
    risk="Someone who knows the model and alters its input, so slightly that nobody sees it.",
)
def pgd(
    images: Images,
    *,
    severity: float,
    seeds: Seeds,
    labels: NDArray[np.int64],
    answers: NDArray[np.float32],
    model: Any,
    norm: Norm = "linf",
    steps: Count = 20,
    restarts: Count = 1,
    step_size: Positive | None = None,
    random_start: bool = False,
    averaged: Count = 1,
) -> Made:
    """Ascent of the cross-entropy within a ball around the image, by Madry et al. 2018.

    x <- project(x + step direction), with direction sign(gradient) for `linf` and gradient / |gradient| for `l2`.
    `severity` is epsilon, the radius of the ball, in pixels between 0 and 1 (8/255); so is `step_size`, epsilon / 4 for
    `linf` and 2.5 epsilon / steps for `l2` where absent. The first of `restarts` starts at the image unless
    `random_start`, all others anywhere in the ball. For a model that answers by chance, `averaged` is over how many
    passes each gradient is averaged.

    The result is again an 8-bit image, within epsilon; an L-infinity epsilon is therefore rounded down to whole levels.
    A row is finished as soon as its 8-bit image is answered wrong; a row that is wrong to begin with stays as it is.
    Column `vanished` (n,) bool: the row stands, and its gradient was 0 everywhere, or not finite, at some step.
    `images` (n, h, w, c), `labels` (n,) at least 0, `answers` (n, K), `model` an `adapters.Differentiable`. Raises
    GenerationError for an epsilon between 0 and 1/255, rows without a label, and a model whose answer has no gradient.
    """
    streams = list(row_generators(seeds))

    def once(field: Field, *, anywhere: bool) -> Reached:
        import torch

        radius = field.ball.radius
        step = radius / 4 if isinstance(field.ball, Linf) else 2.5 * radius / steps
        start = field.anywhere(streams) if anywhere else torch.zeros_like(field.clean)
        if step_size is not None:
            step = step_size * 255
        return climb(field, start, steps=steps, step=step, averaged=averaged)

    return attempt_all(
        [partial(once, anywhere=random_start or restart > 0) for restart in range(restarts)],
        images,
        attack="pgd",
        norm=norm,
        severity=severity,
        labels=labels,
        answers=answers,
        model=model,
    )
