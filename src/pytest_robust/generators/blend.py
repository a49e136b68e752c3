"""Inputs between two classes."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import rounded
from pytest_robust.generators._random import Seeds


def way_to_pair(wish: Any) -> Any:
    """`random`, `confusable`, or two classes by name or number; raises ValueError for anything else."""
    if wish in ("random", "confusable"):
        return wish
    if isinstance(wish, list) and len(wish) == 2 and all(type(name) in (str, int) for name in wish):
        return wish
    raise ValueError(f"{wish!r} is not a way to pair; write random, confusable, or two classes such as [3, 8]")


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
    pairs: Annotated[Any, AfterValidator(way_to_pair)] = "random",  # noqa: ARG001
) -> Images:
    """weight x + (1 - weight) partner, rounded half up. Weight 1 gives `images`, weight 0 gives `partner`.

    `images` and `partner` have one shape. The two parents of a row are of different classes. Which, is said by `pairs`
    and carried out by the engine, which passes the partners: `random`, `confusable` (classes that the model mixes up
    most when it is asked about the clean rows), or a list of two classes, by name or number.
    """
    return rounded(images * np.float32(severity) + partner * np.float32(1 - severity))
