"""The one-sided streak of ImageMagick's motion blur, which the published motion blur and snow use."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.generators._pixels import Floats

SMALL = 128
"""Places in a kernel up to which OpenCV skips its zeros; larger ones it takes through Fourier space, full or not."""


def taps(radius: float, sigma: float, degrees: NDArray[np.floating]) -> tuple[Floats, NDArray[np.intp]]:
    """What streaks add up: the weights (k,) of 2 radius + 1 pixels, and how far right and down they lie, (n, 2, k).

    Tap i has the weight exp(-i^2 / (2 sigma^2)), normalised, and lies i pixels away at the angle (n,), in whole pixels.

    >>> weights, places = taps(radius=1, sigma=1, degrees=np.array([-90.0]))
    >>> [round(float(weight), 3) for weight in weights], places.tolist()
    ([0.574, 0.348, 0.078], [[[0, 0, 0], [0, -1, -2]]])
    """
    steps = np.arange(math.ceil(2 * radius) + 1)
    weights = np.exp(-(steps**2) / (2 * sigma**2))
    angles = np.radians(degrees.astype(np.float64))
    ways = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    places = np.ceil(ways[..., None] * steps - 0.5).astype(np.intp)
    return (weights / weights.sum()).astype(np.float32), places


def streaked(image: Floats, weights: Floats, places: NDArray[np.intp]) -> Floats:
    """A float32 image (h, w) or (h, w, c) with every point drawn out by the taps of one streak; edges are repeated."""
    import cv2

    height, width = image.shape[:2]
    parts = list(sections(weights, places))
    if len(parts) == 1:
        kernel, x, y = parts[0]
        whole = cv2.filter2D(image, -1, kernel, anchor=(-x, -y), borderType=cv2.BORDER_REPLICATE)
        return np.asarray(whole, dtype=np.float32).reshape(image.shape)
    # A streak goes from (0, 0) to its last tap: so far it reaches beyond two of the edges, at most.
    end_x, end_y = places[:, -1].tolist()
    left, top = max(-end_x, 0), max(-end_y, 0)
    wide = cv2.copyMakeBorder(image, top, max(end_y, 0), left, max(end_x, 0), cv2.BORDER_REPLICATE)
    total: Any = None
    for kernel, x, y in parts:
        down, right = top + y, left + x
        seen = wide[down : down + height + len(kernel) - 1, right : right + width + kernel.shape[1] - 1]
        # Its corner is the anchor; what it makes of the margins is not used.
        part = cv2.filter2D(seen, -1, kernel, anchor=(0, 0), borderType=cv2.BORDER_REPLICATE)[:height, :width]
        total = part if total is None else cv2.add(total, part, dst=total)
    return np.asarray(total, dtype=np.float32).reshape(image.shape)


def sections(weights: Floats, places: NDArray[np.intp]) -> Iterator[tuple[Floats, int, int]]:
    """A streak in small kernels, each with the place (x, y) of its upper left corner.

    >>> weights, places = taps(radius=10, sigma=5, degrees=np.array([45.0]))
    >>> [(kernel.shape, x, y) for kernel, x, y in sections(weights, places[0])]
    [((11, 11), 0, 0), ((4, 4), 11, 11)]
    """
    across, down = places.tolist()
    first = 0
    for end in range(1, len(across) + 1):
        if end < len(across) and _extent(across, first, end) * _extent(down, first, end) <= SMALL:
            continue
        height, width = _extent(down, first, end - 1), _extent(across, first, end - 1)
        x, y = min(across[first], across[end - 1]), min(down[first], down[end - 1])
        flat = (places[1, first:end] - y) * width + (places[0, first:end] - x)
        # Summed, as taps may share a place.
        kernel = np.bincount(flat, weights[first:end], height * width).astype(np.float32).reshape(height, width)
        yield kernel, x, y
        first = end


def _extent(places: list[int], first: int, last: int) -> int:
    """How many pixels lie from one tap to another along an axis, both included: a streak never turns."""
    return abs(places[last] - places[first]) + 1
