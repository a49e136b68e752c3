"""Few bits for a channel."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("color_quantization", (5, 4, 3, 2, 1))  # bits


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    risk="A cheap converter, a palette or a narrow link: smooth surfaces break into bands.",
)
def color_quantization(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """Each value keeps its highest 5, 4, 3, 2 or 1 bits; the others become 0. 3DCC, Kar et al. 2022 (`color_quant`).

    As the low bits are dropped, the picture is darker. `images` (n, h, w, 1 or 3). Raises GenerationError for other
    channels and for severities other than 1 to 5.
    """
    (bits,) = SEVERITIES.of(images, severity)
    kept = 0xFF << (8 - round(bits)) & 0xFF
    return np.bitwise_and(images, np.uint8(kept), order="C")
