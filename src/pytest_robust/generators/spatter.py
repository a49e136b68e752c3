"""Spatter, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._gauss import blur
from pytest_robust.generators._pixels import LUMA, Floats, truncated, unit
from pytest_robust.generators._random import Seeds, normals
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "spatter",
    at_32=(
        (0.62, 0.1, 0.7, 0.7, 0.5, 0),
        (0.65, 0.1, 0.8, 0.7, 0.5, 0),
        (0.65, 0.3, 1, 0.69, 0.5, 0),
        (0.65, 0.1, 0.7, 0.69, 0, 0.6),
        (0.65, 0.1, 0.5, 0.68, 0, 0.6),
    ),
    at_224=(
        (0.65, 0.3, 4, 0.69, 0.6, 0),
        (0.65, 0.3, 3, 0.68, 0.6, 0),
        (0.65, 0.3, 2, 0.68, 0.5, 0),
        (0.65, 0.3, 1, 0.65, 0, 1.5),
        (0.67, 0.4, 1, 0.65, 0, 1.5),
    ),
    # Smoothing over more pixels takes from the deviation what it must have more of: it grows with the side as they do.
    lengths=(1, 2, 5),
)  # mean, deviation and smoothness of the layer, its threshold, how bright water is, and the softness of mud's edges

WATER = np.array([175, 238, 238], np.float32) / np.float32(255)
MUD = np.array([63, 42, 20], np.float32) / np.float32(255)


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Drops of water or splashes of mud on the lens.",
)
@by_blocks
def spatter(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """Severities 1 to 3: x + water's colour where drops are; 4 and 5: mud instead of x; x in [0, 1].

    Hendrycks & Dietterich 2019. Drops and splashes are where smoothed N(mean, deviation) noise is above a threshold;
    drops are lit along their edges. `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for
    severities other than 1 to 5.
    """
    mean, deviation, smoothness, threshold, brightness, softness = SEVERITIES.of(images, severity)
    channels = images.shape[3]
    colour = MUD if softness else WATER
    colour = colour if channels == 3 else colour @ LUMA
    noise = normals(seeds, images.shape[1:3])
    noise *= np.float32(deviation)
    noise += np.float32(mean)
    pixels = unit(images)
    for layer, row in zip(noise, pixels, strict=True):
        liquid = blur(layer, smoothness)
        liquid[liquid < threshold] = 0
        if softness:
            cover = splashes(liquid, softness)[..., None]
            row *= 1 - cover
            row += cover * colour
        else:
            row += drops(liquid)[..., None] * (np.float32(brightness) * colour)
    return truncated(pixels)


def drops(liquid: Floats) -> Floats:
    """How bright each place of a layer (h, w) of water is, up to 1: embossed by the distance to the drops' edges."""
    import cv2

    whole = np.clip(liquid * 255, 0, 255).astype(np.uint8)
    distance = cv2.distanceTransform(255 - cv2.Canny(whole, 50, 150), cv2.DIST_L2, 5)
    relief = cv2.equalizeHist(cv2.blur(np.minimum(distance, 20), (3, 3)).astype(np.uint8))
    slope = np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], np.float32)
    lit = cv2.blur(cv2.filter2D(relief, cv2.CV_8U, slope), (3, 3)) * whole.astype(np.float32)
    return np.asarray(lit / max(float(lit.max()), 1.0), dtype=np.float32)


def splashes(liquid: Floats, softness: float) -> Floats:
    """How much of each place of a layer (h, w) mud covers: wholly, or at a soft edge, or not at all."""
    cover = blur((liquid > 0).astype(np.float32), softness)
    cover[cover < 0.8] = 0
    return cover
