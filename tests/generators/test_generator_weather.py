"""Fog, snow, frost and spatter against the published formulas, plasma against diamond-square written out; and ice."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from pictures import SIDES, SOME, assert_truncated, pictures, seeds
from PIL import Image
from scipy import ndimage
from test_generator_blurs import streaked, zoomed

from pytest_robust.errors import GenerationError
from pytest_robust.generators import registry
from pytest_robust.generators._plasma import heights, plasma
from pytest_robust.generators._random import normals, uniforms

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
FROST = {
    32: ((1, 0.2), (1, 0.3), (0.9, 0.4), (0.85, 0.4), (0.75, 0.45)),
    224: ((1, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75)),
}
FROSTED = Path(__file__).parent / "frost"
WATER = {
    32: ((0.62, 0.1, 0.7, 0.7, 0.5), (0.65, 0.1, 0.8, 0.7, 0.5), (0.65, 0.3, 1, 0.69, 0.5)),
    224: ((0.65, 0.3, 4, 0.69, 0.6), (0.65, 0.3, 3, 0.68, 0.6), (0.65, 0.3, 2, 0.68, 0.5)),
}
MUD = {
    32: ((0.65, 0.1, 0.7, 0.69, 0.6), (0.65, 0.1, 0.5, 0.68, 0.6)),
    224: ((0.65, 0.3, 1, 0.65, 1.5), (0.67, 0.4, 1, 0.65, 1.5)),
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
    noise = normals(seeds(2), (side, side)).astype(float)
    angles = uniforms(seeds(2), stream=1).astype(float) * 90 - 135
    for normal, angle, image, row in zip(noise, angles, images / 255, made, strict=True):
        layer = mean + deviation * normal
        layer = zoomed(layer[..., None], size)
        layer[layer < threshold] = 0
        layer = np.floor(np.clip(layer, 0, 1) * 255)
        layer = np.floor(streaked(layer, radius, sigma, angle) + 0.5) / 255
        grey = image @ [0.299, 0.587, 0.114]
        bleached = weight * image + (1 - weight) * np.maximum(image, grey[..., None] * 1.5 + 0.5)
        exact = np.floor(np.clip(bleached + layer + layer[::-1, ::-1], 0, 1) * 255 + 1e-3)
        off = np.abs(row - exact)
        flake = 255 * threshold / sum(np.exp(-(np.arange(2 * radius + 1) ** 2) / (2 * sigma**2)))
        assert off.max() <= flake + 3, "a flake at the threshold may fall on its other side"
        assert (off > 0).mean() < 2e-3


def test_snow_is_the_same_upside_down_on_grey():
    """The layer is added with its half-turn."""
    images = np.full((1, 40, 33, 1), 60, np.uint8)
    made = registry.get("snow")(images, severity=4, seeds=seeds(1))
    assert np.array_equal(made, made[:, ::-1, ::-1])
    assert made.max() > made.min()


@pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("side", SIDES)
def test_frost_is_the_published_formula(side, severity):
    images = pictures(6, side)
    share, strength = FROST[side][severity - 1]
    frosts = [np.asarray(Image.open(FROSTED / name).convert("RGB")) for name in ("1.jpg", "2.png")]
    if side == 32:
        frosts = [cv2.resize(frost, (0, 0), fx=0.2, fy=0.2) for frost in frosts]
    made = registry.get("frost")(images, severity=severity, seeds=seeds(6), folder=FROSTED)
    used = set()
    for (which, down, right), image, row in zip(uniforms(seeds(6), (3,)).astype(float), images, made, strict=True):
        frost = frosts[int(which * 2)]
        used.add(int(which * 2))
        top, left = int(down * (frost.shape[0] - side + 1)), int(right * (frost.shape[1] - side + 1))
        cut = frost[top : top + side, left : left + side].astype(float)
        assert_truncated(row, (share * image + strength * cut) / 255)
    assert used == {0, 1}


def test_pictures_of_frost_are_enlarged_where_they_do_not_cover_the_image():
    made = registry.get("frost")(np.zeros((4, 300, 700, 3), np.uint8), severity=1, seeds=seeds(4), folder=FROSTED)
    assert (made.max(axis=(1, 2, 3)) > 60).all()
    assert (made[:, -1, -1].max(axis=1) > 0).all()


def test_frost_refuses_a_folder_without_pictures_by_name(tmp_path):
    def frosted(folder):
        registry.get("frost")(pictures(1, 32), severity=1, seeds=seeds(1), folder=folder)

    with pytest.raises(GenerationError, match=r"^frost: .*nowhere is not a folder; give"):
        frosted(tmp_path / "nowhere")
    (tmp_path / "readme.txt").write_text("none")
    with pytest.raises(GenerationError, match=r"^frost: .* holds no pictures; looked for .*\.png"):
        frosted(tmp_path)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "a.png").write_bytes(b"no picture")
    with pytest.raises(GenerationError, match=r"^frost: .*a\.png is not a readable image .*; replace it"):
        frosted(broken)


def spattered(side: int, severity: int) -> tuple[np.ndarray, np.ndarray, tuple[float, ...], np.ndarray]:
    """Pictures, what is made of them, the published constants, and the layers of liquid by scipy in float64."""
    images = pictures(3, side)
    constants = (*WATER[side], *MUD[side])[severity - 1]
    mean, deviation, smoothness, threshold, _ = constants
    layers = mean + deviation * normals(seeds(3), (side, side)).astype(float)
    layers = ndimage.gaussian_filter(layers, (0, smoothness, smoothness), mode="nearest", truncate=4)
    layers[layers < threshold] = 0
    made = registry.get("spatter")(images, severity=severity, seeds=seeds(3))
    return images / 255, made, constants, layers


@pytest.mark.parametrize("severity", [1, 2, 3])
@pytest.mark.parametrize("side", SIDES)
def test_water_is_spattered_by_the_published_formula(side, severity):
    pixels, made, constants, layers = spattered(side, severity)
    for image, row, layer in zip(pixels, made, np.floor(np.minimum(layers, 1) * 255), strict=True):
        shores = cv2.Canny(layer.astype(np.uint8), 50, 150) > 0
        away = cv2.distanceTransform(np.where(shores, 0, 255).astype(np.uint8), cv2.DIST_L2, 5)
        near = cv2.equalizeHist(cv2.blur(np.minimum(away, 20), (3, 3)).astype(np.uint8)).astype(float)
        relief = np.zeros_like(near)
        wide = np.pad(near, 1, mode="reflect")
        for (down, right), weight in np.ndenumerate(np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]])):
            relief += weight * wide[down : down + side, right : right + side]
        wide = np.pad(np.clip(relief, 0, 255), 1, mode="reflect")
        mean = sum(wide[y : y + side, x : x + side] for y in range(3) for x in range(3)) / 9
        lit = np.floor(mean + 0.5) * layer
        exact = image + (constants[4] * lit / lit.max())[..., None] * np.array([175, 238, 238]) / 255
        off = np.abs(row - np.floor(np.clip(exact, 0, 1) * 255 + 1e-3))
        assert (off > 0).mean() < 5e-3, "a place at the threshold may fall on its other side"
        assert off.max() <= 255 * constants[4]


@pytest.mark.parametrize("severity", [4, 5])
@pytest.mark.parametrize("side", SIDES)
def test_mud_is_spattered_by_the_published_formula(side, severity):
    pixels, made, constants, layers = spattered(side, severity)
    cover = ndimage.gaussian_filter((layers > constants[3]).astype(float), (0, *constants[-1:] * 2), mode="nearest")
    cover[cover < 0.8] = 0
    exact = pixels * (1 - cover[..., None]) + cover[..., None] * np.array([63, 42, 20]) / 255
    wrong = np.abs(made - np.floor(exact * 255 + 1e-3)) > 0
    assert wrong.mean() < 2e-3, "a place at the threshold may fall on its other side"
    assert (cover > 0).any()


def test_water_that_reaches_no_drop_leaves_the_image():
    made = registry.get("spatter")(np.full((1, 1, 1, 3), 90, np.uint8), severity=1, seeds=seeds(1))
    assert (made == 90).all()


def test_spatter_covers_about_as_much_of_an_image_of_any_size():
    def covered(side):
        images = np.zeros((4, side, side, 3), np.uint8)
        return registry.get("spatter")(images, severity=4, seeds=seeds(4)).any(axis=3).mean()

    assert covered(448) == pytest.approx(covered(224), rel=0.25)


def test_ice_grows_from_the_edge_and_is_pale():
    images = np.full((4, 96, 128, 3), 40, np.uint8)
    growth = []
    for severity in (1, 2, 3, 4, 5):
        change = registry.get("ice")(images, severity=severity, seeds=seeds(4)).astype(int) - 40
        edge, middle = change[:, :8].mean(), change[:, 40:56, 56:72].mean()
        assert edge > middle + 5 or severity > 3
        assert (change[..., 2] >= change[..., 0]).all(), "ice is no darker in blue than in red"
        growth.append(middle)
    assert growth[0] < 5
    assert growth[-1] > 10
    assert growth == sorted(growth)
