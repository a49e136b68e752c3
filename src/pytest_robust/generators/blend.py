"""Inputs between two classes."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pairs import Pairs
from pytest_robust.generators._pixels import rounded
from pytest_robust.generators._random import Seeds


@generator(
    kind="ambiguity",
    scale="weight",
    levels=(0.5,),
    bounds=(0, 1),
    truth="parents",
    needs=("partner",),
    risk="Input that could be either of two things: overlap, reflections, transitions, bad handwriting.",
)
def blend(
    images: Images,
    *,
    severity: float,
    seeds: Seeds,  # noqa: ARG001
    partner: Images,
    pairs: Pairs = "random",  # noqa: ARG001
) -> Images:
    """weight x + (1 - weight) partner, rounded half up. Weight 1 gives `images`, weight 0 gives `partner`.

    `images` and `partner` have one shape, of any size and number of channels. For `pairs` see `_pairs.Pairs`.
    """
    return rounded(images * np.float32(severity) + partner * np.float32(1 - severity))
