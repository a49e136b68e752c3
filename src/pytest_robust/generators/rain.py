"""Rain, drawn by albumentations."""

from __future__ import annotations

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._effects import REQUIRES, apply_in_colour, library
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities(
    "rain", ((0, 0.08, 0.92), (1, 0.12, 0.88), (2, 0.08, 0.84), (2, 0.16, 0.8), (3, 0.16, 0.76)), smallest=8
)  # kind of rain, length of a drop as a share of the height, and brightness of a rainy day

KINDS = ("drizzle", "default", "heavy", "torrential")
"""A quarter, a third, one and two drops for every row of pixels."""


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    requires=REQUIRES,
    risk="Rain between the camera and the object, and the dark sky that comes with it.",
)
def rain(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """Slanted grey streaks and a darker picture: albumentations' RandomRain.

    `images` (n, h, w, 1 or 3), at least 8 x 8 pixels. Raises GenerationError for smaller images, other channels and
    severities other than 1 to 5.
    """
    kind, length, brightness = SEVERITIES.of(images, severity)
    height = images.shape[1]
    transform = library().RandomRain(
        slant_range=(-height / 16, height / 16),
        drop_length=max(1, round(length * height)),
        drop_width=max(1, round(height / 150)),
        blur_value=3,
        brightness_coefficient=brightness,
        rain_type=KINDS[int(kind)],
        p=1.0,
    )
    return apply_in_colour(transform, images, seeds)
