"""Inputs between two classes."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import rounded
from pytest_robust.generators._random import Seeds

Pairs = Literal["random", "confusable"] | Annotated[list[str | int], Field(min_length=2, max_length=2)]


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

    `images` and `partner` have one shape. The two parents of a row are of different classes. Which, is said by `pairs`
    and carried out by the engine, which passes the partners: `random`, `confusable` (classes that the model mixes up
    most when it is asked about the clean rows), or a list of two classes, by name or number.
    """
    return rounded(images * np.float32(severity) + partner * np.float32(1 - severity))
