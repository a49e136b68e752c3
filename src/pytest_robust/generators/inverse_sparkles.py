"""Inverse sparkles, as in ImageNet-C-bar and CIFAR-10-C-bar."""

from __future__ import annotations

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import truncated, unit
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._rays import FEWEST, JITTER, MOST, star
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("inverse_sparkles", at_32=(1, 1.5, 2.5, 4.5, 5), at_224=(1, 2, 4, 9, 10))


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Glare all around: a view through a hole, a tunnel or a bright frame.",
)
@by_blocks
def inverse_sparkles(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """255 + star (x - 255): white, but for one star through which the picture is seen; x in levels. Mintun et al. 2021.

    The star lies in the middle half of the picture. It has 50 to 199 rays of N(1, 1/4) side / 4 pixels; beyond its ray
    a pixel fades as (length / distance)^(0.26 s). `images` (n, h, w, 1 or 3). Raises GenerationError for other
    channels and for severities other than 1 to 5.
    """
    (level,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    made = unit(images)
    for rng, row in zip(row_generators(seeds), made, strict=True):
        centre = rng.uniform(0.25, 0.75, 2) * (height, width)
        rays = rng.integers(FEWEST, MOST)
        lengths = min(height, width) / 4 * (1 + JITTER * rng.standard_normal(rays))
        row -= 1
        row *= star(height, width, centre, lengths, power=0.13 * level)[..., None]
        row += 1
    return truncated(made)
