"""Occlusion: what is hidden is as large as stated, and all else stays as it was."""

from __future__ import annotations

import colorsys
import math
from itertools import groupby, pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import pictures, scenes, seeds

from pytest_robust.errors import OptionError
from pytest_robust.generators import registry
from pytest_robust.generators.sticker import bright
from pytest_robust.registry import check_options

LEVELS = (1, 2, 3, 4, 5)


def run(name, images, severity, **options):
    return registry.get(name)(images, severity=severity, seeds=seeds(len(images)), **options)


def paper(n, height, width=None, channels=3):
    """Noise without black, grey and white: any that is found in the result was put there."""
    return np.random.default_rng(5).integers(30, 100, (n, height, width or height, channels), dtype=np.uint8)


def changed(made, images):
    return (made != images).any(axis=3)


@pytest.mark.parametrize(("height", "width", "channels"), [(32, 32, 3), (224, 224, 1), (33, 57, 3), (5, 64, 1)])
@pytest.mark.parametrize("severity", LEVELS)
def test_a_patch_covers_its_share_of_each_side_and_nothing_else(severity, height, width, channels):
    images = paper(20, height, width, channels)
    share = (severity + 1) / 10
    for hidden in changed(run("occlusion_patch", images, severity), images):
        rows, columns = np.flatnonzero(hidden.any(axis=1)), np.flatnonzero(hidden.any(axis=0))
        assert hidden[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
        assert hidden.sum() == len(rows) * len(columns)
        assert abs(len(rows) - share * height) <= 0.5
        assert abs(len(columns) - share * width) <= 0.5


def test_a_patch_lies_anywhere_and_never_outside():
    images = paper(400, 32)
    hidden = changed(run("occlusion_patch", images, 3), images)
    corners = [tuple(np.argwhere(row)[0]) for row in hidden]
    assert {top for top, _ in corners} == set(range(32 - 13 + 1))
    assert {left for _, left in corners} == set(range(32 - 13 + 1))


@pytest.mark.parametrize("name", ["occlusion_patch", "occlusion_bars"])
def test_the_fill_is_grey_black_or_noise(name):
    images = paper(4, 64)
    hidden = changed(run(name, images, 3), images)
    assert (run(name, images, 3)[hidden] == 128).all()
    assert (run(name, images, 3, fill="black")[hidden] == 0).all()
    noisy = run(name, images, 3, fill="noise")
    assert not changed(noisy, images)[~hidden].any()
    values = noisy[hidden].ravel().astype(float)
    assert abs(values.mean() - 127.5) < 5 * 73.9 / math.sqrt(values.size)
    assert abs(values.std() - 73.9) < 3
    assert len({tuple(pixel) for pixel in noisy[hidden]}) > 0.99 * hidden.sum()


@pytest.mark.parametrize("width", [32, 57, 224])
@pytest.mark.parametrize("severity", LEVELS)
def test_four_bars_hide_their_share_of_the_columns(severity, width):
    images = paper(20, 24, width)
    phases = set()
    for hidden in changed(run("occlusion_bars", images, severity), images):
        assert (hidden == hidden[0]).all()
        columns = hidden[0]
        assert abs(columns.sum() - severity / 8 * width) <= 4
        bars = sum(dark for dark, _ in groupby(np.roll(columns, -int(columns.argmin()))))
        assert bars == 4
        phases.add(columns.tobytes())
    assert len(phases) > 4


@pytest.mark.parametrize(("height", "width", "channels"), [(32, 32, 3), (224, 224, 3), (33, 57, 1)])
def test_hide_and_seek_hides_whole_patches_in_the_mean_colour(height, width, channels):
    images = paper(20, height, width, channels)
    made = run("hide_and_seek", images, 4)
    cells = np.indices((height, width)) * 4 // np.array([height, width])[:, None, None]
    for image, row in zip(images, made, strict=True):
        mean = np.floor(image.reshape(-1, channels).astype(float).mean(axis=0) + 0.5)
        for number in range(16):
            patch = (cells[0] * 4 + cells[1]) == number
            assert (row[patch] == mean).all() or (row[patch] == image[patch]).all()


def test_hide_and_seek_hides_with_its_probability_and_more_each_time():
    images = paper(500, 8)
    before = np.zeros((500, 8, 8), bool)
    for severity in LEVELS:
        hidden = (run("hide_and_seek", images, severity) == mean_of(images)).all(axis=3)
        assert not (before & ~hidden).any()
        chance = severity / 10
        share = hidden[:, ::2, ::2].mean()
        assert abs(share - chance) < 5 * math.sqrt(chance * (1 - chance) / 8000)
        before = hidden


def mean_of(images):
    return np.floor(images.mean(axis=(1, 2), keepdims=True) + 0.5)


@pytest.mark.parametrize("side", [32, 224])
@pytest.mark.parametrize(("severity", "share"), [(1, 0.1), (3, 0.18), (5, 0.28)])
def test_a_sticker_lies_within_the_picture_and_within_its_radius(severity, share, side):
    images = paper(40, side)
    radius = share * side
    areas = []
    for hidden in changed(run("sticker", images, severity), images):
        (_, reach) = cv2.minEnclosingCircle(np.argwhere(hidden).astype(np.float32))
        assert reach <= radius + 1
        areas.append(hidden.sum() / (math.pi * radius**2))
    # A star of five takes 1.12 r^2, a disc pi r^2.
    assert min(areas) > 0.3
    assert max(areas) > 0.9


def test_a_sticker_has_a_white_rim_and_two_saturated_colours():
    images = paper(40, 224)
    for image, row in zip(images, run("sticker", images, 5), strict=True):
        pixels, counts = np.unique(row[(row != image).any(axis=2)], axis=0, return_counts=True)
        three = pixels[np.argsort(counts)[-3:]]
        assert (three == 255).all(axis=1).sum() == 1
        assert sum(pixel.max() == 255 and pixel.min() == 0 for pixel in three) == 2


@given(st.floats(0, 2, exclude_max=True))
def test_bright_colours_are_those_of_the_hue(hue):
    assert bright(hue) == pytest.approx(colorsys.hsv_to_rgb(hue % 1, 1, 1), abs=1e-9)


def test_stickers_come_in_several_shapes_and_places():
    images = paper(60, 64)
    hidden = changed(run("sticker", images, 4), images)
    places = np.array([np.argwhere(row).mean(axis=0) for row in hidden])
    assert (np.ptp(places, axis=0) > 20).all()
    areas = hidden.sum(axis=(1, 2))
    assert areas.max() > 2 * areas.min()


@pytest.mark.parametrize("width", [57, 224])
@pytest.mark.parametrize(("severity", "share"), [(1, 0.3), (3, 0.6), (5, 1)])
def test_text_is_as_wide_as_stated_and_in_a_corner(severity, share, width):
    images = paper(30, 200, width)
    corners = set()
    for image, row in zip(images, run("text_overlay", images, severity), strict=True):
        rows, columns = (np.flatnonzero((row != image).any(axis=(2, axis))) for axis in (1, 0))
        assert 0.85 * share * width - 2 <= np.ptp(columns) + 1 <= share * width + 1
        corners.add((rows[0] < 100, columns[0] < (1 - share) * width / 2))
    assert len(corners) == (4 if share < 1 else 2)


def test_text_is_white_with_black_around_it():
    images = paper(1, 224)
    made = run("text_overlay", images, 5)
    assert (made == 255).all(axis=3).sum() > 500
    assert (made == 0).all(axis=3).sum() > 500
    near_white = cv2.dilate((made[0] > 150).all(axis=2).astype(np.uint8), np.ones((11, 11)))
    assert not (changed(made, images)[0] & (near_white == 0)).any()


def lines_of(row, image):
    """How many lines of text stand one above the other, and the text's width and height."""
    rows, columns = ((row == 255).all(axis=2).any(axis=axis) for axis in (1, 0))
    return sum(written for written, _ in groupby(rows)), np.ptp(np.flatnonzero(columns)), np.ptp(np.flatnonzero(rows))


def test_the_time_stamp_is_a_date_above_a_time_of_its_own_for_each_row():
    images = paper(20, 224)
    made = run("text_overlay", images, 5)
    assert {lines_of(row, image)[0] for row, image in zip(made, images, strict=True)} == {2}
    # Text at full width starts at the same column; what differs is what is written, and above or below.
    marks = {(row == 255).all(axis=2).tobytes() for row in made}
    assert len(marks) == 20


def test_a_text_of_one_s_own_is_written():
    images = paper(12, 224)
    one, wide, tall = lines_of(run("text_overlay", images, 3, text="-")[0], images[0])
    assert one == 1
    assert wide > 2 * tall
    _, wide, tall = lines_of(run("text_overlay", images, 3, text="|")[0], images[0])
    assert tall > 4 * wide
    made = run("text_overlay", images, 3, text="SAMPLE\nNOT FOR SALE\n1")
    assert lines_of(made[0], images[0])[0] == 3
    on_black = run("text_overlay", np.zeros_like(images), 3, text="SAMPLE")
    assert len({row.tobytes() for row in on_black}) == 4, "the same text in four corners"


@pytest.mark.parametrize("wrong", ["©", "tab\there", "fünf"])
def test_text_that_the_font_does_not_have_is_refused(wrong):
    member = registry.get("text_overlay")
    with pytest.raises(OptionError, match=r"'text' .*no other characters than those of ASCII"):
        check_options(member.make, {"text": wrong}, given=member.given)


@pytest.mark.parametrize("fill", ["black", "noise"])
@pytest.mark.parametrize("name", ["occlusion_patch", "occlusion_bars"])
def test_more_is_hidden_at_a_higher_severity_whatever_the_fill(name, fill):
    images = scenes(24, 32)
    changes = [np.abs(run(name, images, level, fill=fill).astype(int) - images).mean() for level in LEVELS]
    for weaker, stronger in pairwise([0, *changes]):
        assert stronger > weaker, changes


@given(
    st.sampled_from(["occlusion_patch", "occlusion_bars"]),
    st.sampled_from(["grey", "black", "noise"]),
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from([1, 3]),
    st.sampled_from(LEVELS),
)
def test_any_size_works_whatever_the_fill(name, fill, height, width, channels, severity):
    images = pictures(1, height, width, channels)
    assert run(name, images, severity, fill=fill).shape == images.shape
