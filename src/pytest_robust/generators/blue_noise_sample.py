"""Missing pixels, as in ImageNet-C-bar and CIFAR-10-C-bar."""

from __future__ import annotations

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities
from pytest_robust.generators._spectrum import coloured, distances

SEVERITIES = Severities(
    "blue_noise_sample", at_32=(0.7, 1.4, 2.1, 3.5, 4.2), at_224=(0.8, 1.6, 2.4, 4, 5.6), smallest=2
)


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    risk="Lost and masked pixels, evenly strewn: packet loss, dithering, a mesh before the lens.",
)
@by_blocks
def blue_noise_sample(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """x where blue noise of standard deviation one is above 0.3 s - 2.5, black elsewhere. Mintun et al. 2021.

    The amplitude of the noise grows in proportion to the frequency. `images` (n, h, w, 1 or 3), at least 2 x 2 pixels.
    Raises GenerationError for smaller images, other channels and severities other than 1 to 5.
    """
    (level,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    noise = coloured(uniforms(seeds, (height * width // 2,)), distances(height, width))
    return images * (noise > 0.3 * level - 2.5)[..., None]
