"""Straight lines that a lens bends."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._lens import field, offsets
from pytest_robust.generators._pixels import Floats
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("lens_distortion", (0.1, 0.2, 0.35, 0.55, 0.8))  # first radial coefficient


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    moves=True,
    risk="A wide or zoom lens that nobody calibrated: straight edges bulge or cave in.",
)
@by_blocks
def lens_distortion(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """The point at radius r shows what was at r (1 + k r^2) / scale; r = 1 in the corners. Brown 1966, first term.

    By the row's seed it is barrel (k > 0) or pincushion (k < 0), and k is U(0.8, 1.2) of the severity's; pincushion has
    a third of it, as it would fold otherwise. The scale fills the picture: corners stay in a barrel, the middle of the
    nearest edge in a pincushion. Linear between pixels. `images` (n, h, w, 1 or 3). Raises GenerationError for other
    channels and for severities other than 1 to 5.
    """
    import cv2

    (strength,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    made = np.empty(images.shape, np.uint8)
    for (way, share), image, place in zip(uniforms(seeds, (2,)).tolist(), images, made, strict=True):
        k = strength * (1 if way < 0.5 else -1 / 3) * (0.8 + 0.4 * share)
        x, y = sources(height, width, k)
        warped = cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        place[...] = warped.reshape(place.shape)
    return made


def sources(height: int, width: int, k: float) -> tuple[Floats, Floats]:
    """Where each pixel comes from, x and y, (h, w) each."""
    below, right = offsets(height, width)
    fixed = 1 if k > 0 else min(height, width) ** 2 / (height**2 + width**2)
    factor = (1 + np.float32(k) * field(height, width)) / np.float32(1 + k * fixed)
    return right * factor + np.float32((width - 1) / 2), below * factor + np.float32((height - 1) / 2)
