"""Pictures of which one part shows one thing and the rest another."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import Made, generator
from pytest_robust.generators._pairs import Pairs
from pytest_robust.generators._random import Seeds, row_generators

LEFT, TOP, RIGHT, BOTTOM = range(4)
"""Where the first parent lies. Opposite sides are 2 apart."""


@generator(
    kind="ambiguity",
    scale="weight",
    levels=(0.5,),
    bounds=(0, 1),
    truth="parents",
    needs=("partner",),
    tells=("side",),
    risk="Two things in one frame, each of them cut: a split screen, a bad crop, an object behind an edge.",
)
def chimera(
    images: Images,
    *,
    severity: float,
    seeds: Seeds,
    partner: Images,
    pairs: Pairs = "random",  # noqa: ARG001
) -> Made:
    """The first parent on one side of a straight seam, the partner on the other; weight is the share of the first.

    On which side the first lies is drawn by the row's seed: column `side` (n,) int64 is 0 for left, 1 top, 2 right and
    3 bottom, so that it can be asserted that sides do not matter. The seam falls on the nearest whole pixel, so that
    the parents exchanged, on opposite sides, with weight 1 - w, give the same picture. `images` and `partner` have one
    shape, of any size and number of channels. For `pairs` see `_pairs.Pairs`.
    """
    sides = np.array([rng.integers(4) for rng in row_generators(seeds)], dtype=np.int64)
    made = np.array(partner, order="C")
    for image, side, place in zip(images, sides.tolist(), made, strict=True):
        turned, source = (place, image) if side in (TOP, BOTTOM) else (place.swapaxes(0, 1), image.swapaxes(0, 1))
        share = severity if side in (LEFT, TOP) else 1 - severity
        seam = int(np.floor(share * len(turned) + 0.5))
        own = slice(None, seam) if side in (LEFT, TOP) else slice(seam, None)
        turned[own] = source[own]
    return Made(made, {"side": sides})
