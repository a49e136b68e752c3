"""Snow, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import rounded, truncated, unit
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._sizes import LEVELS, Severities
from pytest_robust.generators._streak import streaked
from pytest_robust.generators._zoom import clipped_zoom

SEVERITIES = Severities(
    "snow",
    at_32=(
        (0.1, 0.2, 1, 0.6, 8, 3, 0.95),
        (0.1, 0.2, 1, 0.5, 10, 4, 0.9),
        (0.15, 0.3, 1.75, 0.55, 10, 4, 0.9),
        (0.25, 0.3, 2.25, 0.6, 12, 6, 0.85),
        (0.3, 0.3, 1.25, 0.65, 14, 12, 0.8),
    ),
    at_224=(
        (0.1, 0.3, 3, 0.5, 10, 4, 0.8),
        (0.2, 0.3, 2, 0.5, 12, 4, 0.7),
        (0.55, 0.3, 4, 0.9, 12, 8, 0.7),
        (0.55, 0.3, 4.5, 0.85, 12, 8, 0.65),
        (0.55, 0.3, 2.5, 0.85, 12, 12, 0.55),
    ),
    lengths=(2, 4, 5),
)  # mean and deviation of the flakes, their size, threshold, streak's radius and sigma, weight of the picture

LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def flakes(noise: NDArray[Any], size: float, threshold: float, streak: tuple[float, float, float]) -> NDArray[Any]:
    """A layer of snow (h, w) in [0, 1] from noise (h, w): zoomed, cut below a threshold, streaked, in whole levels."""
    layer = clipped_zoom(noise, max(size, 1.0))
    layer[layer < threshold] = 0
    whole = truncated(layer).astype(np.float32)
    return unit(rounded(streaked(whole, *streak)))


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Snowfall between the camera and the object.",
)
def snow(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """w x + (1 - w) max(x, 1.5 grey(x) + 0.5), plus a layer of snow and its half-turn; x in [0, 1].

    Hendrycks & Dietterich 2019. The layer is N(mean, deviation) noise, zoomed, cut below a threshold and streaked at an
    angle of U(-135, -45) degrees. As published, a higher severity is not always the stronger one. `images`
    (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    mean, deviation, size, threshold, radius, sigma, weight = SEVERITIES.of(images, severity)
    pixels = unit(images)
    grey = pixels @ LUMA if images.shape[3] == 3 else pixels[..., 0]
    bleached = np.maximum(pixels, grey[..., None] * np.float32(1.5) + np.float32(0.5))
    pixels *= np.float32(weight)
    pixels += np.float32(1 - weight) * bleached
    for rng, row in zip(row_generators(seeds), pixels, strict=True):
        noise = rng.standard_normal(row.shape[:2], dtype=np.float32) * np.float32(deviation) + np.float32(mean)
        layer = flakes(noise, size, threshold, (radius, sigma, rng.uniform(-135, -45)))
        row += (layer + np.rot90(layer, k=2))[..., None]
    return truncated(pixels)
