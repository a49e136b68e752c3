"""Pictures that were saved once more."""

from __future__ import annotations

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._jpeg import recoded
from pytest_robust.generators._pixels import each
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import refuse_images

QUALITY = 95


@generator(
    kind="pipeline",
    risk="A picture saved once more as a fine JPEG: hardly anybody sees a difference, and the answer must not change.",
)
@by_blocks
def recompressed(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """Encoded as JPEG at quality 95 as PIL does it, and decoded: a change that must not matter.

    Claim `same_answer` of it. As most JPEGs it has colour at half the resolution. `images` (n, h, w, 1 or 3). Raises
    GenerationError for other channels.
    """
    refuse_images("recompressed", images)
    made: Images = each(images, lambda image: recoded(image, QUALITY))
    return made
