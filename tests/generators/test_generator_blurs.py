"""The blurs, against scipy in float64 and against sums written out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pictures import SIDES, SOME, assert_truncated, pictures, seeds
from scipy import ndimage

from pytest_robust.generators import registry
from pytest_robust.generators._random import uniforms
from pytest_robust.generators._zoom import clipped_zoom
from pytest_robust.generators.defocus_blur import disk

SIGMA = {32: (0.4, 0.6, 0.7, 0.8, 1), 224: (1, 2, 3, 4, 6)}
DISK = {
    32: ((0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1, 0.2), (1.5, 0.1)),
    224: ((3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)),
}
STREAK = {32: ((6, 1), (6, 1.5), (6, 2), (8, 2), (9, 2.5)), 224: ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15))}
ZOOM = {
    32: ((1.06, 0.01), (1.11, 0.01), (1.16, 0.01), (1.21, 0.01), (1.26, 0.01)),
    224: ((1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03)),
}
CASES = [(side, severity) for side in SIDES for severity in SOME]


def zoomed(image: np.ndarray, factor: float) -> np.ndarray:
    """The published zoom by scipy, for a square image (s, s, c)."""
    side = len(image)
    kept = math.ceil(side / factor)
    top = (side - kept) // 2
    found = ndimage.zoom(image[top : top + kept, top : top + kept], (factor, factor, 1), order=1, mode="nearest")
    trim = (len(found) - side) // 2
    return found[trim : trim + side, trim : trim + side]


def streaked(image: np.ndarray, radius: float, sigma: float, degrees: float) -> np.ndarray:
    """ImageMagick's motion blur of an image (h, w, c), tap by tap."""
    weights = [math.exp(-(i**2) / (2 * sigma**2)) for i in range(2 * radius + 1)]
    rows, columns = np.indices(image.shape[:2])
    found = np.zeros(image.shape)
    for i, weight in enumerate(weights):
        down = math.ceil(i * math.sin(math.radians(degrees)) - 0.5)
        right = math.ceil(i * math.cos(math.radians(degrees)) - 0.5)
        y, x = np.clip(rows + down, 0, len(image) - 1), np.clip(columns + right, 0, image.shape[1] - 1)
        found += weight / sum(weights) * image[y, x]
    return found


@pytest.mark.parametrize(("side", "severity"), CASES)
def test_gaussian_blur_is_that_of_scipy(side, severity):
    images, sigma = pictures(2, side), SIGMA[side][severity - 1]
    exact = ndimage.gaussian_filter(images / 255, (0, sigma, sigma, 0), mode="nearest", truncate=4)
    assert_truncated(registry.get("gaussian_blur")(images, severity=severity, seeds=seeds(2)), exact)


@pytest.mark.parametrize(("side", "severity"), CASES)
def test_defocus_blur_is_a_convolution_with_a_smoothed_disk(side, severity):
    images, (radius, alias) = pictures(2, side), DISK[side][severity - 1]
    reach, smooth = (8, 1) if radius <= 8 else (int(radius), 2)
    places = np.arange(-reach, reach + 1)
    inside = places[:, None] ** 2 + places**2 <= radius**2
    kernel = inside / inside.sum()
    gauss = np.exp(-(np.arange(-smooth, smooth + 1) ** 2) / (2 * alias**2))
    for axis in (0, 1):
        kernel = ndimage.convolve1d(kernel, gauss / gauss.sum(), axis=axis, mode="mirror")
    exact = np.stack(
        [
            np.stack([ndimage.correlate(image[..., c], kernel, mode="mirror") for c in range(3)], axis=-1)
            for image in images / 255
        ]
    )
    assert_truncated(registry.get("defocus_blur")(images, severity=severity, seeds=seeds(2)), exact)


def test_the_disk_is_as_wide_as_its_radius_and_sums_to_one():
    kernel = disk(6, 0.5)
    assert kernel.sum() == pytest.approx(1, abs=1e-6)
    lit = np.flatnonzero(kernel[len(kernel) // 2] > kernel.max() / 2)
    assert lit.max() - lit.min() + 1 == 13


@pytest.mark.parametrize(("side", "severity"), CASES)
def test_motion_blur_is_a_one_sided_streak_at_the_row_s_angle(side, severity):
    images = pictures(3, side)
    made = registry.get("motion_blur")(images, severity=severity, seeds=seeds(3))
    for chance, image, row in zip(uniforms(seeds(3)).astype(float), images, made, strict=True):
        exact = streaked(image, *STREAK[side][severity - 1], chance * 90 - 45)
        assert_truncated(row, (exact + 0.5) / 255)  # ImageMagick rounds


def test_motion_blur_draws_a_point_out_to_one_side():
    images = np.zeros((8, 224, 224, 1), np.uint8)
    images[:, 112, 112] = 255
    made = registry.get("motion_blur")(images, severity=5, seeds=seeds(8))
    for row in made[..., 0]:
        y, x = np.nonzero(row)
        assert 112 - 40 <= x.min() <= 112 - 28, "40 pixels back, at up to 45 degrees"
        assert x.max() == 112
        slope = np.polyfit(x - 112, y - 112, 1)[0]
        assert abs(math.degrees(math.atan(slope))) < 47
        assert int(row.sum()) == pytest.approx(255, abs=21), "light is kept, but for the rounding of 41 taps"


@pytest.mark.parametrize("factor", [1.0, 1.01, 1.13, 1.3, 2.5, 4.0])
@pytest.mark.parametrize("side", [9, 32, 224])
def test_zoom_is_that_of_scipy(side, factor):
    image = pictures(1, side)[0].astype(np.float32)
    assert np.abs(clipped_zoom(image, factor) - zoomed(image.astype(float), factor)).max() < 0.01


@pytest.mark.parametrize(("side", "severity"), CASES)
def test_zoom_blur_is_the_mean_of_zooms(side, severity):
    images = pictures(1, side)
    end, step = ZOOM[side][severity - 1]
    factors = np.arange(1, end, step)
    pixels = images[0] / 255
    exact = (pixels + sum(zoomed(pixels, factor) for factor in factors)) / (len(factors) + 1)
    assert_truncated(registry.get("zoom_blur")(images, severity=severity, seeds=seeds(1))[0], exact)


@pytest.mark.parametrize("channels", [1, 3])
def test_small_and_large_images_are_zoomed_alike(channels, monkeypatch):
    """Small ones by a sparse product, large ones one factor after the other."""
    images = pictures(3, 61, 50, channels)
    product = registry.get("zoom_blur")(images, severity=4, seeds=seeds(3)).astype(int)
    monkeypatch.setattr("pytest_robust.generators.zoom_blur.SMALL", 0)
    loop = registry.get("zoom_blur")(images, severity=4, seeds=seeds(3))
    assert np.abs(product - loop).max() <= 1
    assert (product != loop).mean() < 1e-3


@pytest.mark.parametrize("name", ["gaussian_blur", "defocus_blur", "motion_blur", "zoom_blur", "glass_blur"])
@pytest.mark.parametrize("level", [0, 77, 255])
def test_blurs_leave_one_colour_as_it_is(name, level):
    images = np.full((2, 40, 33, 3), level, np.uint8)
    for severity in (1, 5):
        assert (registry.get(name)(images, severity=severity, seeds=seeds(2)) == level).all()
