"""A sine wave, as in ImageNet-C-bar."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import truncated, unit
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("single_frequency_greyscale", at_32=(0.6, 0.9, 1.2, 2.7, 3), at_224=(1, 1.5, 2, 4.5, 5))


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Moire and electrical interference: one regular wave over the whole picture.",
)
@by_blocks
def single_frequency_greyscale(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """x + 19.6 s sin(f . place + phase), the same in all channels; x in levels. Mintun et al. 2021.

    One frequency is U(-pi, pi) a pixel, the other U(-1, 1) times it; which is which axis is by chance; the phase is
    U(0, 2 pi). `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than
    1 to 5.
    """
    (level,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    high, low, phase, swapped = (uniforms(seeds, (4,)) * (2, 2, 1, 1) - (1, 1, 0, 0)).T[:, :, None]
    high = high * np.pi
    low = low * high
    down, along = np.where(swapped < 0.5, (high, low), (low, high))
    rows, columns = down * np.arange(height) + 2 * np.pi * phase, along * np.arange(width)
    # The sine of a sum is a sum of products of sines: two of a row and two of a column instead of one of each pixel.
    (sin_y, cos_y), (sin_x, cos_x) = (
        (np.sin(angles).astype(np.float32), np.cos(angles).astype(np.float32)) for angles in (rows, columns)
    )
    waves = sin_y[:, :, None] * cos_x[:, None] + cos_y[:, :, None] * sin_x[:, None]
    made = unit(images)
    made += (waves * np.float32(19.6 * level / 255))[..., None]
    return truncated(made)
