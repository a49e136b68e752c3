"""Patterns that show nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._pixels import rounded
from pytest_robust.generators._plasma import plasma
from pytest_robust.generators._random import Seeds

Pattern = NDArray[np.floating]
"""How much of the second colour each pixel has, (h, w), from 0 to 1."""


@generator(
    kind="outlier",
    truth="unfamiliar",
    risk="A surface and no thing: cloth, tiles, gravel, a wall close to the lens.",
)
def textures(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """A checkerboard, stripes, dots, irregular cells (Voronoi) or plasma clouds, in two colours, by the row's seed.

    Periods lie between an eighth and a third of the shorter side, angles and phases anywhere; the two colours differ by
    64 levels or more in every channel. `images` (n, h, w, c) of any size and number of channels; nothing of them is
    used but their shape.
    """
    height, width, channels = images.shape[1:]
    made = np.empty(images.shape, np.uint8)
    for seed, place in zip(seeds.tolist(), made, strict=True):
        rng = np.random.Generator(np.random.PCG64(seed))
        share = PATTERNS[rng.integers(len(PATTERNS))](rng, height, width)[..., None]
        first = rng.integers(0, 256, channels)
        second = (first + rng.integers(64, 193, channels)) % 256
        place[...] = rounded(first + share * (second - first))
    return made


def lattice(rng: np.random.Generator, height: int, width: int) -> tuple[Pattern, Pattern]:
    """Where each pixel lies on a turned square lattice, along each of its axes, in periods."""
    angle, phases = rng.uniform(0, np.pi), rng.random(2)
    period = max(min(height, width) * rng.uniform(1 / 8, 1 / 3), 2)
    rows, columns = np.arange(height)[:, None] / period, np.arange(width) / period
    along = columns * np.cos(angle) + rows * np.sin(angle) + phases[0]
    return along, rows * np.cos(angle) - columns * np.sin(angle) + phases[1]


def checkerboard(rng: np.random.Generator, height: int, width: int) -> Pattern:
    """Squares of half a period."""
    along, across = lattice(rng, height, width)
    return (np.floor(2 * along) + np.floor(2 * across)) % 2


def stripes(rng: np.random.Generator, height: int, width: int) -> Pattern:
    """Bars of half a period."""
    return np.floor(2 * lattice(rng, height, width)[0]) % 2


def dots(rng: np.random.Generator, height: int, width: int) -> Pattern:
    """Disks of radius 0.35 periods."""
    along, across = lattice(rng, height, width)
    return np.where(np.hypot(along % 1 - 0.5, across % 1 - 0.5) < 0.35, 1.0, 0.0)


def cells(rng: np.random.Generator, height: int, width: int) -> Pattern:
    """The regions nearest to each of 10 to 60 points, each of its own shade."""
    points = rng.random((rng.integers(10, 61), 2)) * (height, width)
    rows, columns = np.arange(height)[:, None], np.arange(width)
    nearest, shades = np.full((height, width), np.inf), np.zeros((height, width))
    for (row, column), shade in zip(points, rng.random(len(points)), strict=True):
        distance = (rows - row) ** 2 + (columns - column) ** 2
        closer = distance < nearest
        nearest[closer], shades[closer] = distance[closer], shade
    return shades


def clouds(rng: np.random.Generator, height: int, width: int) -> Pattern:
    """Plasma, of decay 1.8 as in the fog of ImageNet-C."""
    side = 1 << max((max(height, width) - 1).bit_length(), 1)
    return plasma(rng.integers(0, 2**63, 1).astype(np.uint64), side, 1.8)[0, :height, :width]


PATTERNS: tuple[Callable[[np.random.Generator, int, int], Pattern], ...] = (checkerboard, stripes, dots, cells, clouds)
