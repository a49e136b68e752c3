"""What lenses, and what lies on them, do to pictures, each against its definition written out for a pixel."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cameras import assert_rounded, decode, decoded, encode, flat, numbers, ramp
from pictures import pictures, scenes, seeds

from pytest_robust.generators import registry
from pytest_robust.generators._lens import around, soft_disc, window
from pytest_robust.generators.lens_distortion import sources

SEVERITIES = (1, 2, 3, 4, 5)


def make(name: str, images: np.ndarray, severity: float = 3) -> np.ndarray:
    return registry.get(name)(images, severity=severity, seeds=seeds(len(images)))


@pytest.mark.parametrize("severity", SEVERITIES)
def test_vignetting_is_the_cosine_fourth_law(severity):
    tangent = (0.6, 0.9, 1.2, 1.6, 2.2)[severity - 1]
    images = pictures(2, 61, 81)
    made = make("vignetting", images, severity)
    assert np.array_equal(made[:, 30, 40], images[:, 30, 40]), "the middle stays"
    for y, x in ((0, 0), (60, 80), (3, 70), (30, 0), (25, 44)):
        radius = math.hypot(y - 30, x - 40) / (math.hypot(61, 81) / 2)
        share = math.cos(math.atan(tangent * radius)) ** 4
        exact = [[encode(decode(v) * share) for v in row] for row in images[:, y, x]]
        assert_rounded(made[:, y, x], np.array(exact))


def test_vignetting_is_the_same_on_all_sides():
    made = make("vignetting", flat(200, side=57), 4)
    assert np.array_equal(made, made[:, ::-1])
    assert np.array_equal(made, made.transpose(0, 2, 1, 3))


def test_chromatic_aberration_leaves_green_and_moves_red_out_and_blue_in():
    images = ramp()
    for severity, distance in zip(SEVERITIES, (1.5, 3, 4.5, 6, 8), strict=True):
        made = make("chromatic_aberration", images, severity)
        assert np.array_equal(made[..., 1], images[..., 1])
        offset = np.arange(224) - 111.5
        for channel, sign in ((0, 1), (2, -1)):
            exact = np.clip(111.5 + offset / (1 + sign * distance / 112), 0, 223)
            assert_rounded(made[0, 100, :, channel], exact)
            sideways = make("chromatic_aberration", images.transpose(0, 2, 1, 3), severity)
            assert_rounded(sideways[0, :, 100, channel], exact)


def test_chromatic_aberration_is_a_stated_distance_at_the_edge():
    images = flat(0)
    images[:, :, 211] = 255
    made = make("chromatic_aberration", images, 5)[0, 112].astype(float)
    red, green, blue = (made[:, channel] @ np.arange(224) / made[:, channel].sum() for channel in range(3))
    assert red - green == pytest.approx(8 * 99.5 / 112, abs=0.3)
    assert green - blue == pytest.approx(8 * 99.5 / 112, abs=0.3)


def test_lens_distortion_is_browns_first_term():
    images, n = ramp(), 12
    made = make("lens_distortion", images.repeat(n, axis=0), 5)
    kinds = set()
    for seed, row in zip(seeds(n), made, strict=True):
        way, share = numbers(seed, 2)
        k = 0.8 * (1 if way < 0.5 else -1 / 3) * (0.8 + 0.4 * share)
        kinds.add(k > 0)
        scale = 1 + k if k > 0 else 1 + k / 2
        for y, x in ((0, 0), (0, 111), (111, 0), (112, 112), (60, 200), (223, 223)):
            v, u = y - 111.5, x - 111.5
            exact = 111.5 + u * (1 + k * (v * v + u * u) / (2 * 112**2)) / scale
            assert_rounded(row[y, x], np.full(3, min(max(exact, 0), 223)), 0.05)
    assert kinds == {True, False}


@pytest.mark.parametrize(("height", "width"), [(224, 224), (120, 200), (33, 300)])
@pytest.mark.parametrize("k", [0.96, 0.1, -0.05, -0.32])
def test_lens_distortion_fills_the_picture_and_does_not_fold(height, width, k):
    x, y = sources(height, width, k)
    assert -0.5 <= x.min() <= x.max() <= width - 0.5
    assert -0.5 <= y.min() <= y.max() <= height - 0.5
    assert (np.diff(x, axis=1) > 0).all()
    assert (np.diff(y, axis=0) > 0).all()
    middle = x[height // 2, width // 2 + 1] - x[height // 2, width // 2]
    assert (middle < 1) == (k > 0), "a barrel magnifies the middle, a pincushion shrinks it"


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_rolling_shutter_moves_whole_rows_by_skew_and_wobble(severity):
    skew, wobble = ((10, 1.5), (20, 3), (30, 5), (42, 7.5), (56, 10))[severity - 1]
    made = make("rolling_shutter", ramp().repeat(3, axis=0), severity)
    for seed, row in zip(seeds(3), made, strict=True):
        way, waves, phase = numbers(seed, 3) * (1, 2, 2 * math.pi) + (0, 1, 0)
        direction = 1 if way < 0.5 else -1
        for y in (0, 50, 111, 180, 223):
            t = (y + 0.5) / 224
            moved = direction * skew * (t - 0.5) + wobble * math.sin(2 * math.pi * waves * t + phase)
            assert_rounded(row[y, 60:160, 0], np.arange(60, 160) - moved, 0.05)


def test_a_rolling_shutter_leaves_what_is_alike_along_a_row():
    images = ramp().transpose(0, 2, 1, 3)
    assert np.array_equal(make("rolling_shutter", images, 5), images)


def speck(y: float, x: float, centre: tuple[float, float], radius: float, softness: float) -> float:
    """A soft disc at one place."""
    distance = math.hypot(y - centre[0], x - centre[1])
    t = min(max((1 + softness - distance / radius) / (2 * softness), 0), 1)
    return t * t * (3 - 2 * t)


@pytest.mark.parametrize("centre", [(20, 30), (1.5, 58.2), (-3, 70)])
def test_a_soft_disc_in_its_window_is_one_within_nought_without_and_nothing_is_cut(centre):
    here = window(centre, 13, 41, 61)
    below, right = around(here, centre, 10)
    found = np.zeros((41, 61))
    found[here] = soft_disc(below**2 + right**2, 0.3)
    exact = [[speck(y, x, centre, 10, 0.3) for x in range(61)] for y in range(41)]
    assert found == pytest.approx(np.array(exact), abs=1e-5)


@pytest.mark.parametrize("severity", [1, 5])
def test_lens_dirt_takes_light_by_soft_discs(severity):
    count, size, opacity = ((3, 21, 0.5), None, None, None, (12, 28, 0.9))[severity - 1]
    images = scenes(2, 224)
    made = make("lens_dirt", images, severity)
    places = np.random.default_rng(3).integers(0, 224, (200, 2))
    for seed, image, row in zip(seeds(2), images, made, strict=True):
        specks = [
            ((223 * y, 223 * x), size * (0.5 + scale), opacity * (0.7 + 0.3 * share))
            for y, x, scale, share in numbers(seed, count, 4)
        ]
        for y, x in places:
            left = math.prod(1 - share * speck(y, x, centre, radius, 0.5) for centre, radius, share in specks)
            assert_rounded(row[y, x], np.array([encode(decode(v) * left) for v in image[y, x]]))


def test_lens_dirt_stays_where_it_is_whatever_is_seen():
    white, other = make("lens_dirt", flat(255), 4), scenes(1, 224)
    left = decoded(white)
    through = np.vectorize(encode)(decoded(other) * left)
    assert np.abs(make("lens_dirt", other, 4) - through).max() < 2
    untouched = white == 255
    assert 0.2 < untouched.mean() < 0.95
    assert np.array_equal(make("lens_dirt", other, 4)[untouched], other[untouched])


def drops(seed: int, count: int, size: float) -> list[tuple[tuple[float, float], float]]:
    return [((223 * y, 223 * x), size * (0.5 + scale)) for y, x, scale in numbers(seed, count, 3)]


def test_water_drops_show_the_view_upside_down_and_small():
    images = ramp().repeat(12, axis=0)
    images[6:] = ramp().transpose(0, 2, 1, 3)
    made = make("water_drops", images, 1)
    checked = 0
    for index, (seed, row) in enumerate(zip(seeds(12), made, strict=True)):
        found = drops(seed, 5, 13)
        for number, (centre, radius) in enumerate(found):
            later = found[number + 1 :]
            for v, u in ((0, 0), (-0.4, 0.3), (0.5, 0.2), (0.1, -0.5)):
                y, x = round(centre[0] + v * radius), round(centre[1] + u * radius)
                if not (0 <= y < 224 and 0 <= x < 224):
                    continue
                if any(math.dist((y, x), other) < 1.2 * reach for other, reach in later):
                    continue
                below, right = (y - centre[0]) / radius, (x - centre[1]) / radius
                squared = below**2 + right**2
                along = (centre[0], below) if index >= 6 else (centre[1], right)
                view = along[0] - 4 * (1 + squared) * along[1] * radius
                if 8 < view < 215:  # away from the mirrored edge
                    exact = view + (255 - view) * 0.5 * squared**4 * (1 + below)
                    assert row[y, x] == pytest.approx(np.full(3, exact), abs=1)
                    checked += 1
    assert checked > 60


@pytest.mark.parametrize(("severity", "count", "size"), [(1, 5, 13), (5, 30, 18)])
def test_water_drops_leave_what_is_between_them(severity, count, size):
    images = scenes(3, 224)
    made = make("water_drops", images, severity)
    y, x = np.indices((224, 224))
    for seed, image, row in zip(seeds(3), images, made, strict=True):
        dry = np.ones((224, 224), bool)
        for centre, radius in drops(seed, count, size):
            dry &= np.hypot(y - centre[0], x - centre[1]) > 1.121 * radius
        assert 0.1 < dry.mean() < 0.99
        assert np.array_equal(row[dry], image[dry])
        assert (row[~dry] != image[~dry]).any(axis=-1).mean() > 0.9


def test_water_drops_shine_below():
    images = flat(60, 6)
    made = make("water_drops", images, 2).astype(int)
    assert (made >= 60).all()
    for seed, row in zip(seeds(6), made, strict=True):
        (cy, cx), radius = drops(seed, 9, 14)[-1]
        top, bottom = ((round(cy + sign * 0.9 * radius), round(cx)) for sign in (-1, 1))
        if top[0] >= 0 and bottom[0] < 224:
            assert row[bottom].mean() > row[top].mean() + 20
