"""Glass blur, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._gauss import blur
from pytest_robust.generators._pixels import each, truncated, unit
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "glass_blur",
    at_32=((0.05, 1, 1), (0.25, 1, 1), (0.4, 1, 1), (0.25, 1, 2), (0.4, 1, 2)),
    at_224=((0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2)),
    lengths=(0, 1),
)  # sigma of the blur, reach of a copy, how often


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Frosted or dirty glass before the lens.",
)
@by_blocks
def glass_blur(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """Blurred, pixels exchanged with close neighbours n times, blurred again. Hendrycks & Dietterich 2019.

    The published exchange copies in effect: from the last pixel to the first, each takes the colour that a neighbour
    within [-delta, delta - 1] has by then. `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and
    for severities other than 1 to 5.
    """
    sigma, reach, times = SEVERITIES.of(images, severity)
    delta, rounds = max(round(reach), 1), max(round(times), 1)
    height, width, channels = images.shape[1:]
    made = truncated(each(unit(images), lambda image: blur(image, sigma)))
    region = max(height - 2 * delta, 0), max(width - 2 * delta, 0)
    for rng, row in zip(row_generators(seeds), made, strict=True):
        for _ in range(rounds):
            steps = rng.integers(-delta, delta, size=(2, *region))
            row[...] = row.reshape(-1, channels)[sources(steps, delta, height, width)].reshape(row.shape)
    return truncated(each(unit(made), lambda image: blur(image, sigma)))


def sources(steps: NDArray[np.int64], delta: int, height: int, width: int) -> NDArray[np.intp]:
    """The pixel that each pixel's colour comes from after one round, flat, shape (height * width,).

    `steps` (2, height - 2 delta, width - 2 delta) is the way (down, right) from each pixel of the region that takes
    part to the one it copies. A neighbour further on has had its turn, and hands on what it has copied itself: chains
    of copies are followed to their end, all at once, by doubling.
    """
    flat = np.arange(height * width)
    region = flat.reshape(height, width)[delta + 1 : height - delta + 1, delta + 1 : width - delta + 1].ravel()
    taken = flat.copy()
    taken[region] += steps[0].ravel() * width + steps[1].ravel()
    active = np.zeros(height * width, np.bool_)
    active[region] = True
    # A chain goes on where the neighbour has had its turn; it ends at the pixel that copied an old colour.
    onward = np.where(active[taken] & (taken > flat), taken, flat)
    while True:
        further = onward[onward]
        if np.array_equal(further, onward):
            return np.asarray(taken[onward], dtype=np.intp)
        onward = further
