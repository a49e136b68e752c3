"""Caustic refraction, as in ImageNet-C-bar."""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._gauss import gaussian_weights
from pytest_robust.generators._pixels import Floats, truncated, unit
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

TURN, FAR = 6.28318530718, 250

SEVERITIES = Severities("caustic_refraction", at_32=(1.4, 1.8, 2.6, 3.4, 4.6), at_224=(2.35, 3.2, 4.9, 6.6, 9.15))


@generator(
    kind="corruption",
    scale="severity",
    levels=LEVELS,
    moves=True,
    risk="A view through moving water or uneven glass, with the light that it gathers.",
)
@by_blocks
def caustic_refraction(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """x(place + bend) + s / 5 slope: x, in [0, 1], seen through a surface of water. Mintun et al. 2021.

    The surface's height h is a caustic, blurred by one pixel; n is its normal, and the slope is h_y - h_x. A ray from
    the eye is bent by Snell's law with index 4 to 0.05 s side (sqrt(1 - |n_xy|^2 / 16) - n_z / 4) n_xy, and not at all
    where n_z is 0.999 or more. Slopes are differences of both neighbours; beyond the edge surface and picture are 0.
    Linear between pixels. `images` (n, h, w, 1 or 3). Raises GenerationError for other channels and for severities
    other than 1 to 5.
    """
    import cv2

    (level,) = SEVERITIES.of(images, severity)
    height, width = images.shape[1:3]
    side = min(height, width)
    grid_y, grid_x = np.indices((height, width), dtype=np.float32)
    made = unit(images)
    for rng, row in zip(row_generators(seeds), made, strict=True):
        time, size = rng.uniform(0.5, 2), rng.uniform(0.75, 1.25) * side
        surface = np.pad(blurred(caustic(height, width, time, size)), 1)
        down, along = surface[2:, 1:-1] - surface[:-2, 1:-1], surface[1:-1, 2:] - surface[1:-1, :-2]
        bend = bends(down, along) * np.float32(level * side / 20)
        x, y = grid_x + along * bend, grid_y + down * bend
        seen = cv2.remap(row, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
        row[...] = seen.reshape(row.shape) + (np.float32(level / 5) * (down - along))[..., None]
    return truncated(made)


def caustic(height: int, width: int, time: float, size: float) -> Floats:
    """The light on the ground of shallow water, (height, width), from 0 to 1; it repeats after `size` pixels.

    Five rounds of sines, each moved by the one before.
    """
    down, along = (np.arange(side) / size % 1 * TURN - FAR for side in (height, width))
    far_y, far_x = (down**2).astype(np.float32)[:, None], (along**2).astype(np.float32)[None, :]
    # A whole number of turns nearer to 0, where float32 is finer.
    y, x = (down + 40 * TURN).astype(np.float32)[:, None], (along + 40 * TURN).astype(np.float32)[None, :]
    place_y, place_x = y, x
    light = np.ones((height, width), np.float32)
    for turn in range(1, 6):
        t = np.float32(time * (1 - 3.5 / turn))
        place_y, place_x = (
            y + np.cos(t - place_y) + np.sin(t + place_x),
            x + np.sin(t - place_x) + np.cos(t + place_y),
        )
        sine, cosine = np.sin(place_y + t) ** 2, np.cos(place_x + t) ** 2
        light += np.sqrt(sine * cosine / (far_y * cosine + far_x * sine + np.float32(1e-30))) * np.float32(200)
    return np.asarray(np.minimum(np.abs(np.float32(1.17) - (light / 5) ** np.float32(1.4)) ** 8, 1), dtype=np.float32)


def blurred(image: Floats) -> Floats:
    """Blurred by a Gaussian of one pixel, as scipy does: cut at 4 pixels, mirrored at the edges."""
    import cv2

    weights = gaussian_weights(1, truncate=4)
    made = cv2.sepFilter2D(image, -1, weights, weights, borderType=cv2.BORDER_REFLECT)
    return np.asarray(made, dtype=np.float32)


def bends(down: Floats, along: Floats) -> Floats:
    """By what part of the slope a ray is bent sideways where the surface has these slopes."""
    length = np.sqrt(1 + down**2 + along**2)
    upright = 1 / length
    bend = (np.sqrt(1 - (1 - upright**2) / 16) - upright / 4) / length
    return np.where(upright >= 1 - 1e-3, 0, bend).astype(np.float32)
