"""Perlin's gradient noise and turbulence, 1985."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_robust.generators._pixels import Floats

ENTRIES = 256


def turbulence(rng: np.random.Generator, rows: Floats, columns: Floats, octaves: int) -> Floats:
    """The sum of |noise(2^k place)| / 2^k for k below `octaves`, (len(rows), len(columns)), at places in lattice units.

    One table of gradients serves all octaves.
    """
    order = rng.permutation(ENTRIES)
    corners = rng.integers(-256, 256, (ENTRIES, 2)).astype(float)
    corners /= np.maximum(np.hypot(*corners.T), 1)[:, None]
    down, along = corners.astype(np.float32).T[:, order]
    made = np.zeros((len(rows), len(columns)), np.float32)
    for scale in (2**k for k in range(octaves)):
        made += np.abs(noise(order, down, along, rows * scale, columns * scale)) * np.float32(1.5 / scale)
    return made


def noise(order: NDArray[np.int64], down: Floats, along: Floats, rows: Floats, columns: Floats) -> Floats:
    """A sum over the four corners of a place's cell: the product of two weights with gradient . distance.

    The gradient (`down`, `along`) of the corner (i, j) is entry `order[i]` + j of the tables, modulo 256.
    """
    points = np.arange(min(int(columns.max()) + 2, ENTRIES))
    flat, leaning = np.zeros((2, len(rows), len(points)), np.float32)
    for row, weight, distance in ends(rows):
        entry = (order[row][:, None] + points) % ENTRIES
        leaning += weight[:, None] * along[entry]
        flat += (weight * distance)[:, None] * down[entry]
    made = np.zeros((len(rows), len(columns)), np.float32)
    for column, weight, distance in ends(columns):
        made += weight * (np.take(flat, column, axis=1) + distance * np.take(leaning, column, axis=1))
    return made


def ends(places: Floats) -> list[tuple[NDArray[np.intp], Floats, Floats]]:
    """The lattice points before and after each place: their entries, their weights, how far the place is past them."""
    first = np.floor(places).astype(np.intp)
    inside = places - first
    rise = inside**2 * (3 - 2 * inside)
    return [(first % ENTRIES, 1 - rise, inside), ((first + 1) % ENTRIES, rise, inside - 1)]
