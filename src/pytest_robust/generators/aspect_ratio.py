"""Pictures out of proportion."""

from __future__ import annotations

from typing import Literal

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._names import with_option
from pytest_robust.generators._pil import resized
from pytest_robust.generators._pixels import each
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("aspect_ratio", (1.1, 5 / 4, 4 / 3, 3 / 2, 16 / 9))  # height to width, or width to height


@generator(
    kind="pipeline",
    scale="severity",
    levels=LEVELS,
    label=with_option("aspect_ratio", "looks"),
    moves=True,
    risk="Photos of any format forced into the model's by stretching, instead of cropping or letterboxing.",
)
@by_blocks
def aspect_ratio(
    images: Images,
    *,
    severity: float,
    seeds: Seeds,  # noqa: ARG001
    looks: Literal["tall", "wide"] = "tall",
) -> Images:
    """Everything taller (or wider) by a factor r than it is.

    So it looks in a photo r times as wide (or as tall) as the model's format, when that is squeezed into it. The middle
    of the height (of the width), a share 1 / r of it, is stretched to the whole, bilinearly, by PIL. The severities are
    1.1 and the formats 5:4, 4:3, 3:2 and 16:9. `images` (n, h, w, 1 or 3). Raises GenerationError for other channels
    and for severities other than 1 to 5.
    """
    (ratio,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    cut_x, cut_y = (0.0, height * (1 - 1 / ratio) / 2) if looks == "tall" else (width * (1 - 1 / ratio) / 2, 0.0)
    box = cut_x, cut_y, width - cut_x, height - cut_y
    made: Images = each(images, lambda image: resized(image, (width, height), box))
    return made
