"""A ladder on which a picture melts."""

from __future__ import annotations

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._frequencies import smoothed
from pytest_robust.generators._pixels import rounded
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("blur_ladder", (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 2))  # sigma, as a share of the side


@generator(
    kind="ambiguity",
    scale="severity",
    levels=LEVELS,
    truth="order",
    risk="Ever less in focus, until nobody can tell what it is: doubt must grow with it.",
)
def blur_ladder(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """Convolution with a Gaussian of sigma = side / 64, / 32, / 16, / 8, / 2, the shorter side; edges are mirrored.

    Every wave is weaker on each rung than on the one before: nothing comes back. On rung 1 the finest detail is soft,
    on rung 5 about the mean colour is left. Rounded half up. `images` (n, h, w, 1 or 3). Raises GenerationError for
    other channels and for severities other than 1 to 5.
    """
    (share,) = SEVERITIES.of(images, severity)
    return rounded(smoothed(images, share * min(images.shape[1:3])))
