"""Brownish noise, as in ImageNet-C-bar and CIFAR-10-C-bar."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import truncated, unit
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities
from pytest_robust.generators._spectrum import coloured, distances

SEVERITIES = Severities("brownish_noise", at_32=(2.5, 4, 5.5, 6.5, 7), at_224=(1, 2, 3, 4, 5), smallest=2)


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Blotches of colour: uneven sensors, stains and faded film.",
)
@by_blocks
def brownish_noise(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """x + 6.4 s noise of standard deviation one, another in each channel; x in levels. Mintun et al. 2021.

    The amplitude of the noise at d waves over the side is 1 / (1 + d^2), so that it is broad blotches, and shifts the
    picture as a whole. `images` (n, h, w, 1 or 3), at least 2 x 2 pixels. Raises GenerationError for smaller images,
    other channels and severities other than 1 to 5.
    """
    (level,) = SEVERITIES.of(images, severity)
    height, width, channels = images.shape[1:]
    made, power = unit(images), np.reciprocal(1 + distances(height, width) ** 2)
    chances = uniforms(seeds, (channels, height * width // 2))
    for channel in range(channels):
        made[..., channel] += np.float32(6.4 * level / 255) * coloured(chances[:, channel], power)
    return truncated(made)
