"""Input of no class, against its definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import pictures, seeds
from scipy.stats import kstest

from pytest_robust.errors import GenerationError, OptionError
from pytest_robust.generators import registry
from pytest_robust.generators.textures import PATTERNS, clouds, dots
from pytest_robust.registry import check_options

NAMES = ["inverted", "pink_noise", "shuffled_patches", "textures", "uniform_colour", "white_noise"]


def make(name: str, images: np.ndarray, numbers: np.ndarray | None = None, **options) -> np.ndarray:
    return registry.get(name)(images, severity=0.0, seeds=seeds(len(images)) if numbers is None else numbers, **options)


@pytest.mark.parametrize("name", NAMES)
def test_it_belongs_to_no_class_and_has_the_shape_of_the_row(name):
    member = registry.get(name)
    assert (member.kind, member.truth, member.scale, member.needs) == ("outlier", "unfamiliar", None, frozenset())
    for channels in (1, 3) if name == "shuffled_patches" else (1, 2, 3, 4):
        images = pictures(2, 17, 6, channels=channels)
        assert make(name, images).shape == images.shape


@pytest.mark.parametrize("name", ["pink_noise", "textures", "uniform_colour", "white_noise"])
def test_nothing_of_the_picture_is_left(name):
    images = pictures(4, 12)
    made = make(name, images)
    assert np.array_equal(make(name, 255 - images), made)
    assert len({row.tobytes() for row in made}) == 4


def test_white_noise_is_uniform_and_independent():
    made = make("white_noise", np.zeros((20, 32, 32, 3), np.uint8)).astype(float)
    assert np.bincount(made.astype(int).ravel(), minlength=256).min() > 0
    assert kstest((made.ravel() + 0.5) / 256, "uniform").statistic < 0.01
    for axis in (1, 2, 3):
        one, other = np.take(made, 0, axis).ravel(), np.take(made, 1, axis).ravel()
        assert abs(np.corrcoef(one, other)[0, 1]) < 5 / np.sqrt(one.size)


@pytest.mark.parametrize("shape", [(64, 64), (48, 96)], ids=str)
def test_the_amplitude_of_pink_noise_falls_as_one_over_the_frequency(shape):
    made = make("pink_noise", np.zeros((60, *shape, 3), np.uint8)).astype(float)
    assert made.mean() == pytest.approx(128, abs=1)
    assert np.std(made - made.mean((1, 2), keepdims=True)) == pytest.approx(47.5, abs=1.5)
    frequency = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.fftfreq(shape[1]))
    amplitude = np.abs(np.fft.fft2(made, axes=(1, 2))).mean(axis=(0, 3))
    inside = (frequency > 0) & (frequency < 0.4)
    slope, _ = np.polyfit(np.log(frequency[inside]), np.log(amplitude[inside]), 1)
    assert slope == pytest.approx(-1, abs=0.05)
    assert abs(np.corrcoef(made[..., 0].ravel(), made[..., 1].ravel())[0, 1]) < 0.1


def test_pink_noise_of_one_pixel_is_grey():
    assert make("pink_noise", np.zeros((2, 1, 1, 3), np.uint8)).tolist() == [[[[128] * 3]]] * 2


def test_a_uniform_colour_is_any_colour():
    made = make("uniform_colour", np.zeros((3_000, 2, 3, 3), np.uint8))
    assert (made == made[:, :1, :1]).all()
    colours = made[:, 0, 0].astype(float)
    for channel in range(3):
        assert kstest((colours[:, channel] + 0.5) / 256, "uniform").pvalue > 1e-4
    assert np.abs(np.corrcoef(colours.T)[np.triu_indices(3, 1)]).max() < 0.08


def test_inverting_twice_gives_the_picture():
    images = pictures(2, 9, channels=4)
    assert np.array_equal(make("inverted", make("inverted", images)), images)
    assert make("inverted", np.array([0, 100, 255], np.uint8).reshape(1, 1, 3, 1)).ravel().tolist() == [255, 155, 0]


@given(st.integers(2, 13), st.integers(2, 13), st.integers(2, 5), st.sampled_from([1, 3]), st.integers(0, 2**64 - 1))
def test_every_patch_has_moved_and_none_is_lost(height, width, grid, channels, seed):
    image = np.arange(height * width * channels, dtype=np.uint16).reshape(1, height, width, channels)
    low, high = (image & 255).astype(np.uint8), (image >> 8).astype(np.uint8)  # so that every pixel has its own number
    made = sum(
        make("shuffled_patches", part, np.array([seed], np.uint64), grid=grid).astype(np.uint16) << shift
        for part, shift in ((low, 0), (high, 8))
    )
    assert sorted(made.ravel().tolist()) == sorted(image.ravel().tolist())
    down, across = min(grid, height), min(grid, width)
    tall, wide = height // down, width // across
    inside = (slice(None), slice(0, down * tall), slice(0, across * wide))
    assert (made[inside] != image[inside]).all()
    outside = np.ones(image.shape, np.bool_)
    outside[inside] = False
    assert np.array_equal(made[outside], image[outside])
    for top in range(0, down * tall, tall):  # within a patch, pixels stay neighbours
        for left in range(0, across * wide, wide):
            patch = made[0, top : top + tall, left : left + wide].astype(int)
            assert (np.diff(patch, axis=1) == channels).all()
            assert (np.diff(patch, axis=0) == width * channels).all()


def test_patches_take_all_places_alike():
    images = np.zeros((6_000, 2, 2, 1), np.uint8)
    images[:, 0, 0] = 255
    made = make("shuffled_patches", images, grid=2)[..., 0] == 255
    assert made.sum((1, 2)).tolist() == [1] * 6_000
    assert made.mean(axis=0).ravel().tolist() == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3], abs=0.03)


def test_patches_need_two_pixels_and_a_grid_of_two():
    with pytest.raises(GenerationError, match=r"^shuffled_patches: images are 7 x 1 pixels; it needs at least 2 x 2"):
        make("shuffled_patches", pictures(1, 1, 7))
    member = registry.get("shuffled_patches")
    with pytest.raises(OptionError, match="grid"):
        check_options(member.make, {"grid": 1}, given=member.given)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.__name__)
def test_a_pattern_has_both_colours_and_repeats_or_not(pattern):
    rng = np.random.default_rng(0)
    for height, width in ((64, 64), (40, 90), (1, 1), (1, 9)):
        share = pattern(rng, height, width)
        assert share.shape == (height, width)
        assert share.min() >= 0
        assert share.max() <= 1
        if min(height, width) > 1:
            assert np.ptp(share) > 0.5
            if pattern is not clouds:  # all others have edges: pixels next to each other are equal, or far apart
                steps = np.abs(np.diff(share, axis=1))
                assert (steps == 0).mean() > 0.4
            if pattern is dots:
                assert share.mean() == pytest.approx(np.pi * 0.35**2, abs=0.12)


def test_all_textures_come_up_in_colours_that_differ():
    made = make("textures", np.zeros((300, 24, 24, 3), np.uint8)).astype(int)
    spread = np.ptp(made, axis=(1, 2))
    assert (spread > 20).all()
    two_colours = np.array([len(np.unique(image.reshape(-1, 3), axis=0)) == 2 for image in made])
    assert two_colours.mean() == pytest.approx(3 / 5, abs=0.12)
    assert (spread[two_colours] >= 64).all()
