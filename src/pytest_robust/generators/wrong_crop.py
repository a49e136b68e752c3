"""Another part of the picture than the model was trained on."""

from __future__ import annotations

from typing import Literal

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._names import with_option
from pytest_robust.generators._pil import resized
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("wrong_crop", (0.05, 0.1, 0.2, 0.3, 0.4))  # share of each side that is cut off, or too much


@generator(
    kind="pipeline",
    scale="severity",
    levels=LEVELS,
    label=with_option("wrong_crop", "mistake"),
    moves=True,
    risk="A detector's or a program's box around the object that is off-centre, too tight or too loose.",
)
@by_blocks
def wrong_crop(
    images: Images,
    *,
    severity: float,
    seeds: Seeds,
    mistake: Literal["off_centre", "too_tight", "too_loose"] = "off_centre",
) -> Images:
    """A window other than the whole picture, brought to the size of the picture: bilinear, antialiased, by PIL.

    - `too_tight`: the middle, without a share s of each side.
    - `off_centre`: as large as that, but moved up to an edge of the picture, in a direction by the row's seed.
    - `too_loose`: larger by a share s of each side, the picture in its middle. What lies around the picture is not
      known: it is mirrored at its edges.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (share,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    side = np.array([width, height])
    window = side * (1 - share)
    if mistake == "too_loose":
        around = np.ceil(side * share / 2).astype(int)
        images = np.pad(images, ((0, 0), (around[1],) * 2, (around[0],) * 2, (0, 0)), mode="symmetric")
        window = side * (1 + share)
        side = side + 2 * around
    middle = (side - window) / 2
    directions = np.zeros((len(images), 2))
    if mistake == "off_centre":
        angles = 2 * np.pi * uniforms(seeds, (1,))
        directions = np.hstack([np.cos(angles), np.sin(angles)])
        directions /= np.abs(directions).max(axis=1, keepdims=True)
    made = np.empty((len(images), height, width, images.shape[3]), np.uint8)
    for image, direction, place in zip(images, directions, made, strict=True):
        start = np.clip(middle * (1 + direction), 0, side - window)
        left, top, right, bottom = (float(edge) for edge in (*start, *np.minimum(start + window, side)))
        place[...] = resized(image, (width, height), (left, top, right, bottom)).reshape(place.shape)
    return made
