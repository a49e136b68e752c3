"""Objects nearer or farther than in training."""

from __future__ import annotations

from itertools import repeat
from typing import Literal

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._names import with_option
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities
from pytest_robust.generators._warp import linear, warp

SEVERITIES = Severities("scaling", (1.1, 1.2, 1.35, 1.5, 1.75))  # factor


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    label=with_option("scaling", "seems"),
    moves=True,
    risk="An object nearer to the camera or farther from it than in training, or another lens.",
)
@by_blocks
def scaling(
    images: Images,
    *,
    severity: float,
    seeds: Seeds,  # noqa: ARG001
    seems: Literal["farther", "nearer"] = "farther",
) -> Images:
    """Reduced (`farther`) or enlarged (`nearer`) about the middle by a factor f, linear between pixels.

    What lies around the picture is not known: where it is reduced, it is mirrored at its edges. `images`
    (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (factor,) = SEVERITIES.of(images, severity)
    size = factor if seems == "nearer" else 1 / factor
    return warp(images, repeat(linear(size, 0, 0, size), len(images)))
