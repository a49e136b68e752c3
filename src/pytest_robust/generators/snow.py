"""Snow, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import Floats, repeated, truncated, unit
from pytest_robust.generators._random import Seeds, normals, uniforms
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities
from pytest_robust.generators._streak import streaked, taps
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

BAND = 1 << 14
"""Pixels that are bleached at once: few calls for small images, and large ones stay in the processor's cache."""


def flakes(noise: Floats, size: float, threshold: float, weights: Floats, places: NDArray[np.intp]) -> Floats:
    """Layers of snow in [0, 1] from noise (n, h, w): zoomed, cut below a threshold, streaked, in whole levels."""
    layers = np.empty_like(noise)
    for row, layer in zip(noise, layers, strict=True):
        clipped_zoom(row, max(size, 1.0), out=layer)
    layers[layers < threshold] = 0
    whole = truncated(layers).astype(np.float32)
    for layer, streak in zip(whole, places, strict=True):
        layer[...] = streaked(layer, weights, streak)
    whole += np.float32(0.5)
    return unit(whole.astype(np.uint8))


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Snowfall between the camera and the object.",
)
@by_blocks
def snow(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """w x + (1 - w) max(x, 1.5 grey(x) + 0.5), plus a layer of snow and its half-turn; x in [0, 1].

    Hendrycks & Dietterich 2019. The layer is N(mean, deviation) noise, zoomed, cut below a threshold and streaked at an
    angle of U(-135, -45) degrees. As published, a higher severity is not always the stronger one. `images`
    (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    mean, deviation, size, threshold, radius, sigma, weight = SEVERITIES.of(images, severity)
    pixels = bleached(unit(images), weight)
    noise = normals(seeds, images.shape[1:3])
    noise *= np.float32(deviation)
    noise += np.float32(mean)
    weights, places = taps(radius, sigma, uniforms(seeds, stream=1) * 90 - 135)
    falling = flakes(noise, size, threshold, weights, places)
    pixels += repeated(falling + falling[:, ::-1, ::-1], images.shape[3])
    return truncated(pixels)


def bleached(pixels: Floats, weight: float) -> Floats:
    """w x + (1 - w) max(x, 1.5 grey(x) + 0.5) of images (n, h, w, c). Uses `pixels` up."""
    import cv2

    lines = pixels.reshape(-1, *pixels.shape[2:])
    step = max(BAND // lines.shape[1], 1)
    for first in range(0, len(lines), step):
        band = lines[first : first + step]
        grey = cv2.cvtColor(band, cv2.COLOR_RGB2GRAY) if band.shape[2] == 3 else band[..., 0]
        white = repeated(grey * np.float32(1.5 * (1 - weight)) + np.float32(0.5 * (1 - weight)), band.shape[2])
        np.maximum(white, band * np.float32(1 - weight), out=white)
        band *= np.float32(weight)
        band += white
    return pixels
