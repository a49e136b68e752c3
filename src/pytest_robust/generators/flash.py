"""The camera's own flash."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._lens import field, offsets
from pytest_robust.generators._light import light, shown
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("flash", (0.6, 1.2, 2.2, 4, 7))  # flash in the middle, as a multiple of the light there was

GLARE = 0.12
"""The glare: its sigma as a share of the shorter side, and its light as a share of the flash's."""


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    risk="A flash or a headlamp beside the lens: a burnt-out middle, dark corners and glare on whatever shines.",
)
@by_blocks
def flash(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """decode(x) (1 + a cos^3) + 0.12 a glare, clipped: a wall lit by a lamp beside the lens, and its reflection.

    The irradiance of a plane by a point falls as the cosine^3 of the angle to the axis, which is 45 degrees in the
    corners. The glare is Gaussian, near the middle, its place by the row's seed. No depth is known, so near things are
    not lit more than far ones (those of 3DCC, Kar et al. 2022, are). In the linear light of sRGB. `images`
    (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (power,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    side = min(height, width)
    below, right = offsets(height, width)
    seen = light(images)
    seen *= (1 + np.float32(power) * (1 + field(height, width)) ** -1.5)[..., None]
    for row, (y, x) in zip(seen, (uniforms(seeds, (2,)) / 2 - np.float32(0.25)) * side, strict=True):
        distance = (below - y) ** 2 + (right - x) ** 2
        row += (np.float32(GLARE * power) * np.exp(distance / np.float32(-2 * (GLARE * side) ** 2)))[..., None]
    return shown(seen)
