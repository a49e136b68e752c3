"""Missing squares, as in ImageNet-C-bar and CIFAR-10-C-bar."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("checkerboard_cutout", at_32=(1, 2, 3, 4, 5), at_224=(2, 3, 4, 5, 6))


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Things in the way in a regular pattern: fences, lattices, tiles lost in transmission.",
)
@by_blocks
def checkerboard_cutout(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """Grey 128 on a share s / 10 of the dark squares of a turned checkerboard, x elsewhere. Mintun et al. 2021.

    The board is turned by any angle about the first pixel; its squares are U(0.1, 0.25) of the side wide, and at least
    one pixel. As published, the squares at its axes are twice as wide, where they are missing together. `images`
    (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (level,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    y, x = np.arange(height)[:, None], np.arange(width)[None, :]
    made = np.array(images, order="C")
    for rng, row in zip(row_generators(seeds), made, strict=True):
        angle = rng.uniform(0, 2 * np.pi)
        scale = max(rng.uniform(0.1, 0.25) * min(height, width), 1)
        squares = int(4 * max(height, width) // scale)
        missing = rng.random((squares, squares)) < level / 10
        down = (np.cos(angle) * y + np.sin(angle) * x) / scale
        along = (np.cos(angle) * x - np.sin(angle) * y) / scale
        dark = np.floor(down) % 2 == np.floor(along) % 2
        # Truncated towards 0, so that a square at an axis has a twin; negative numbers count from the end.
        row[dark & missing[np.trunc(down).astype(int), np.trunc(along).astype(int)]] = 128
    return made
