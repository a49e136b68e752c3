"""Objects that are not in the middle."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("translation", (0.03, 0.06, 0.1, 0.15, 0.2))  # share of the shorter side


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    moves=True,
    risk="An object that is not in the middle of the picture: a loose box, a moved camera.",
)
@by_blocks
def translation(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """Moved by a share s of the shorter side, at least one pixel, in a direction by the row's seed.

    Both coordinates of the way are rounded to whole pixels, so that nothing is blurred. What comes into the picture is
    mirrored at its edge. `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other
    than 1 to 5.
    """
    (share,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    length = max(share * min(height, width), 1)
    angles = 2 * np.pi * uniforms(seeds, (1,))[:, 0].astype(np.float64)
    made = np.empty(images.shape, np.uint8)
    for angle, image, place in zip(angles, images, made, strict=True):
        down, right = round(length * np.sin(angle)), round(length * np.cos(angle))
        place[...] = image[mirrored(height, down)[:, None], mirrored(width, right)]
    return made


def mirrored(side: int, moved: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Which pixel of a side shows at each place when the side is moved, mirrored at its ends.

    >>> mirrored(5, 2).tolist()
    [1, 0, 0, 1, 2]
    """
    places = (np.arange(side) - moved) % (2 * side)
    return np.minimum(places, 2 * side - 1 - places)
