"""Colour fringes of a lens."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "chromatic_aberration",
    at_32=(0.3, 0.6, 0.9, 1.2, 1.6),
    at_224=(1.5, 3, 4.5, 6, 8),
    lengths=(0,),
    channels=(3,),
)  # pixels by which red and blue are off at the edge of the picture


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    risk="A cheap or wide lens: red and blue are magnified differently, and edges have coloured fringes.",
)
@by_blocks
def chromatic_aberration(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """Red scaled by 1 + d / r about the middle and blue by 1 - d / r, r half the shorter side; green stays.

    So red is d pixels too far out at the nearest edge, and blue d pixels too far in. Linear between pixels, edges
    repeated. `images` (n, h, w, 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    import cv2

    (distance,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    stretch = distance / (min(height, width) / 2)
    maps = {channel: magnifier(height, width, 1 + sign * stretch) for channel, sign in ((0, 1), (2, -1))}
    made = np.array(images, order="C")
    for image in made:
        for channel, matrix in maps.items():
            image[..., channel] = cv2.warpAffine(
                image[..., channel],
                matrix,
                (width, height),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )
    return made


def magnifier(height: int, width: int, factor: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """The affine map (2, 3) from a place in the magnified picture to its source; the middle stays."""
    x, y = (width - 1) / 2, (height - 1) / 2
    return np.array([[1 / factor, 0, x - x / factor], [0, 1 / factor, y - y / factor]])
