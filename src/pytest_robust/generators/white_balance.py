"""The wrong colour temperature."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._light import LIGHT, LUMINANCE, shown
from pytest_robust.generators._random import Seeds, uniforms
from pytest_robust.generators._rows import by_blocks
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("white_balance", (40, 70, 100, 140, 190), channels=(3,))  # mired

EXPONENTS = 1.4388e-2 / np.array([600e-9, 550e-9, 450e-9]) * 1e-6
"""Planck's second radiation constant (metre kelvin) over the wavelengths of red, green and blue, for each mired."""


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    risk="White balance set for another lamp: the picture turns yellow under bulbs, blue in the shade.",
)
@by_blocks
def white_balance(images: Images, *, severity: float, seeds: Seeds) -> Images:
    """The light of each channel times exp(-s c2 / wavelength), s the shift of 1 / temperature; brightness is kept.

    That is the ratio of two black bodies by Wien's law, seen by a camera with a narrow band at 600, 550 and 450 nm for
    red, green and blue (Finlayson & Hordley, JOSA A 18(2), 2001). By the row's seed the shift is to warm or to cold,
    and U(0.8, 1.2) times the severity's, in mired (10^6 / kelvin); from daylight to a bulb are 190. The gains are
    scaled so that the luminance of grey stays. `images` (n, h, w, 3). Raises GenerationError for other channels and for
    severities other than 1 to 5.
    """
    import cv2

    (shift,) = SEVERITIES.of(images, severity)
    made = np.empty(images.shape, np.uint8)
    for (way, share), image, place in zip(uniforms(seeds, (2,)).tolist(), images, made, strict=True):
        mired = shift * (1 if way < 0.5 else -1) * (0.8 + 0.4 * share)
        table = shown(np.outer(LIGHT, gains(mired)).astype(np.float32))
        place[...] = cv2.LUT(image, table[None])
    return made


def gains(mired: float) -> NDArray[np.float64]:
    """What red, green and blue light are multiplied by: warm above 0, cold below.

    >>> gains(100).round(2).tolist(), gains(0).tolist()
    ([1.22, 0.98, 0.55], [1.0, 1.0, 1.0])
    """
    found = np.exp(-mired * EXPONENTS)
    return np.asarray(found / (LUMINANCE @ found), dtype=np.float64)
