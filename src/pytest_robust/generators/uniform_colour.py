"""Blank frames."""

from __future__ import annotations

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._colours import uniform_pictures
from pytest_robust.generators._random import Seeds


@generator(
    kind="outlier",
    truth="unfamiliar",
    risk="A blank frame: a cap on the lens, a test screen, a sensor in saturation.",
)
def uniform_colour(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """One colour all over, uniform over all levels of each channel, by the row's seed.

    `images` (n, h, w, c) of any size and number of channels; nothing of them is used but their shape. `full_occlusion`
    is the same picture as one of a thing that is hidden.
    """
    return uniform_pictures(images, seeds)
