"""Pixelate and JPEG exactly, by PIL; elastic and glass against the published loops, fed with the same numbers."""

from __future__ import annotations

from io import BytesIO

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import SIDES, SOME, assert_truncated, pictures, seeds, stream
from PIL import Image
from scipy import ndimage

from pytest_robust.errors import GenerationError
from pytest_robust.generators import registry
from pytest_robust.generators._random import uniforms
from pytest_robust.generators.elastic_transform import smoothed
from pytest_robust.generators.glass_blur import sources

SHARE = {32: (0.95, 0.9, 0.85, 0.75, 0.65), 224: (0.6, 0.5, 0.4, 0.3, 0.25)}
QUALITY = {32: (80, 65, 58, 50, 40), 224: (25, 18, 15, 10, 7)}
ELASTIC = {
    32: ((0, 0, 0.08), (0.05, 0.2, 0.07), (0.08, 0.06, 0.06), (0.1, 0.04, 0.05), (0.1, 0.03, 0.03)),
    244: ((2, 0.7, 0.1), (2, 0.08, 0.2), (0.05, 0.01, 0.02), (0.07, 0.01, 0.02), (0.12, 0.01, 0.02)),
}
GLASS = {
    32: ((0.05, 1, 1), (0.25, 1, 1), (0.4, 1, 1), (0.25, 1, 2), (0.4, 1, 2)),
    224: ((0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2)),
}
CASES = [(side, severity) for side in SIDES for severity in SOME]


@pytest.mark.parametrize(("side", "severity"), CASES)
def test_pixelate_is_pil_s_box_resize(side, severity):
    images = pictures(2, side)
    small = int(side * SHARE[side][severity - 1])
    box = Image.Resampling.BOX
    expected = [
        np.asarray(Image.fromarray(image).resize((small, small), box).resize((side, side), box)) for image in images
    ]
    assert np.array_equal(registry.get("pixelate")(images, severity=severity, seeds=seeds(2)), expected)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("side", "severity"), CASES)
def test_jpeg_compression_is_pil_s(side, severity, channels):
    images = pictures(2, side, channels=channels)
    made = registry.get("jpeg_compression")(images, severity=severity, seeds=seeds(2))
    for image, row in zip(images, made, strict=True):
        file = BytesIO()
        Image.fromarray(image.squeeze()).save(file, "JPEG", quality=QUALITY[side][severity - 1])
        assert np.array_equal(row.squeeze(), np.asarray(Image.open(file)))


def elastic(image: np.ndarray, constants: tuple[float, ...], seed: np.ndarray) -> np.ndarray:
    """The published transform of a square image (s, s, c) of floats, with scipy in float64."""
    amplitude, sigma, jitter = constants
    side = len(image)
    centre, arm = side // 2, side // 3
    before = np.array([[centre + arm, centre + arm], [centre + arm, centre - arm], [centre - arm, centre - arm]])
    after = before + jitter * (2 * uniforms(seed, (3, 2), stream=1)[0] - 1)
    affine = np.linalg.solve(np.c_[after, np.ones(3)], before)  # from a pixel (x, y, 1) of the result to the source
    rows, columns = np.indices((side, side))
    x, y = np.moveaxis(np.stack([columns, rows, np.ones((side, side))], axis=-1) @ affine, -1, 0)
    pixels = [ndimage.map_coordinates(image[..., c], [y, x], order=1, mode="mirror") for c in range(image.shape[2])]
    fields = uniforms(seed, (side, side, 2))[0].astype(float) * 2 - 1
    fields = amplitude * ndimage.gaussian_filter(fields, (sigma, sigma, 0), mode="reflect", truncate=3)
    places = [rows + fields[..., 1], columns + fields[..., 0]]
    return np.stack([ndimage.map_coordinates(p, places, order=1, mode="reflect") for p in pixels], axis=-1)


@pytest.mark.parametrize(("side", "severity"), [(side, severity) for side in SIDES for severity in (1, 2, 3, 5)])
def test_elastic_transform_is_the_published_one(side, severity):
    images = pictures(1, side)
    factor = 32 if side == 32 else 244  # as published
    constants = tuple(factor * c for c in ELASTIC[factor][severity - 1])
    made = registry.get("elastic_transform")(images, severity=severity, seeds=seeds(1))
    assert_truncated(made[0], elastic(images[0] / 255, constants, seeds(1)), tolerance=0.1)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.floats(0, 60), st.integers(0, 2**32))
def test_smoothing_is_that_of_scipy_for_any_shape_and_sigma(height, width, sigma, seed):
    fields = np.random.default_rng(seed).uniform(-1, 1, (height, width, 2)).astype(np.float32)
    exact = ndimage.gaussian_filter(fields.astype(float), (sigma, sigma, 0), mode="reflect", truncate=3)
    assert np.abs(smoothed(fields, sigma) - exact).max() < 1e-5


@pytest.mark.parametrize("height", [1, 2])
def test_elastic_transform_refuses_what_has_no_three_points(height):
    with pytest.raises(GenerationError, match=f"elastic_transform: images are 9 x {height} pixels; it needs at least"):
        registry.get("elastic_transform")(pictures(1, height, 9), severity=1, seeds=seeds(1))


def exchanged(colours: np.ndarray, steps: np.ndarray, delta: int) -> np.ndarray:
    """One round of the published loop over an image (h, w, c), pixel by pixel: what numpy makes of its swap."""
    found = colours.copy()
    height, width = colours.shape[:2]
    for h in range(height - delta, delta, -1):
        for w in range(width - delta, delta, -1):
            down, right = steps[:, h - delta - 1, w - delta - 1]
            found[h, w], found[h + down, w + right] = found[h + down, w + right], found[h, w]
    return found


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 24), st.integers(1, 24), st.integers(1, 5), st.integers(0, 2**32))
def test_copies_follow_the_published_loop(height, width, delta, seed):
    rng = np.random.default_rng(seed)
    colours = np.arange(height * width).reshape(height, width, 1)
    steps = rng.integers(-delta, delta, (2, max(height - 2 * delta, 0), max(width - 2 * delta, 0)))
    expected = exchanged(np.repeat(colours, 3, axis=2), steps, delta)[..., 0]
    assert np.array_equal(sources(steps, delta, height, width), expected.ravel())


@pytest.mark.parametrize(("side", "severity"), CASES)
def test_glass_blur_is_the_published_one(side, severity):
    images = pictures(1, side)
    sigma, delta, times = GLASS[side][severity - 1]
    rng = stream(seeds(1)[0])

    def blurred(image: np.ndarray) -> np.ndarray:
        return ndimage.gaussian_filter(image / 255, (sigma, sigma, 0), mode="nearest", truncate=4)

    colours = np.floor(blurred(images[0]) * 255 + 1e-3)
    for _ in range(times):
        colours = exchanged(colours, rng.integers(-delta, delta, (2, side - 2 * delta, side - 2 * delta)), delta)
    made = registry.get("glass_blur")(images, severity=severity, seeds=seeds(1))
    # A value that the first blur truncates to the other side of a level is one off, and blurred again.
    off = np.abs(made[0] - np.floor(blurred(colours) * 255 + 1e-3))
    assert off.max() <= 1
    assert (off > 0).mean() < 1e-3


def test_opencv_takes_points_as_x_and_y():
    """What the reference above rests on."""
    points = np.array([[3, 1], [3, -1], [-3, -1]], np.float32)
    assert np.allclose(cv2.getAffineTransform(points, points + np.float32([2, 0])), [[1, 0, 2], [0, 1, 0]])
