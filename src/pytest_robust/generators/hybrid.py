"""Pictures that are one thing from afar and another from near."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._frequencies import sigma_of, smoothed
from pytest_robust.generators._pairs import Pairs
from pytest_robust.generators._pixels import rounded
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LARGE, SMALL

CYCLES = (4, 8)
"""Cut-off in cycles a side, at 32 and at 224 pixels; linear in the logarithm of the side between, constant outside."""


@generator(
    kind="ambiguity",
    truth="parents",
    needs=("partner",),
    risk="Coarse shape and fine texture that contradict each other: camouflage, prints, one thing painted on another.",
)
def hybrid(
    images: Images,
    *,
    severity: float,  # noqa: ARG001
    seeds: Seeds,  # noqa: ARG001
    partner: Images,
    pairs: Pairs = "random",  # noqa: ARG001
    cycles: Annotated[float, Field(gt=0)] | None = None,
) -> Images:
    """Low frequencies of the first parent, high ones of the partner: G x + (1 - G) partner. Oliva et al. 2006.

    G is a Gaussian filter, edges mirrored, that halves waves of `cycles` cycles along the shorter side (at most half as
    many as it has pixels); 4 at 32 pixels and 8 at 224, by the side, unless given. One filter for both parents, so that
    a parent with itself is itself; the paper has two, and cut-offs by eye. Rounded half up, cut at 0 and 255. `images`
    and `partner` have one shape, of any size and number of channels. For `pairs` see `_pairs.Pairs`.
    """
    side = min(images.shape[1:3])
    by_side = float(np.interp(np.log(side), np.log((SMALL, LARGE)), CYCLES))
    difference = images.astype(np.float64) - partner
    return rounded(partner + smoothed(difference, sigma_of(min((cycles or by_side) / side, 0.5))))
