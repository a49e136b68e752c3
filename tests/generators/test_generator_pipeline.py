"""Mistakes between camera and model: each against its definition, by Python's own numbers, PIL or a decoder."""

from __future__ import annotations

import math
from fractions import Fraction
from io import BytesIO
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import pictures, scenes, seeds
from PIL import Image, ImageFile, ImageOps

from pytest_robust.errors import GenerationError, OptionError
from pytest_robust.generators import registry
from pytest_robust.registry import check_options

ALL_LEVELS = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)


def run(name, images, severity=0.0, **options):
    return registry.get(name)(images, severity=severity, seeds=seeds(len(images)), **options)


def by_level(name, **options):
    """What becomes of each of the 256 levels."""
    return run(name, ALL_LEVELS, **options).ravel().tolist()


def half_up(value):
    return min(max(math.floor(value + Fraction(1, 2)), 0), 255)


def test_channel_order_is_reversed():
    images = pictures(2, 33, 57)
    assert np.array_equal(run("channel_order", images), images[..., ::-1])
    assert np.array_equal(run("channel_order", run("channel_order", images)), images)


def test_value_range_is_a_factor_of_255_too_many_or_too_few():
    assert by_level("value_range", mistake="too_dark") == [half_up(Fraction(x, 255)) for x in range(256)]
    assert by_level("value_range", mistake="too_bright") == [min(255 * x, 255) for x in range(256)]
    wrapped = (ALL_LEVELS * np.uint8(255)).ravel().tolist()
    assert by_level("value_range", mistake="wrapped") == wrapped
    assert wrapped[:3] == [0, 255, 254]


def test_video_range_is_linear_between_16_and_235():
    limited = [half_up(16 + Fraction(219 * x, 255)) for x in range(256)]
    assert by_level("video_range", mistake="washed_out") == limited
    assert (limited[0], limited[255]) == (16, 235)
    assert by_level("video_range", mistake="crushed") == [half_up(Fraction(255 * (x - 16), 219)) for x in range(256)]
    # 255 levels in the place of 220: there and back is off by half a level times 255 / 219 at most.
    back = run("video_range", run("video_range", ALL_LEVELS), mistake="crushed")
    assert abs(back.astype(int) - ALL_LEVELS).max() <= 1


def decoded(x):
    return x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4


def encoded(x):
    return 12.92 * x if x <= 0.0031308 else 1.055 * x ** (1 / 2.4) - 0.055


def test_gamma_is_the_transfer_function_of_srgb():
    assert by_level("gamma", mistake="too_dark") == [half_up(255 * decoded(x / 255)) for x in range(256)]
    assert by_level("gamma", mistake="too_bright") == [half_up(255 * encoded(x / 255)) for x in range(256)]
    assert by_level("gamma", mistake="too_dark")[188] == 128
    assert by_level("gamma", mistake="too_bright")[128] == 188


@pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])
def test_bit_depth_keeps_the_high_bits(severity):
    kept = 7 - severity
    expected = [int(f"{x:08b}"[:kept] + "0" * (8 - kept), base=2) for x in range(256)]
    assert by_level("bit_depth", severity=severity) == expected


def test_grayscale_is_pil_s_luma():
    images = np.random.default_rng(1).integers(0, 256, (1, 300, 300, 3), dtype=np.uint8)
    luma = np.asarray(Image.fromarray(images[0]).convert("L"))
    assert np.array_equal(run("grayscale", images)[0], np.dstack([luma] * 3))


@pytest.mark.parametrize(("degrees", "orientation"), [(90, 6), (180, 3), (270, 8)])
@pytest.mark.parametrize("channels", [1, 3])
def test_exif_rotation_is_what_the_orientation_would_have_undone(degrees, orientation, channels):
    images = pictures(2, 40, channels=channels)
    made = run("exif_rotation", images, degrees=degrees)
    for image, row in zip(images, made, strict=True):
        photo = Image.fromarray(row.squeeze())
        photo.getexif()[0x0112] = orientation
        assert np.array_equal(np.asarray(ImageOps.exif_transpose(photo)), image.squeeze())


def test_exif_rotation_of_a_picture_that_is_not_square_is_stretched_to_its_shape():
    images = pictures(1, 30, 50)
    assert np.array_equal(run("exif_rotation", images, degrees=180), images[:, ::-1, ::-1])
    for degrees, turn in ((90, Image.Transpose.ROTATE_90), (270, Image.Transpose.ROTATE_270)):
        stretched = Image.fromarray(images[0]).transpose(turn).resize((50, 30), Image.Resampling.BILINEAR)
        assert np.array_equal(run("exif_rotation", images, degrees=degrees)[0], np.asarray(stretched))


def test_flip_is_pil_s():
    images = pictures(2, 33, 57)
    ways = {"horizontal": Image.Transpose.FLIP_LEFT_RIGHT, "vertical": Image.Transpose.FLIP_TOP_BOTTOM}
    for direction, way in ways.items():
        expected = [np.asarray(Image.fromarray(image).transpose(way)) for image in images]
        assert np.array_equal(run("flip", images, direction=direction), expected)


def ycc(rgb, red, blue):
    """Y'CbCr (Cb and Cr around 0) of RGB, by the weights of red and blue in the luma."""
    luma = red * rgb[..., 0] + (1 - red - blue) * rgb[..., 1] + blue * rgb[..., 2]
    return luma, (rgb[..., 2] - luma) / (2 * (1 - blue)), (rgb[..., 0] - luma) / (2 * (1 - red))


def rgb_of(luma, cb, cr, red, blue):
    r, b = luma + 2 * (1 - red) * cr, luma + 2 * (1 - blue) * cb
    return np.stack([r, (luma - red * r - blue * b) / (1 - red - blue), b], axis=-1)


@pytest.mark.parametrize(
    ("mistake", "coded", "read"),
    [
        ("bt601_as_bt709", (0.299, 0.114), (0.2126, 0.0722)),
        ("bt709_as_bt601", (0.2126, 0.0722), (0.299, 0.114)),
    ],
)
def test_color_matrix_codes_by_one_standard_and_reads_by_the_other(mistake, coded, read):
    images = np.random.default_rng(2).integers(0, 256, (2, 50, 50, 3), dtype=np.uint8)
    exact = np.clip(rgb_of(*ycc(images.astype(float), *coded), *read), 0, 255)
    made = run("color_matrix", images, mistake=mistake)
    assert np.abs(made - exact).max() <= 0.501
    assert np.abs(exact - images).max() > 30
    grey = np.repeat(ALL_LEVELS, 3, axis=3)
    assert np.array_equal(run("color_matrix", grey, mistake=mistake), grey)


@pytest.mark.parametrize("shape", [(32, 32), (33, 57), (1, 7), (1, 1)])
def test_chroma_subsampling_is_the_mean_colour_of_each_block_of_four(shape):
    images = pictures(1, *shape)
    luma, *chroma = ycc(images[0].astype(float), 0.299, 0.114)
    for channel in chroma:
        for top, left in product(range(0, shape[0], 2), range(0, shape[1], 2)):
            block = np.s_[top : top + 2, left : left + 2]
            channel[block] = channel[block].mean()
    exact = np.clip(rgb_of(luma, *chroma, 0.299, 0.114), 0, 255)
    assert np.abs(run("chroma_subsampling", images)[0] - exact).max() <= 0.501


def test_colours_that_fill_whole_blocks_survive_chroma_subsampling():
    images = pictures(1, 16)
    images[...] = images[:, ::2, ::2].repeat(2, axis=1).repeat(2, axis=2)
    assert np.array_equal(run("chroma_subsampling", images), images)


def test_ycbcr_as_rgb_is_the_formula_of_jfif():
    images = np.random.default_rng(3).integers(0, 256, (1, 60, 60, 3), dtype=np.uint8)
    luma, cb, cr = ycc(images.astype(float), 0.299, 0.114)
    exact = np.clip(np.stack([luma, cb + 128, cr + 128], axis=-1), 0, 255)
    assert np.abs(run("ycbcr_as_rgb", images) - exact).max() <= 0.501
    by_pil = np.asarray(Image.fromarray(images[0]).convert("YCbCr")).astype(int)  # cut, not rounded
    assert np.abs(run("ycbcr_as_rgb", images)[0] - by_pil).max() <= 1
    grey = run("ycbcr_as_rgb", np.full((1, 4, 4, 3), 77, np.uint8))
    assert (grey == (77, 128, 128)).all()


def recoded(image, quality):
    file = BytesIO()
    Image.fromarray(image.squeeze()).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file)).reshape(image.shape)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("severity", "first", "second"), [(1, 90, 80), (3, 70, 55), (5, 40, 25)])
def test_double_jpeg_is_pil_twice_with_a_shift(severity, first, second, channels):
    images = np.repeat(pictures(1, 32, channels=channels), 12, axis=0)
    image, ways = images[0], {}
    for down, right in product(range(1, 8), repeat=2):
        wider = np.concatenate([image[:1].repeat(down, axis=0), image])
        wider = np.concatenate([wider[:, :1].repeat(right, axis=1), wider], axis=1)
        ways[recoded(recoded(wider, first)[down:, right:], second).tobytes()] = down, right
    found = {ways[row.tobytes()] for row in run("double_jpeg", images, severity)}
    assert len(found) > 6


@pytest.mark.parametrize("channels", [1, 3])
def test_recompressed_is_pil_s_jpeg_of_quality_95(channels):
    images = pictures(3, 33, 57, channels=channels)
    made = run("recompressed", images)
    assert np.array_equal(made, [recoded(image, 95) for image in images])
    assert not np.array_equal(made, images)
    grey = scenes(4, 224)[..., :1]
    assert np.abs(run("recompressed", grey).astype(int) - grey).mean() < 2


def assert_cropped(made, images, box):
    """`made` is a box of whole pixels, cut out and resized back by PIL; but for what the edges see beyond the box."""
    height, width = images.shape[1:3]
    parts = (Image.fromarray(image).crop(box) for image in images)
    expected = np.stack([np.asarray(part.resize((width, height), Image.Resampling.BILINEAR)) for part in parts])
    inner = np.s_[:, 1:-1, 1:-1]
    assert np.array_equal(made[inner], expected[inner])


def test_wrong_crop_is_pil_s_crop_of_too_little_or_too_much():
    images = pictures(2, 40, 80)
    assert_cropped(run("wrong_crop", images, 3, mistake="too_tight"), images, (8, 4, 72, 36))
    around = np.pad(images, ((0, 0), (4, 4), (8, 8), (0, 0)), mode="symmetric")
    expected = [np.asarray(Image.fromarray(row).resize((80, 40), Image.Resampling.BILINEAR)) for row in around]
    assert np.array_equal(run("wrong_crop", images, 3, mistake="too_loose"), expected)


@pytest.mark.parametrize(("severity", "share"), [(1, 0.05), (3, 0.2), (5, 0.4)])
def test_wrong_crop_off_centre_lies_at_an_edge_and_goes_everywhere(severity, share):
    """Seen on a picture whose pixels tell their place."""
    ramp = np.zeros((1, 200, 200, 3), np.uint8)
    ramp[..., 0], ramp[..., 1] = np.arange(200), np.arange(200)[:, None]
    made = run("wrong_crop", np.repeat(ramp, 60, axis=0), severity)
    seen = made[:, 20:180, 20:180, :2].mean(axis=(1, 2)) - 99.5
    margin = share * 100
    assert np.abs(np.abs(seen).max(axis=1) - margin).max() < 0.6
    assert {tuple(np.sign(way)) for way in seen} == set(product((-1, 1), repeat=2))
    assert np.abs(np.ptp(made[:, 20:180, 100, 1].astype(int), axis=1) / 159 - (1 - share)).max() < 0.02


def test_aspect_ratio_is_pil_s_stretch_of_the_middle():
    images = pictures(2, 40, 80)
    assert_cropped(run("aspect_ratio", images, 2, looks="tall"), images, (0, 4, 80, 36))
    assert_cropped(run("aspect_ratio", images, 2, looks="wide"), images, (8, 0, 72, 40))


@pytest.mark.parametrize(("place", "at"), [("middle", (8, 4)), ("corner", (0, 0))])
def test_padding_is_a_small_picture_on_black(place, at):
    images = pictures(2, 40, 80)
    expected = []
    for image in images:
        canvas = Image.new("RGB", (80, 40))
        canvas.paste(Image.fromarray(image).resize((64, 32), Image.Resampling.BILINEAR), at)
        expected.append(np.asarray(canvas))
    assert np.array_equal(run("padding", images, 2, place=place), expected)


@pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])
def test_interlaced_moves_every_second_row(severity):
    images = np.repeat(pictures(1, 32), 8, axis=0)
    image = images[0]
    left = np.concatenate([image[:, severity:], image[:, -1:].repeat(severity, axis=1)], axis=1)
    right = np.concatenate([image[:, :1].repeat(severity, axis=1), image[:, :-severity]], axis=1)
    ways = {other[1::2].tobytes(): name for name, other in (("left", left), ("right", right))}
    made = run("interlaced", images, severity)
    assert np.array_equal(made[:, ::2], images[:, ::2])
    assert {ways[row[1::2].tobytes()] for row in made} == {"left", "right"}


@pytest.mark.parametrize(("severity", "missing"), [(1, 10), (2, 20), (3, 35), (4, 50), (5, 70)])
def test_truncated_image_ends_in_grey(severity, missing):
    images = pictures(2, 100, 30)
    made = run("truncated_image", images, severity)
    assert np.array_equal(made[:, : 100 - missing], images[:, : 100 - missing])
    assert (made[:, 100 - missing :] == 128).all()


def test_a_decoder_makes_a_truncated_file_grey_at_the_end(monkeypatch):
    """So PIL does, told to accept such files: what `truncated_image` stands for."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    file = BytesIO()
    Image.fromarray(pictures(1, 200)[0]).save(file, "JPEG")
    shown = np.asarray(Image.open(BytesIO(file.getvalue()[: len(file.getvalue()) // 2])))
    assert shown.shape == (200, 200, 3)
    assert (shown[-40:] == 128).all()
    assert shown[:40].std() > 30


def weights(side, small, way):
    """A filter as a matrix (small, side), cell by cell; edges repeated."""
    factor, matrix = side / small, np.zeros((small, side))
    for cell in range(small):
        middle = (cell + 0.5) * factor - 0.5
        if way == "area":
            low, high = cell * factor, (cell + 1) * factor
            taps = {at: max(min(high, at + 1) - max(low, at), 0) / factor for at in range(side)}
        elif way == "nearest":
            taps = {math.floor((cell + 0.5) * factor): 1.0}
        else:
            first = math.floor(middle) - 1
            taps = {at: kernel(at - middle, way) for at in range(first, first + 4)}
        for at, weight in taps.items():
            matrix[cell, min(max(at, 0), side - 1)] += weight
    return matrix


def kernel(x, way):
    """The triangle, or Keys' cubic with a = -3/4, which is OpenCV's."""
    x, a = abs(x), -0.75
    if way == "bilinear":
        return max(1 - x, 0)
    return (a + 2) * x**3 - (a + 3) * x**2 + 1 if x <= 1 else a * (x**3 - 5 * x**2 + 8 * x - 4)


@pytest.mark.parametrize("way", ["nearest", "bilinear", "bicubic"])
@pytest.mark.parametrize(("side", "severity", "small"), [(32, 1, 21), (32, 5, 7), (224, 2, 90), (224, 3, 64)])
def test_resize_filter_adds_the_error_of_the_filter(side, severity, small, way):
    images = pictures(1, side)
    wrong, right = (weights(side, small, which) for which in (way, "area"))
    pixels = images[0].astype(float)
    error = np.einsum("ay,bx,yxc->abc", wrong, wrong, pixels, optimize=True)
    error -= np.einsum("ay,bx,yxc->abc", right, right, pixels, optimize=True)
    back = np.floor((np.arange(side) + 0.5) * small / side).astype(int)
    exact = np.clip(pixels + error[back[:, None], back], 0, 255)
    assert np.abs(run("resize_filter", images, severity, filter=way)[0] - exact).max() <= 0.51


def test_reduced_over_the_area_resize_filter_is_what_the_wrong_filter_gives():
    """At 224 pixels severity 5 reduces seven times, a whole number: `nearest` takes the middle of every seven."""
    images = scenes(2, 224) // 4 + 96  # nothing can clip
    made = run("resize_filter", images, 5)
    means = made.reshape(2, 32, 7, 32, 7, 3).mean(axis=(2, 4))
    assert np.abs(means - images[:, 3::7, 3::7]).max() <= 0.5
    assert np.abs(means - images.reshape(2, 32, 7, 32, 7, 3).mean(axis=(2, 4))).max() > 3


OTHER_OPTIONS = [
    ("resize_filter", {"filter": "bilinear"}),
    ("resize_filter", {"filter": "bicubic"}),
    ("wrong_crop", {"mistake": "too_tight"}),
    ("wrong_crop", {"mistake": "too_loose"}),
    ("aspect_ratio", {"looks": "wide"}),
    ("padding", {"place": "corner"}),
]


@pytest.mark.parametrize("side", [32, 224])
@pytest.mark.parametrize(("name", "options"), OTHER_OPTIONS, ids=str)
def test_the_change_grows_with_severity_whatever_the_mistake(name, options, side):
    images = scenes(12 if side == 32 else 4, side)
    changes = [np.abs(run(name, images, level, **options).astype(int) - images).mean() for level in (1, 2, 3, 4, 5)]
    for weaker, stronger in pairwise([0, *changes]):
        assert stronger > weaker, changes


@given(
    st.sampled_from(OTHER_OPTIONS),
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from([1, 3]),
    st.sampled_from([1, 5]),
)
def test_any_size_works_whatever_the_mistake(member, height, width, channels, severity):
    name, options = member
    images = pictures(1, height, width, channels)
    assert run(name, images, severity, **options).shape == images.shape


WITHOUT_SEVERITY = [
    "channel_order",
    "chroma_subsampling",
    "color_matrix",
    "exif_rotation",
    "flip",
    "gamma",
    "grayscale",
    "recompressed",
    "value_range",
    "video_range",
    "ycbcr_as_rgb",
]


@pytest.mark.parametrize("name", WITHOUT_SEVERITY)
def test_other_channels_are_refused_by_name(name):
    with pytest.raises(GenerationError, match=rf"^{name}: images have 4 channels; give .*RGB"):
        run(name, pictures(1, 8, channels=4))


@pytest.mark.parametrize("name", ["channel_order", "chroma_subsampling", "color_matrix", "grayscale", "ycbcr_as_rgb"])
def test_mistakes_of_colour_are_refused_for_grey(name):
    with pytest.raises(GenerationError, match=rf"^{name}: images have 1 channels; give RGB \(3 channels\)"):
        run(name, pictures(1, 8, channels=1))


def test_an_unknown_mistake_is_an_option_error_that_lists_the_known_ones():
    member = registry.get("value_range")
    with pytest.raises(OptionError, match="'too_dark', 'too_bright' or 'wrapped'"):
        check_options(member.make, {"mistake": "dark"}, given=member.given)


@pytest.mark.parametrize(
    ("name", "options", "called"),
    [
        ("value_range", {"mistake": "wrapped"}, "value_range-wrapped"),
        ("exif_rotation", {"degrees": 180}, "exif_rotation-180"),
        ("flip", {}, "flip-horizontal"),
    ],
)
def test_cells_are_named_by_what_happened(name, options, called):
    member = registry.get(name)
    assert member.called(check_options(member.make, options, given=member.given)) == called
