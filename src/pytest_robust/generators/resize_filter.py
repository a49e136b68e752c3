"""Pictures brought to size by another filter than in training."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._names import with_option
from pytest_robust.generators._pixels import each, rounded
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "resize_filter", at_32=(1.5, 1.75, 2.5, 3.25, 4.5), at_224=(1.5, 2.5, 3.5, 5, 7)
)  # how many times smaller the original is made


@generator(
    kind="pipeline",
    scale="severity",
    levels=LEVELS,
    label=with_option("resize_filter", "filter"),
    risk="Photos brought to size without antialiasing in production, and with it in training, or the reverse.",
)
@by_blocks
def resize_filter(
    images: Images,
    *,
    severity: float,
    seeds: Seeds,  # noqa: ARG001
    filter: Literal["nearest", "bilinear", "bicubic"] = "nearest",  # noqa: A002
) -> Images:
    """x + enlarge(wrong(x) - right(x)): the picture with the error that the wrong filter makes on it.

    The image has its size already, and the larger original that it was made from is not known. So the mistake is made
    on the image itself: it is reduced r times by the wrong filter (`nearest`, or `bilinear` or `bicubic` without
    antialiasing) and by the right one (the mean over the area of each pixel); what differs is enlarged again by
    repetition and added, so that nothing but the filter's error changes. Where r divides both sides, the result,
    reduced r times over the area, is exactly what the wrong filter gives, up to rounding and clipping. The right
    filter would give the image itself. All by OpenCV.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    import cv2

    (factor,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    small_y, small_x = max(round(height / factor), 1), max(round(width / factor), 1)
    down = np.ix_(middles(height, small_y), middles(width, small_x))
    up = np.ix_(middles(small_y, height), middles(small_x, width))
    without_antialias = {"bilinear": cv2.INTER_LINEAR, "bicubic": cv2.INTER_CUBIC}

    def spoil(image: NDArray[Any]) -> NDArray[Any]:
        levels: NDArray[Any] = image.astype(np.float32)
        right = cv2.resize(levels, (small_x, small_y), interpolation=cv2.INTER_AREA)
        wrong: Any
        if filter == "nearest":
            wrong = levels[down].reshape(right.shape)
        else:
            wrong = cv2.resize(levels, (small_x, small_y), interpolation=without_antialias[filter])
        return rounded(levels + (wrong - right)[up].reshape(levels.shape))

    made: Images = each(images, spoil)
    return made


def middles(side: int, count: int) -> NDArray[np.int64]:
    """Of a side's pixels the ones in which the middles of `count` equal parts lie.

    >>> middles(9, 3).tolist(), middles(3, 6).tolist()
    ([1, 4, 7], [0, 0, 1, 1, 2, 2])
    """
    return (2 * np.arange(count) + 1) * side // (2 * count)
