"""Bands of lamps that flicker with the mains."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._light import light, shown
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("flicker_banding", (0.2, 0.35, 0.5, 0.7, 0.9))  # depth of the modulation


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    risk="A short exposure under lamps on alternating current: bright and dark bands across the picture.",
)
@by_blocks
def flicker_banding(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """The light of row y times 1 + m sin(2 pi f t + phase), t = (y + 1/2) / h, in the linear light of sRGB.

    A sensor is read row by row while the lamp brightens and dims. By the row's seed: f is U(2, 6) bands a picture, and
    the phase is anything. `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities
    other than 1 to 5.
    """
    (depth,) = SEVERITIES.of(images, severity)
    time = (np.arange(images.shape[1]) + 0.5) / images.shape[1]
    chance = uniforms(seeds, (2,)).astype(np.float64)
    bands, phase = 2 + 4 * chance[:, :1], 2 * np.pi * chance[:, 1:]
    lamp = 1 + depth * np.sin(2 * np.pi * bands * time + phase)
    return shown(light(images) * lamp.astype(np.float32)[:, :, None, None])
