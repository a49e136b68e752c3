"""Shadows, drawn by albumentations."""

from __future__ import annotations

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._effects import REQUIRES, apply, library
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("shadow", (0.2, 0.35, 0.5, 0.65, 0.8))  # share of the light that a shadow takes


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    requires=REQUIRES,
    risk="Hard shadows of trees, buildings or the photographer across the object.",
)
def shadow(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """One or two polygons of five corners, anywhere in the picture, darkened: albumentations' RandomShadow.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (darkness,) = SEVERITIES.of(images, severity)
    albumentations = library()
    transform = albumentations.RandomShadow(shadow_roi=(0, 0, 1, 1), shadow_intensity_range=(darkness, darkness), p=1.0)
    return apply(albumentations.Compose([transform]), images, seeds)
