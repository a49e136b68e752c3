"""Noise of a camera at high sensitivity, computed by albumentations."""

from __future__ import annotations

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._effects import REQUIRES, apply_in_colour, library
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("iso_noise", (0.2, 0.35, 0.5, 0.7, 0.9))  # intensity


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    requires=REQUIRES,
    risk="A camera at high ISO in the dark: bright grains and drifting colours.",
)
def iso_noise(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """Poisson noise of lightness and normal noise of hue, in HLS: albumentations' ISONoise.

    The noise grows with the picture's own contrast: a picture of one colour stays as it is. `images` (n, h, w, 1 or 3).
    Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (intensity,) = SEVERITIES.of(images, severity)
    transform = library().ISONoise(color_shift=(0.1, 0.1), intensity=(intensity, intensity), p=1.0)
    return apply_in_colour(transform, images, seeds)
