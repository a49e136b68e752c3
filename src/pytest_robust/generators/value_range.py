"""Pixels between 0 and 1 where those between 0 and 255 are expected, and the reverse."""

from __future__ import annotations

from typing import Literal

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._names import with_option
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import refuse_images

LEVELS = np.arange(256)

TABLES = {
    "too_dark": (LEVELS + 127) // 255,
    "too_bright": np.minimum(LEVELS * 255, 255),
    "wrapped": LEVELS * 255 % 256,
}


@generator(
    kind="pipeline",
    label=with_option("value_range", "mistake"),
    risk="A picture divided by 255 once too often, or multiplied by 255 though it never had been divided.",
)
def value_range(
    images: Images,
    *,
    severity: float,  # noqa: ARG001
    seeds: Seeds,  # noqa: ARG001
    mistake: Literal["too_dark", "too_bright", "wrapped"] = "too_dark",
) -> Images:
    """What 8 bits can show of a picture x that is scaled once too often.

    - `too_dark`: x / 255, rounded. Only the levels 0 and 1 are left, 1 where x is 128 or more.
    - `too_bright`: 255 x, cut at 255. White wherever x is not 0.
    - `wrapped`: 255 x in arithmetic of 8 bits, which drops multiples of 256: 256 - x, and 0 where x is 0. A negative.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels.
    """
    refuse_images("value_range", images)
    return np.take(TABLES[mistake].astype(np.uint8), images)
