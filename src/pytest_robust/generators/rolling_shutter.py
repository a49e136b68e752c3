"""Movement while the sensor is read out, row by row."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "rolling_shutter",
    at_32=((1.5, 0.3), (3, 0.6), (4.5, 0.9), (6, 1.3), (8, 1.8)),
    at_224=((10, 1.5), (20, 3), (30, 5), (42, 7.5), (56, 10)),
    lengths=(0, 1),
)  # skew from the first to the last row, and amplitude of the wobble, in pixels


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    moves=True,
    risk="A moving or shaking camera whose sensor is read row by row: upright things lean and wave.",
)
@by_blocks
def rolling_shutter(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """Row y moves sideways by d skew (t - 1/2) + wobble sin(2 pi f t + phase), t = (y + 1/2) / h.

    The skew is a steady pan, the wobble a vibration. By the row's seed: d is 1 or -1, f is U(1, 3) waves a picture,
    and the phase is anything. Linear between pixels, edges mirrored. `images` (n, h, w, 1 or 3). Raises
    GenerationError for other channels and for severities other than 1 to 5.
    """
    import cv2

    skew, wobble = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    time = (np.arange(height) + 0.5) / height
    grid_y, grid_x = np.indices((height, width), dtype=np.float32)
    made = np.empty(images.shape, np.uint8)
    for (way, waves, phase), image, place in zip(uniforms(seeds, (3,)).tolist(), images, made, strict=True):
        lean = skew if way < 0.5 else -skew
        moved = lean * (time - 0.5) + wobble * np.sin(2 * np.pi * ((1 + 2 * waves) * time + phase))
        source = grid_x - moved.astype(np.float32)[:, None]
        warped = cv2.remap(image, source, grid_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        place[...] = warped.reshape(place.shape)
    return made
