"""albumentations, seeded by row."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.errors import GenerationError
from pytest_robust.generators._random import Seeds

REQUIRES = {"albumentations": "pytest-robust[vision]"}


def library() -> Any:
    """The module `albumentations`, imported late, and without its question on the network for a newer version."""
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    import albumentations

    return albumentations


def apply(pipeline: Any, images: Images, seeds: Seeds) -> Images:
    """A `Compose` on each image, its randomness from the row's seed alone.

    Raises GenerationError where it raises, or makes anything but a uint8 image of the same shape.
    """
    made = np.empty(images.shape, np.uint8)
    for seed, image, place in zip(seeds.tolist(), images, made, strict=True):
        pipeline.set_random_seed(seed)
        try:
            result = pipeline(image=image)["image"]
        except Exception as error:
            raise GenerationError(f"albumentations raised {type(error).__name__}: {error}") from error
        if result.shape != image.shape or result.dtype != np.uint8:
            raise GenerationError(
                f"albumentations made {result.dtype} of shape {result.shape} from uint8 of shape {image.shape}; "
                "leave out transforms that crop, resize or normalise: that is the adapter's `preprocess:`"
            )
        place[...] = result
    return made


def apply_in_colour(transform: Any, images: Images, seeds: Seeds) -> Images:
    """One transform that is for RGB only. Of grey images, as three equal channels, the green one is kept."""
    pipeline = library().Compose([transform])
    if images.shape[3] == 3:
        return apply(pipeline, images, seeds)
    return apply(pipeline, np.repeat(images, 3, axis=3), seeds)[..., 1:2]
