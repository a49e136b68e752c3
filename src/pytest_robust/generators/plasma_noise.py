"""Plasma, as in ImageNet-C-bar."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import Floats, truncated, unit
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("plasma_noise", at_32=(2.1, 4.2, 5.6, 6.3, 7), at_224=(4.75, 7, 8.5, 9.25, 10))


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Coloured light on the scene: stage lights, screens and projections.",
)
@by_blocks
def plasma_noise(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """(1 - a) x + 255 a plasma, a = 6.4 s / 255, another plasma in each channel; x in levels. Mintun et al. 2021.

    The plasma is made of sines of places that 4 to 6 rounds of sines have moved, each finer than the one before. A grey
    picture gets the green one's. `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for
    severities other than 1 to 5.
    """
    (level,) = SEVERITIES.of(images, severity)
    height, width, channels = images.shape[1:]
    strength = np.float32(6.4 * level / 255)
    made = unit(images)
    made *= 1 - strength
    for rng, row in zip(row_generators(seeds), made, strict=True):
        time, sharpness = rng.uniform(0, 6 * np.pi), rng.uniform(0.5, 1)
        scale = rng.uniform(0.075, 0.2) * min(height, width)
        planes = plasma(height, width, time, int(rng.integers(4, 7)), sharpness, scale)
        for channel, plane in enumerate(planes if channels == 3 else planes[1:2]):
            row[..., channel] += strength * plane
    return truncated(made)


def plasma(height: int, width: int, time: float, rounds: int, sharpness: float, scale: float) -> list[Floats]:
    """The red, green and blue plasma, (height, width) each, from -1 to 1."""
    y, x = (np.arange(side, dtype=np.float32) / np.float32(scale) for side in (height, width))
    y, x = np.repeat(y[:, None], width, axis=1), np.repeat(x[None, :], height, axis=0)
    frequency, slowness, weakness = 1.0, 1.0, 1.0
    for _ in range(rounds):
        right = np.cos(y * np.float32(frequency) + np.float32(time / slowness)) / np.float32(weakness)
        down = np.sin(x * np.float32(frequency) + np.float32(time / slowness)) / np.float32(weakness)
        x += right - np.float32(0.3) * down
        y += down + np.float32(0.3) * right
        frequency, slowness, weakness = frequency * 1.93, slowness * 1.15, weakness * (2.25 - sharpness)
    return [
        np.sin(x - np.float32(time)),
        np.sin((x + y + np.float32(np.sin(time))) * np.float32(0.5)),
        np.sin(y + np.float32(time)),
    ]
