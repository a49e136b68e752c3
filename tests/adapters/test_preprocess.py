"""Preprocessing against torchvision's own transforms, and its mistakes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from torchvision.transforms import InterpolationMode, v2

from pytest_robust.adapters._preprocess import Preprocessing
from pytest_robust.errors import ModelError

MODES = {
    "bilinear": InterpolationMode.BILINEAR,
    "bicubic": InterpolationMode.BICUBIC,
    "nearest": InterpolationMode.NEAREST_EXACT,
}


def pixels(height: int = 13, width: int = 17, channels: int = 3) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).random((2, channels, height, width), dtype=np.float32))


@pytest.mark.parametrize("interpolation", MODES)
@pytest.mark.parametrize("antialias", [True, False])
@pytest.mark.parametrize("size", [7, 29, (5, 30), (13, 17)])
def test_resize_is_torchvisions(interpolation, antialias, size):
    x = pixels()
    expected = v2.functional.resize(
        x, [size] if isinstance(size, int) else list(size), MODES[interpolation], antialias=antialias
    ).clamp(0, 1)
    torch.testing.assert_close(
        Preprocessing(resize=size, interpolation=interpolation, antialias=antialias)(x), expected
    )


def test_bicubic_stays_within_the_range_of_a_pixel():
    x = (pixels() > 0.5).float()
    made = Preprocessing(resize=40, interpolation="bicubic")(x)
    raw = v2.functional.resize(x, [40], InterpolationMode.BICUBIC)
    assert raw.max() > 1
    assert made.min() >= 0
    assert made.max() <= 1


@settings(deadline=None)
@given(st.integers(1, 24), st.integers(1, 24), st.integers(1, 24))
def test_shorter_side_and_crop_are_torchvisions(height, width, side):
    x = pixels(height, width)
    expected = v2.functional.center_crop(v2.functional.resize(x, [side]), [side])
    torch.testing.assert_close(Preprocessing(resize=side, crop=side)(x), expected)


def test_an_uneven_crop_is_the_centre_that_torchvision_takes():
    x = pixels(12, 17)
    assert torch.equal(Preprocessing(crop=(5, 8))(x), v2.functional.center_crop(x, [5, 8]))


@pytest.mark.parametrize(
    ("span", "low", "high"),
    [("0-1", 0.0, 1.0), ("0-255", 0.0, 255.0), ("-1-1", -1.0, 1.0)],
)
def test_range_says_what_black_and_white_become(span, low, high):
    x = torch.tensor([0.0, 1.0]).reshape(1, 1, 1, 2)
    assert Preprocessing(range=span)(x).flatten().tolist() == [low, high]


def test_mean_and_std_are_in_the_unit_of_the_range():
    x = pixels()
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    normal = v2.functional.normalize(x, list(mean), list(std))
    torch.testing.assert_close(Preprocessing(mean=mean, std=std)(x), normal)
    coarse = Preprocessing(range="0-255", mean=[255 * m for m in mean], std=[255 * s for s in std])
    torch.testing.assert_close(coarse(x), normal)
    torch.testing.assert_close(Preprocessing(mean=0.5, std=0.25)(x), (x - 0.5) / 0.25)


def test_colours_and_layout():
    x = pixels()
    assert torch.equal(Preprocessing(channels="bgr")(x), x[:, [2, 1, 0]])
    torch.testing.assert_close(Preprocessing(channels="gray")(x), v2.functional.rgb_to_grayscale(x))
    last = Preprocessing(layout="NHWC", mean=(0.1, 0.2, 0.3))(x)
    torch.testing.assert_close(last, (x - torch.tensor([0.1, 0.2, 0.3]).reshape(1, 3, 1, 1)).permute(0, 2, 3, 1))
    assert last.is_contiguous()


def test_gray_images_stay_as_they_are():
    x = pixels(channels=1)
    assert torch.equal(Preprocessing(channels="gray")(x), x)
    assert torch.equal(Preprocessing()(x), x)


def test_every_step_keeps_the_gradient():
    x = pixels(6, 7).double().requires_grad_()
    whole = Preprocessing(
        resize=5, crop=(4, 3), mean=(0.1, 0.2, 0.3), std=(1.0, 2.0, 3.0), range="-1-1", channels="bgr", layout="NHWC"
    )
    assert torch.autograd.gradcheck(whole, (x,))


def test_a_declaration_reads_as_words():
    declared = Preprocessing(
        resize=(256, 320), crop=224, mean=(0.485, 0.456), std=0.25, channels="bgr", interpolation="bicubic"
    )
    assert str(declared) == (
        "resize 256 x 320 (bicubic), crop 224 x 224, bgr, range 0-1, mean 0.485 0.456, std 0.25, NCHW"
    )
    assert str(Preprocessing()) == "range 0-1, NCHW"


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"crop": 14}, r"cannot crop 14 x 14 from images of 13 x 17; resize"),
        ({"mean": (0.4, 0.5)}, r"mean has 2 numbers for 3 channels; give one"),
        ({"channels": "gray", "std": (1.0, 2.0, 3.0)}, r"std has 3 numbers for 1 channels"),
    ],
)
def test_what_does_not_fit_the_images_is_a_model_error(declared, message):
    with pytest.raises(ModelError, match=message):
        Preprocessing(**declared)(pixels())


def test_bgr_of_a_gray_image_is_a_model_error():
    with pytest.raises(ModelError, match=r"bgr is made from 3 channels, the images have 1"):
        Preprocessing(channels="bgr")(pixels(channels=1))


@pytest.mark.parametrize(
    "declared",
    [
        {"resize": 0},
        {"resize": [3]},
        {"std": 0},
        {"std": [1, -1, 1]},
        {"mean": []},
        {"mean": float("nan")},
        {"range": "0-2"},
        {"layout": "CHW"},
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_runs(declared):
    with pytest.raises(ValidationError):
        Preprocessing(**declared)


def test_a_misspelt_key_is_answered_with_the_right_one():
    with pytest.raises(ValidationError, match="unknown key 'reszie'; did you mean 'resize'"):
        Preprocessing(reszie=3)


@pytest.mark.parametrize("size", ["64x64", 0, -3, True, [32], [32, 0], 2.5])
@pytest.mark.parametrize("name", ["resize", "crop"])
def test_what_is_no_size_is_refused_in_plain_words(name: str, size: object) -> None:
    with pytest.raises(ValidationError) as caught:
        Preprocessing(**{name: size})
    (found,) = caught.value.errors()
    assert found["loc"] == (name,)
    assert found["msg"].endswith("a size is one number of pixels, `256`, or `[height, width]`")


def test_a_mean_of_another_range_is_refused() -> None:
    with pytest.raises(
        ValidationError, match=r"the mean 123\.7 lies outside the range 0-1 of the pixels; write `range"
    ):
        Preprocessing(mean=[123.7, 116.8, 103.9], std=[58.4, 57.1, 57.4])
    assert Preprocessing(mean=[123.7, 116.8, 103.9], std=58.0, range="0-255").range == "0-255"
