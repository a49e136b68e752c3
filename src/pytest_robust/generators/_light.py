"""From levels to light and back: what a camera does, it does to light, not to the levels of a picture.

Levels are sRGB (IEC 61966-2-1). Light is linear: twice the light is twice the number; black is 0, white is 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators._pixels import Floats

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
"""The shares of red, green and blue light in what the eye sees as bright; ITU-R BT.709, as in sRGB."""


def decoded(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """The light of levels, both between 0 and 1."""
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)


def encoded(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """The levels of light, both between 0 and 1."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


LIGHT: Floats = decoded(np.arange(256) / 255).astype(np.float32)
STEPS = np.float32(65535)
LEVELS: Images = np.floor(encoded(np.arange(65536) / 65535) * 255 + 0.5).astype(np.uint8)


def light(images: Images) -> Floats:
    """The light of pixels.

    >>> light(np.array([0, 128, 255], np.uint8)).round(3).tolist()
    [0.0, 0.2160000056028366, 1.0]
    """
    return np.take(LIGHT, images)


def shown(values: Floats) -> Images:
    """Light, clipped to what a picture can hold, as pixels. In 65,535 steps, rounded. Uses `values` up.

    >>> shown(np.array([-1, 0, 0.2159, 1, 7], np.float32)).tolist()
    [0, 0, 128, 255, 255]
    """
    np.clip(values, 0, 1, out=values)
    values *= STEPS
    values += np.float32(0.5)
    return np.take(LEVELS, values.astype(np.uint16))
