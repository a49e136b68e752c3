"""What cameras and surroundings do to pictures, each against its definition written out for a pixel or a patch."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from cameras import assert_rounded, decode, decoded, encode, flat, numbers
from hypothesis import given
from hypothesis import strategies as st
from pictures import scenes, seeds

from pytest_robust.generators import registry
from pytest_robust.generators._light import light, shown
from pytest_robust.generators.white_balance import gains

SEVERITIES = (1, 2, 3, 4, 5)
EVERY_LEVEL = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)


def make(name: str, images: np.ndarray, severity: float = 3) -> np.ndarray:
    return registry.get(name)(images, severity=severity, seeds=seeds(len(images)))


# --- light ---------------------------------------------------------------------------------------------------------


def test_light_and_back_gives_every_level():
    assert np.array_equal(shown(light(EVERY_LEVEL)), EVERY_LEVEL)
    assert light(EVERY_LEVEL).ravel() == pytest.approx([decode(v) for v in range(256)], rel=1e-6)


@given(st.floats(-1, 2, width=32))
def test_light_is_shown_as_srgb_rounded(value):
    assert_rounded(shown(np.array([value], np.float32)), np.array([encode(value)]))


@pytest.mark.parametrize(
    ("name", "sign", "stops"),
    [("over_exposure", 1, (0.5, 1, 1.6, 2.3, 3)), ("under_exposure", -1, (0.75, 1.5, 2.25, 3, 4))],
)
def test_exposure_is_a_gain_in_linear_light(name, sign, stops):
    for severity, stop in zip(SEVERITIES, stops, strict=True):
        exact = np.array([encode(decode(v) * 2 ** (sign * stop)) for v in range(256)])
        assert_rounded(make(name, EVERY_LEVEL, severity).ravel(), exact)


def test_over_exposure_burns_out_highlights_and_under_exposure_merges_shadows():
    burnt = [(make("over_exposure", EVERY_LEVEL, s) == 255).sum() for s in SEVERITIES]
    left = [len(np.unique(make("under_exposure", EVERY_LEVEL, s))) for s in SEVERITIES]
    assert burnt == sorted(set(burnt))
    assert burnt[-1] > 128
    assert left == sorted(set(left), reverse=True)
    assert left[-1] < 80


@pytest.mark.parametrize(("severity", "stops", "electrons"), [(1, 1, 400), (3, 2, 70), (5, 3, 20)])
def test_low_light_has_the_mean_and_the_variance_of_few_electrons(severity, stops, electrons):
    level = 230
    signal = decoded(make("low_light", flat(level), severity))
    photons = decode(level) * electrons
    assert signal.mean() == pytest.approx(photons / electrons / 2**stops, rel=0.01)
    assert signal.var() == pytest.approx((photons + 2.0**2) / electrons**2 / 4**stops, rel=0.03)


@pytest.mark.parametrize(("severity", "stops", "electrons"), [(1, 1, 400), (4, 2.5, 35)])
@pytest.mark.parametrize("level", [3, 60, 255])
def test_low_light_is_shown_as_electrons_counted_one_by_one_would_be(level, severity, stops, electrons):
    rng = np.random.default_rng(level)
    counted = rng.poisson(decode(level) * electrons, 50_000) + 2.0 * rng.standard_normal(50_000)
    expected = np.rint(np.vectorize(encode)(counted / electrons / 2**stops))
    made = make("low_light", flat(level), severity).ravel()
    shares = (np.bincount(values.astype(int), minlength=256).cumsum() / values.size for values in (made, expected))
    assert np.abs(np.subtract(*shares)).max() < 0.012, "Kolmogorov's distance"


def test_low_light_leaves_black_but_for_the_noise_of_reading():
    signal = make("low_light", flat(0), 5)
    assert (signal == 0).mean() == pytest.approx(0.5, abs=0.05), "half of it is below nought, and cut"
    expected = 2.0 / 20 / 8
    assert decoded(signal[signal > 0]).std() == pytest.approx(expected * math.sqrt(1 - 2 / math.pi), rel=0.05)


def test_low_light_is_another_noise_in_every_channel():
    noise = make("low_light", flat(120), 4).reshape(-1, 3).astype(float)
    assert np.abs(np.corrcoef(noise.T) - np.eye(3)).max() < 0.02


def planck(wavelength: float, kelvin: float) -> float:
    return 1 / (math.exp(1.4388e-2 / (wavelength * kelvin)) - 1)


@pytest.mark.parametrize("mired", [-100, -50, 50, 150])
def test_white_balance_is_the_ratio_of_two_black_bodies(mired):
    daylight = 1e6 / 6504
    lamp = 1e6 / (daylight + mired)
    ratio = np.array([planck(w, lamp) / planck(w, 6504) for w in (600e-9, 550e-9, 450e-9)])
    made = gains(mired)
    assert made / made[1] == pytest.approx(ratio / ratio[1], rel=0.1), "Wien's law is near Planck's"
    assert made @ [0.2126, 0.7152, 0.0722] == pytest.approx(1)


def test_white_balance_is_a_gain_of_each_channel_in_linear_light():
    images = np.repeat(EVERY_LEVEL, 3, axis=3).repeat(24, axis=0)
    made = make("white_balance", images, 3)
    warm = 0
    for seed, row in zip(seeds(24), made, strict=True):
        way, share = numbers(seed, 2)
        mired = 100 * (1 if way < 0.5 else -1) * (0.8 + 0.4 * share)
        warm += mired > 0
        for channel, gain in enumerate(gains(mired)):
            exact = np.array([encode(decode(v) * gain) for v in range(256)])
            assert_rounded(row[..., channel].ravel(), exact)
        red, _, blue = row[8, 0].astype(int)
        assert (red > blue) == (mired > 0)
    assert 4 < warm < 20, "both warm and cold"


def test_thermal_is_grey_inverted_and_flat():
    levels = np.array([0, 40, 128, 200, 255])
    for severity, contrast in zip(SEVERITIES, (0.3, 0.4, 0.5, 0.6, 0.7), strict=True):
        made = [make("thermal", flat(level, side=32), severity) for level in levels]
        assert all(len(np.unique(one)) == 1 for one in made)
        assert_rounded(np.array([one[0, 0, 0, 0] for one in made]), 127.5 - contrast * (levels - 127.5))


def test_thermal_goes_by_luminance_and_is_a_blur():
    from scipy.ndimage import gaussian_filter

    images = scenes(2, 224)
    made = make("thermal", images, 4)
    assert (made == made[..., :1]).all()
    grey = images @ np.array([0.299, 0.587, 0.114])
    for row, one in zip(made[..., 0], grey, strict=True):
        assert_rounded(row, 127.5 - 0.6 * (gaussian_filter(one, 3, mode="nearest") - 127.5))


@pytest.mark.parametrize("severity", SEVERITIES)
def test_flicker_is_a_sine_over_the_rows_in_linear_light(severity):
    depth = (0.2, 0.35, 0.5, 0.7, 0.9)[severity - 1]
    made = make("flicker_banding", flat(120, 3), severity)
    assert (made == made[:, :, :1, :1]).all(), "a row has one gain"
    for seed, row in zip(seeds(3), made[:, :, 0, 0], strict=True):
        bands, phase = numbers(seed, 2) * (4, 2 * math.pi) + (2, 0)
        exact = [
            encode(decode(120) * (1 + depth * math.sin(2 * math.pi * bands * (y + 0.5) / 224 + phase)))
            for y in range(224)
        ]
        assert_rounded(row, np.array(exact))


@pytest.mark.parametrize("severity", SEVERITIES)
def test_flash_lights_a_wall_and_leaves_glare(severity):
    power = (0.6, 1.2, 2.2, 4, 7)[severity - 1]
    images = flat(30, 4)
    made = make("flash", images, severity)
    assert (made >= images).all()
    for seed, row in zip(seeds(4), made, strict=True):
        glare = (numbers(seed, 2) - 0.5) * 112
        for y, x in ((0, 0), (20, 200), (111, 112), (150, 60), (223, 100)):
            v, u = y - 111.5, x - 111.5
            angle = math.atan(math.hypot(v, u) / math.hypot(112, 112))
            spot = math.exp(-((v - glare[0]) ** 2 + (u - glare[1]) ** 2) / (2 * (0.12 * 224) ** 2))
            value = decode(30) * (1 + power * math.cos(angle) ** 3) + 0.12 * power * spot
            assert_rounded(row[y, x], np.full(3, encode(value)))


# --- sensor and link -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("severity", SEVERITIES)
def test_dead_pixels_are_black_white_or_hot_and_of_a_stated_number(severity):
    share = (0.001, 0.0025, 0.005, 0.01, 0.02)[severity - 1]
    made = make("dead_pixels", flat(100, 4), severity).reshape(4, -1, 3)
    bad = (made != 100).any(axis=2)
    assert (bad.sum(axis=1) == round(share * 224 * 224)).all()
    values = made[bad]
    dead, stuck = (values == 0).all(axis=1), (values == 255).all(axis=1)
    hot = ((values == 255).sum(axis=1) == 1) & ((values == 100).sum(axis=1) == 2)
    assert (dead | stuck | hot).all()
    if severity >= 3:
        assert [kind.mean() for kind in (dead, stuck, hot)] == pytest.approx([1 / 3] * 3, abs=0.06)
        assert (values[hot] == 255).mean(axis=0) == pytest.approx([1 / 3] * 3, abs=0.1)


def test_a_hot_pixel_of_a_grey_picture_is_white_and_one_pixel_is_dead_at_least():
    made = make("dead_pixels", flat(100, 300, side=3, channels=1), 1).reshape(300, 9)
    assert ((made != 100).sum(axis=1) == 1).all()
    assert (made == 255).sum() / 300 == pytest.approx(2 / 3, abs=0.1)
    assert set(np.unique(made)) == {0, 100, 255}


@pytest.mark.parametrize("severity", SEVERITIES)
def test_dead_lines_are_whole_rows_and_columns_and_the_rest_stays(severity):
    count = (2, 4, 8, 14, 22)[severity - 1]
    made = make("dead_lines", flat(100, 8), severity)
    rows, columns, colours = 0, 0, set()
    for row in made:
        bad = (row != 100).all(axis=2)
        assert ((row == 100) | (row == 0) | (row == 255)).all()
        assert (row == row[..., :1]).all()
        whole_rows, whole_columns = bad.all(axis=1), bad.all(axis=0)
        assert np.array_equal(bad, whole_rows[:, None] | whole_columns[None, :])
        assert whole_rows.sum() + whole_columns.sum() == count
        rows, columns = rows + whole_rows.sum(), columns + whole_columns.sum()
        clear_column, clear_row = np.flatnonzero(~whole_columns)[0], np.flatnonzero(~whole_rows)[0]
        colours |= set(row[whole_rows, clear_column, 0]) | set(row[clear_row, whole_columns, 0])
    assert rows > 0
    assert columns > 0
    assert colours == {0, 255}


def test_lines_that_are_dead_stay_dead_at_a_higher_severity():
    images = flat(100, 5)
    bad = [(make("dead_lines", images, severity) != 100) for severity in SEVERITIES]
    for weaker, stronger in pairwise(bad):
        assert (stronger >= weaker).all()


@pytest.mark.parametrize(("severity", "bits"), list(zip(SEVERITIES, (5, 4, 3, 2, 1), strict=True)))
def test_colour_quantization_keeps_the_highest_bits(severity, bits):
    step = 2 ** (8 - bits)
    made = make("color_quantization", EVERY_LEVEL, severity).ravel()
    assert made.tolist() == [v // step * step for v in range(256)]


@pytest.mark.parametrize(("severity", "share"), list(zip(SEVERITIES, (0.005, 0.01, 0.025, 0.05, 0.1), strict=True)))
def test_bit_errors_flip_one_bit_of_a_share_of_the_bytes(severity, share):
    images = scenes(2, 224)
    flipped = np.unpackbits((make("bit_error", images, severity) ^ images)[..., None], axis=-1)
    bits = flipped.sum(axis=-1)
    assert bits.max() == 1
    assert bits.mean() == pytest.approx(share, rel=0.1)
    by_place = flipped.sum(axis=(0, 1, 2, 3)) / flipped.sum()
    assert by_place == pytest.approx(np.full(8, 1 / 8), abs=0.04)


def test_the_number_of_bit_errors_is_by_chance():
    images = flat(0, 60, side=32)
    counts = (make("bit_error", images, 3) != 0).reshape(60, -1).sum(axis=1)
    expected = 3072 * 0.025
    assert counts.mean() == pytest.approx(expected, rel=0.06)
    assert 0.5 < counts.var() / expected < 1.7
