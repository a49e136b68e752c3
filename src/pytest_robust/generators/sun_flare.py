"""Sun flare, drawn by albumentations."""

from __future__ import annotations

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._effects import REQUIRES, apply_in_colour, library
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("sun_flare", (0.1, 0.2, 0.3, 0.45, 0.6))  # radius of the sun, as a share of the side


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    requires=REQUIRES,
    risk="A low sun or a headlight shining into the lens.",
)
def sun_flare(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """A sun in the upper half, with spikes and ghosts, screened onto the picture: albumentations' RandomSunFlare.

    `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities other than 1 to 5.
    """
    (radius,) = SEVERITIES.of(images, severity)
    transform = library().RandomSunFlare(
        src_radius=max(2, round(radius * min(images.shape[1:3]))), method="physics_based", p=1.0
    )
    return apply_in_colour(transform, images, seeds)
