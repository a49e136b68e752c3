"""Hiding parts of pictures."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images

Fill = Literal["grey", "noise", "black"]
"""What stands where something is hidden: level 128, uniform noise in every channel, or level 0."""


def hide(image: Images, hidden: NDArray[np.bool_], fill: Fill, rng: np.random.Generator) -> None:
    """Fill the hidden (h, w) pixels of one image (h, w, c), in place; the others stay."""
    if fill == "noise":
        image[hidden] = rng.integers(0, 256, image.shape, dtype=np.uint8)[hidden]
    else:
        image[hidden] = {"grey": 128, "black": 0}[fill]
