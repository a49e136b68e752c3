"""Fog and snow: the plasma against diamond-square written out, and the published formulas around it."""

from __future__ import annotations

import numpy as np
import pytest
from pictures import SIDES, SOME, assert_truncated, pictures, seeds, stream
from test_generator_blurs import streaked, zoomed

from pytest_robust.generators import registry
from pytest_robust.generators._plasma import heights, plasma

FOG = {
    32: ((0.2, 3), (0.5, 3), (0.75, 2.5), (1, 2), (1.5, 1.75)),
    224: ((1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4)),
}
SNOW = {
    32: (
        (0.1, 0.2, 1, 0.6, 8, 3, 0.95),
        (0.1, 0.2, 1, 0.5, 10, 4, 0.9),
        (0.15, 0.3, 1.75, 0.55, 10, 4, 0.9),
        (0.25, 0.3, 2.25, 0.6, 12, 6, 0.85),
        (0.3, 0.3, 1.25, 0.65, 14, 12, 0.8),
    ),
    224: (
        (0.1, 0.3, 3, 0.5, 10, 4, 0.8),
        (0.2, 0.3, 2, 0.5, 12, 4, 0.7),
        (0.55, 0.3, 4, 0.9, 12, 8, 0.7),
        (0.55, 0.3, 4.5, 0.85, 12, 8, 0.65),
        (0.55, 0.3, 2.5, 0.85, 12, 12, 0.55),
    ),
}
CASES = [(side, severity) for side in SIDES for severity in SOME]


def diamond_square(noise: np.ndarray, side: int, decay: float) -> np.ndarray:
    """One height map, point by point, on a torus; `noise` in the order squares, tops, lefts of each round."""
    found = np.zeros((side, side))
    numbers = iter(noise.tolist())
    step, wibble = side, 100.0
    while step >= 2:
        half = step // 2

        def mean(points, wibble=wibble):
            return sum(found[y % side, x % side] for y, x in points) / 4 + wibble * wibble_of(wibble)

        def wibble_of(wibble):
            return wibble * next(numbers)

        grid = [(y, x) for y in range(0, side, step) for x in range(0, side, step)]
        for y, x in grid:
            corners = [(y, x), (y + step, x), (y, x + step), (y + step, x + step)]
            found[y + half, x + half] = mean(corners)
        for y, x in grid:
            found[y, x + half] = mean([(y + half, x + half), (y - half, x + half), (y, x), (y, x + step)])
        for y, x in grid:
            found[y + half, x] = mean([(y + half, x + half), (y + half, x - half), (y, x), (y + step, x)])
        # wibble multiplies a number uniform on [-wibble, wibble]: with its square falling, decay counts twice.
        step, wibble = half, wibble / decay
    return found


@pytest.mark.parametrize("decay", [3, 1.75, 1.4])
@pytest.mark.parametrize("side", [2, 8, 32])
def test_heights_are_those_of_diamond_square(side, decay):
    noise = np.random.default_rng(5).uniform(-1, 1, (2, side * side - 1)).astype(np.float32)
    made = heights(noise, side, decay)
    for row, numbers in zip(made, noise, strict=True):
        exact = diamond_square(numbers, side, decay)
        assert np.abs(row - exact).max() < 1e-5 * np.abs(exact).max()


def test_plasma_reaches_from_nought_to_one_and_is_its_own_in_every_row():
    clouds = plasma(seeds(20), 64, 2)
    assert (clouds.min(axis=(1, 2)) == 0).all()
    assert (clouds.max(axis=(1, 2)) == 1).all()
    assert len({row.tobytes() for row in clouds}) == 20


def test_plasma_has_less_fine_detail_the_faster_it_decays():
    """Amplitudes fall by decay^2 an octave, so power in two dimensions by f^-(2 + 4 log2 decay), until the linear
    interpolation between points, f^-4 or so, is all that is left."""
    slopes = []
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(64, 1 / 64), np.fft.fftfreq(64, 1 / 64)))
    ring = np.round(frequency).astype(int)
    for decay in (1.1, 1.4, 1.75):
        power = (np.abs(np.fft.fft2(plasma(seeds(60), 64, decay))) ** 2).mean(axis=0)
        radial = np.array([power[ring == k].mean() for k in range(2, 24)])
        slopes.append(np.polyfit(np.log(np.arange(2, 24)), np.log(radial), 1)[0])
    assert slopes == sorted(slopes, reverse=True)
    assert np.allclose(slopes[:2], [-2 - 4 * np.log2(1.1), -2 - 4 * np.log2(1.4)], atol=0.6)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("side", "severity"), CASES)
def test_fog_is_the_published_formula(side, severity, channels):
    images = pictures(3, side, channels=channels) // 2  # so that the brightest value is not 1
    amount, decay = FOG[side][severity - 1]
    clouds = plasma(seeds(3), 32 if side == 32 else 256, decay)[:, :side, :side, None].astype(float)
    pixels = images / 255
    top = pixels.max(axis=(1, 2, 3), keepdims=True)
    made = registry.get("fog")(images, severity=severity, seeds=seeds(3))
    assert_truncated(made, (pixels + amount * clouds) * top / (top + amount))


def test_fog_of_black_stays_black():
    assert not registry.get("fog")(np.zeros((1, 32, 32, 3), np.uint8), severity=5, seeds=seeds(1)).any()


@pytest.mark.parametrize(("side", "severity"), CASES)
def test_snow_is_the_published_formula(side, severity):
    images = pictures(2, side)
    mean, deviation, size, threshold, radius, sigma, weight = SNOW[side][severity - 1]
    made = registry.get("snow")(images, severity=severity, seeds=seeds(2))
    for seed, image, row in zip(seeds(2), images / 255, made, strict=True):
        rng = stream(seed)
        layer = mean + deviation * rng.standard_normal((side, side), dtype=np.float32).astype(float)
        layer = zoomed(layer[..., None], size)
        layer[layer < threshold] = 0
        layer = np.floor(np.clip(layer, 0, 1) * 255)
        layer = np.floor(streaked(layer, radius, sigma, rng.uniform(-135, -45)) + 0.5) / 255
        grey = image @ [0.299, 0.587, 0.114]
        bleached = weight * image + (1 - weight) * np.maximum(image, grey[..., None] * 1.5 + 0.5)
        exact = np.floor(np.clip(bleached + layer + layer[::-1, ::-1], 0, 1) * 255 + 1e-3)
        off = np.abs(row - exact)
        assert off.max() <= 3, "a flake at the threshold may fall on its other side"
        assert (off > 0).mean() < 2e-3


def test_snow_is_the_same_upside_down_on_grey():
    """The layer is added with its half-turn."""
    images = np.full((1, 40, 33, 1), 60, np.uint8)
    made = registry.get("snow")(images, severity=4, seeds=seeds(1))
    assert np.array_equal(made, made[:, ::-1, ::-1])
    assert made.max() > made.min()
