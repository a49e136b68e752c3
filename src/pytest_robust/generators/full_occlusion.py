"""Pictures on which nothing is to be seen."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import Made, generator
from pytest_robust.generators._colours import uniform_pictures
from pytest_robust.generators._random import Seeds


@generator(
    kind="ambiguity",
    truth="posterior",
    needs=("prior",),
    risk="The lens is covered: the thing is there, unseen, and the best answer is how common each class is.",
)
def full_occlusion(
    images: Images,
    *,
    severity: float,  # noqa: ARG001
    seeds: Seeds,
    prior: NDArray[np.float64],
    shares: Literal["data", "uniform"] = "data",
) -> Made:
    """One colour all over, uniform over all levels of each channel, by the row's seed alone.

    As it does not depend on the picture, it tells nothing of the class: column `posterior` (n, K) float64 is the prior,
    by `shares` that of the `data`, or 1 / K for each class (`uniform`). `images` (n, h, w, c) of any size and number of
    channels; nothing of them is used but their shape. `uniform_colour` is the same picture as input of no class.
    """
    known = prior if shares == "data" else np.full(len(prior), 1 / len(prior))
    return Made(uniform_pictures(images, seeds), {"posterior": np.tile(known, (len(images), 1))})
