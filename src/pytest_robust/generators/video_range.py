"""Levels from 16 to 235, as in television, taken for levels from 0 to 255, and the reverse."""

from __future__ import annotations

from typing import Literal

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._names import with_option
from pytest_robust.generators._pixels import rounded
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import refuse_images

BLACK, WHITE = 16, 235
"""The limited range of ITU-R BT.601 and BT.709."""

LEVELS = np.arange(256)

TABLES = {
    "washed_out": rounded(BLACK + LEVELS * (WHITE - BLACK) / 255),
    "crushed": rounded((LEVELS - BLACK) * 255 / (WHITE - BLACK)),
}


@generator(
    kind="pipeline",
    label=with_option("video_range", "mistake"),
    risk="Video of limited range decoded as if its range were full, or the reverse.",
)
def video_range(
    images: Images,
    *,
    severity: float,  # noqa: ARG001
    seeds: Seeds,  # noqa: ARG001
    mistake: Literal["washed_out", "crushed"] = "washed_out",
) -> Images:
    """Levels x of every channel, rounded half up.

    - `washed_out`: 16 + 219 x / 255. Limited range shown as it is: black is dark grey, white is light grey.
    - `crushed`: 255 (x - 16) / 219, cut at 0 and 255. Full range stretched as if it were limited: shadows and lights
      are lost.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels.
    """
    refuse_images("video_range", images)
    return np.take(TABLES[mistake], images)
