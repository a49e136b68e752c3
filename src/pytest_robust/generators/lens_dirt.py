"""Dirt on the lens."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._lens import around, soft_disc, window
from pytest_robust.generators._light import light, shown
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "lens_dirt",
    at_32=((3, 3, 0.5), (5, 3.2, 0.6), (7, 3.4, 0.7), (9, 3.7, 0.8), (12, 4, 0.9)),
    at_224=((3, 21, 0.5), (5, 22, 0.6), (7, 24, 0.7), (9, 26, 0.8), (12, 28, 0.9)),
    lengths=(1,),
)  # specks, their radius, and the share of the light that they take

SOFTNESS = 0.5
"""Of an edge, as a share of the radius: what lies on the lens is never in focus."""


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    risk="Mud, dust and fingerprints on the lens: dark soft spots in front of whatever is seen.",
)
@by_blocks
def lens_dirt(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """encode(decode(x) product of (1 - a_k disc_k)): each speck is a disc out of focus that takes light away.

    By the row's seed: the places, the radii (U(0.5, 1.5) of the severity's) and the shares a_k (U(0.7, 1) of it).
    Computed in the linear light of sRGB. `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for
    severities other than 1 to 5.
    """
    specks, size, opacity = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    seen = light(images)
    for row, chances in zip(seen, uniforms(seeds, (round(specks), 4)).tolist(), strict=True):
        for y, x, scale, share in chances:
            centre, radius = (y * (height - 1), x * (width - 1)), size * (0.5 + scale)
            here = window(centre, radius * (1 + SOFTNESS), height, width)
            below, right = around(here, centre, radius)
            disc = soft_disc(below**2 + right**2, SOFTNESS)
            row[here] *= 1 - np.float32(opacity * (0.7 + 0.3 * share)) * disc[..., None]
    return shown(seen)
