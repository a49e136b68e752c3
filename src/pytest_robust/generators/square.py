"""Square, the standard attack that only asks."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pytest_robust.carriers import Images
from pytest_robust.generators import Made, generator
from pytest_robust.generators._balls import Norm, ball
from pytest_robust.generators._options import Count
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._square import search
from pytest_robust.generators._standing import CLEAR, Ask, lead, standing


@generator(
    kind="attack",
    scale="epsilon",
    bounds=(0, float("inf")),
    needs=("labels", "queries", "answers"),
    risk="Someone who can send images, sees how sure the model is, and alters them until it errs.",
)
def square(
    images: Images,
    *,
    severity: float,
    seeds: Seeds,
    labels: NDArray[np.int64],
    ask: Ask,
    answers: NDArray[np.float32],
    norm: Norm = "linf",
    queries: Count = 5000,
    p_init: Annotated[float, Field(gt=0, le=1)] = 0.8,
) -> Made:
    """Random search for squares that bring the model nearest to an error, by Andriushchenko et al. 2020.

    Starts at vertical stripes (`linf`) or a grid of bumps (`l2`); then changes a random square and keeps it where the
    best other class gains on the label, in logits, or in logarithms of probabilities where the model tells no logits.
    `severity` is epsilon, in pixels between 0 and 1 (8/255). `queries` is how many images a row may ask about. `p_init`
    is the share of the image that the square covers at first; it shrinks as the queries are used up.

    The result is an 8-bit image within epsilon; an L-infinity epsilon is rounded down to whole levels. A row is
    finished as soon as it fools; one that is wrong to begin with stays as it is. Needs no gradient, and so tells
    whether an attack that follows gradients was led astray. Column `queries` (n,) int64: how many images it asked
    about. `images` (n, h, w, c), `labels` (n,) at least 0, `answers` (n, K).
    Raises GenerationError for an epsilon between 0 and 1/255, and for rows without a label.
    """
    made, asked = images.copy(), np.zeros(len(images), np.int64)
    if severity == 0 or not len(images):
        return Made(made, {"queries": asked})
    rows = standing("square", labels, answers)

    def margin(tried: Images, numbers: NDArray[np.intp]) -> NDArray[np.float32]:
        asked[rows[numbers]] += 1
        return lead(ask(tried), labels[rows[numbers]]) - CLEAR

    made[rows], _ = search(
        images[rows],
        seeds[rows],
        margin,
        norm=norm,
        radius=ball("square", norm, severity).radius,
        queries=queries,
        share=p_init,
    )
    return Made(made, {"queries": asked})
