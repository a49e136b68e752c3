"""A generator of one's own: a scratched lens, which the catalogue does not have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import generator


@generator(
    kind="field",
    scale="severity",
    levels=(1, 2, 3, 4, 5),
    risk="A lens scratched in service scatters light into bright streaks.",
)
def scratched_lens(
    images: Images, *, severity: float, seeds: NDArray[np.uint64], brightness: float = 0.7, width: float = 0.02
) -> Images:
    """Straight bright streaks across the frame, as many as the severity says, at places and angles of chance.

    `brightness` is how much of the way to white a streak goes at its middle, between 0 and 1; `width` is the standard
    deviation of its profile as a share of the image's shorter side. Whole severities only: 2.5 counts as 2.
    """
    _, height, breadth, _ = images.shape
    side = min(height, breadth)
    down, across = np.mgrid[:height, :breadth]
    streaks = np.zeros(images.shape[:3])
    for row, seed in enumerate(seeds.tolist()):
        rng = np.random.default_rng(seed)  # all chance of a row comes from its own seed: the same in any batch
        for _ in range(int(severity)):
            angle, offset = rng.uniform(0, np.pi), rng.uniform(-0.5, 0.5) * side
            along = (across - breadth / 2) * np.cos(angle) + (down - height / 2) * np.sin(angle)
            profile = np.exp(-(((along - offset) / (width * side)) ** 2) / 2)
            streaks[row] = np.maximum(streaks[row], profile)
    return np.rint(images + brightness * streaks[..., None] * (255.0 - images)).astype(np.uint8)
