"""Dark corners."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._lens import field
from pytest_robust.generators._light import light, shown
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("vignetting", (0.6, 0.9, 1.2, 1.6, 2.2))  # tangent of the angle at which a corner is seen


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    risk="A wide or small lens: the corners of the picture are darker than its middle.",
)
@by_blocks
def vignetting(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """The light times cos^4 of the angle to the axis: 1 / (1 + (k r)^2)^2, r = 1 in the corners, 0 in the middle.

    The cosine-fourth law of natural vignetting, in the linear light of sRGB. `images` (n, h, w, 1 or 3). Raises
    GenerationError for other channels and for severities other than 1 to 5.
    """
    (tangent,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    passed = (1 + np.float32(tangent**2) * field(height, width)) ** -2
    return shown(light(images) * passed[..., None])
