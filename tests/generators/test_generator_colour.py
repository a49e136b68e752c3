"""Brightness, saturation and contrast, exactly: the standard library's HSV, pixel by pixel."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
from pictures import SIDES, SOME, assert_truncated, pictures, seeds

from pytest_robust.errors import GenerationError
from pytest_robust.generators import registry

RISE = {32: (0.05, 0.1, 0.15, 0.2, 0.3), 224: (0.1, 0.2, 0.3, 0.4, 0.5)}
SATURATION = {
    32: ((0.3, 0), (0.1, 0), (1.5, 0), (2, 0.1), (2.5, 0.2)),
    224: ((0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (20, 0.2)),
}
FACTOR = {32: (0.75, 0.5, 0.4, 0.3, 0.15), 224: (0.4, 0.3, 0.2, 0.1, 0.05)}


def in_hsv(images: np.ndarray, change) -> np.ndarray:
    """The pictures with `change(h, s, v)` applied to every pixel, as float64 between 0 and 1."""
    colours, places = np.unique(images.reshape(-1, 3), axis=0, return_inverse=True)
    changed = [colorsys.hsv_to_rgb(*change(*colorsys.rgb_to_hsv(*colour))) for colour in (colours / 255).tolist()]
    return np.array(changed)[places.ravel()].reshape(images.shape)


@pytest.mark.parametrize("severity", SOME)
@pytest.mark.parametrize("side", SIDES)
def test_brightness_raises_the_value_of_hsv(side, severity):
    images, rise = pictures(1, side), RISE[side][severity - 1]
    made = registry.get("brightness")(images, severity=severity, seeds=seeds(1))
    assert_truncated(made, in_hsv(images, lambda h, s, v: (h, s, min(v + rise, 1))))


def test_brightness_of_grey_pictures_is_an_addition():
    images = np.arange(256, dtype=np.uint8).repeat(4).reshape(1, 32, 32, 1)
    made = registry.get("brightness")(images, severity=3, seeds=seeds(1))
    assert_truncated(made, np.minimum(images / 255 + 0.15, 1))


@pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("side", SIDES)
def test_saturate_changes_the_saturation_of_hsv(side, severity):
    images, (factor, offset) = pictures(1, side), SATURATION[side][severity - 1]
    made = registry.get("saturate")(images, severity=severity, seeds=seeds(1))
    assert_truncated(made, in_hsv(images, lambda h, s, v: (h, min(max(s * factor + offset, 0), 1), v)))


def test_saturate_refuses_grey_pictures_by_name():
    with pytest.raises(GenerationError, match=r"saturate: images have 1 channels; give RGB \(3 channels\)"):
        registry.get("saturate")(pictures(1, 32, channels=1), severity=1, seeds=seeds(1))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("severity", SOME)
@pytest.mark.parametrize("side", SIDES)
def test_contrast_shrinks_towards_the_mean_of_each_channel(side, severity, channels):
    images = pictures(3, side, channels=channels)
    pixels = images / 255
    means = pixels.mean(axis=(1, 2), keepdims=True)
    made = registry.get("contrast")(images, severity=severity, seeds=seeds(3))
    assert_truncated(made, (pixels - means) * FACTOR[side][severity - 1] + means)
