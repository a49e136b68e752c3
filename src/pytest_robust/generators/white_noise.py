"""Noise without structure."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds, uniforms


@generator(
    kind="outlier",
    truth="unfamiliar",
    risk="A dead signal: an unplugged camera, a broken decoder, memory that was never written.",
)
def white_noise(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """Every value uniform over the levels 0 to 255, independent of all others.

    `images` (n, h, w, c) of any size and number of channels; nothing of them is used but their shape.
    """
    return (uniforms(seeds, images.shape[1:]) * np.float32(256)).astype(np.uint8)
