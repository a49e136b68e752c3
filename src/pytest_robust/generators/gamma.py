"""The sRGB encoding applied twice, or not at all."""

from __future__ import annotations

from typing import Literal

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._names import with_option
from pytest_robust.generators._pixels import rounded
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import refuse_images

X = np.arange(256) / 255

TABLES = {
    "too_bright": rounded(255 * np.where(X <= 0.0031308, 12.92 * X, 1.055 * X ** (1 / 2.4) - 0.055)),
    "too_dark": rounded(255 * np.where(X <= 0.04045, X / 12.92, ((X + 0.055) / 1.055) ** 2.4)),
}


@generator(
    kind="pipeline",
    label=with_option("gamma", "mistake"),
    risk="A picture whose sRGB encoding was applied twice, or that was handed on in linear light.",
)
def gamma(
    images: Images,
    *,
    severity: float,  # noqa: ARG001
    seeds: Seeds,  # noqa: ARG001
    mistake: Literal["too_dark", "too_bright"] = "too_dark",
) -> Images:
    """The transfer function of sRGB (IEC 61966-2-1) on every channel, x in [0, 1], rounded half up.

    - `too_dark`: decoded, and not encoded again: x / 12.92 up to 0.04045, then ((x + 0.055) / 1.055)^2.4.
    - `too_bright`: encoded twice: 12.92 x up to 0.0031308, then 1.055 x^(1/2.4) - 0.055.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels.
    """
    refuse_images("gamma", images)
    return np.take(TABLES[mistake], images)
