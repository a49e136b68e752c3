"""Pixelation, as in ImageNet-C and CIFAR-10-C."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("pixelate", at_32=(0.95, 0.9, 0.85, 0.75, 0.65), at_224=(0.6, 0.5, 0.4, 0.3, 0.25))


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="A picture enlarged from too few pixels: a distant object, a thumbnail, a weak stream.",
)
@by_blocks
def pixelate(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """Box resize down to a share c of each side, and back, by PIL. Hendrycks & Dietterich 2019.

    A side is truncated to whole pixels, and is at least one. `images` (n, h, w, 1 or 3). Raises GenerationError for
    other channels and for severities other than 1 to 5.
    """
    from PIL import Image

    (share,) = SEVERITIES.of(images, severity)
    n, height, width, channels = images.shape
    small_width, small_height = max(int(width * share), 1), max(int(height * share), 1)
    box = Image.Resampling.BOX
    # All rows of all images at once, then all columns: as PIL does it, first in one direction and then in the other.
    pixels = images.reshape(n * height, width, channels)
    narrow = Image.fromarray(pixels[..., 0] if channels == 1 else pixels).resize((small_width, n * height), box)
    columns = np.asarray(narrow).reshape(n, height, small_width * channels).transpose(1, 0, 2).reshape(height, -1)
    shrunk = Image.fromarray(np.ascontiguousarray(columns)).resize((columns.shape[1], small_height), box)
    shown = (enlarged(small_width, width)[:, None] * channels + np.arange(channels)).ravel()
    wide = np.take(np.asarray(shrunk).reshape(small_height, n, -1), shown, axis=2, mode="clip")
    made = np.empty((n, height, width * channels), np.uint8)
    np.take(wide.transpose(1, 0, 2), enlarged(small_height, height), axis=1, out=made, mode="clip")
    return made.reshape(images.shape)


@lru_cache(maxsize=16)
def enlarged(small: int, large: int) -> NDArray[np.intp]:
    """Which of `small` pixels each of `large` shows after a box resize: it copies, one for each."""
    from PIL import Image

    copied = Image.fromarray(np.arange(small, dtype=np.int32)[None]).resize((large, 1), Image.Resampling.BOX)
    return np.asarray(copied).ravel().astype(np.intp)
