"""What holds for every generator that needs nothing but images, whatever it does to them."""

from __future__ import annotations

import pickle
import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pictures import pictures, scenes, seeds

from pytest_robust.errors import GenerationError
from pytest_robust.generators import Generator, generator, registry
from pytest_robust.generators._chain import Step
from pytest_robust.generators._common import COMMON
from pytest_robust.registry import check_options

MEMBERS = [member for member in registry.all() if not member.needs]
SCALED = [member for member in MEMBERS if member.scale]
OPTIONS = {
    "albumentations": {"transforms": ["HorizontalFlip", {"ISONoise": {"p": 1.0}}]},
    "aspect_ratio": {"looks": "tall"},
    "color_matrix": {"mistake": "bt601_as_bt709"},
    "compose": {"steps": [Step(registry.get("fog")), Step(registry.get("jpeg_compression"))]},
    "exif_rotation": {"degrees": 90},
    "flip": {"direction": "horizontal"},
    "frost": {"folder": Path(__file__).parent / "frost"},
    "gamma": {"mistake": "too_dark"},
    "occlusion_bars": {"fill": "grey"},
    "occlusion_patch": {"fill": "grey"},
    "padding": {"place": "middle"},
    "random_chain": {"of": COMMON, "length": 3},
    "resize_filter": {"filter": "nearest"},
    "scaling": {"seems": "farther"},
    "shuffled_patches": {"grid": 4},
    "strong_chain": {"of": COMMON, "length": 6},
    "text_overlay": {"text": ""},
    "value_range": {"mistake": "too_dark"},
    "video_range": {"mistake": "washed_out"},
    "wrong_crop": {"mistake": "off_centre"},
}
IN_COLOUR_ONLY = {
    "albumentations",
    "channel_order",
    "chroma_subsampling",
    "chromatic_aberration",
    "color_matrix",
    "grayscale",
    "saturate",
    "white_balance",
    "ycbcr_as_rgb",
}
REFUSED_BY = {"compose": "fog", "random_chain": r"\w+"}
"""Whose words refuse an image, where they are a step's."""
SMALLEST = {"blue_noise_sample": 2, "brownish_noise": 2, "elastic_transform": 3, "rain": 8, "shuffled_patches": 2}
STRONGER_IS_NOT_MORE = {
    "elastic_transform": "as published",
    "snow": "as published",
    "frost": "as published, the image fades while the frost thickens",
    "glass_blur": "as published",
    "saturate": "severities 1 and 2 take colour away, 3 to 5 add it",
    "spatter": "water up to severity 3, then mud",
}

every = pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
scaled = pytest.mark.parametrize("member", SCALED, ids=lambda member: member.name)


def make(member: Generator, images: np.ndarray, severity: float = 3, numbers: np.ndarray | None = None) -> np.ndarray:
    numbers = seeds(len(images)) if numbers is None else numbers
    options = OPTIONS.get(member.name, {})
    return member(images, severity=severity if member.scale else 0.0, seeds=numbers, **options)


def test_a_member_is_named_after_its_file_and_says_what_it_stands_for():
    for member in registry.all():
        assert member.make.__module__ == f"pytest_robust.generators.{member.name}"
        assert member.risk.endswith("."), member.name
        assert member.make.__doc__, member.name


def test_the_published_corruptions_are_there_under_their_names():
    kinds = {member.name: member.kind for member in registry.all()}
    published = (
        "gaussian_noise shot_noise impulse_noise speckle_noise gaussian_blur defocus_blur glass_blur motion_blur "
        "zoom_blur snow frost fog spatter brightness saturate contrast elastic_transform pixelate jpeg_compression"
    )
    assert {kinds[name] for name in published.split()} == {"corruption"}


@every
def test_images_come_back_in_kind_and_the_given_ones_stay(member):
    images = pictures(3, 32)
    before = images.copy()
    images.flags.writeable = False
    made = make(member, images)
    assert made.dtype == np.uint8
    assert made.shape == images.shape
    assert made.flags.c_contiguous
    assert np.array_equal(images, before)


@every
def test_a_row_is_the_same_in_any_batch_and_order(member):
    images, numbers = pictures(6, 32), seeds(6)
    whole = make(member, images, numbers=numbers)
    order = np.array([4, 0, 5, 2, 1, 3])
    assert np.array_equal(make(member, images[order], numbers=numbers[order]), whole[order])
    for row in (0, 5):
        alone = slice(row, row + 1)
        assert np.array_equal(make(member, images[alone], numbers=numbers[alone]), whole[alone])
    assert np.array_equal(make(member, images, numbers=numbers), whole)


@every
def test_an_image_in_the_middle_of_an_array_gives_the_same(member):
    """Views with gaps in memory, as a crop or a slice of channels is."""
    padded = np.zeros((2, 40, 44, 4), np.uint8)
    padded[:, 4:36, 6:38, :3] = pictures(2, 32)
    view = padded[:, 4:36, 6:38, :3]
    made = make(member, view)
    assert np.array_equal(made, make(member, pictures(2, 32)))
    assert made.flags.c_contiguous or made is view


@scaled
def test_another_seed_gives_another_image_where_there_is_chance(member):
    a_coin_or_two = {"interlaced", "rotation", "shear"}
    images = np.repeat(pictures(1, 32), 16 if member.name in a_coin_or_two else 4, axis=0)
    made = make(member, images, severity=4)
    different = len({row.tobytes() for row in made})
    without_chance = {
        "aspect_ratio",
        "bit_depth",
        "blur_ladder",
        "brightness",
        "chromatic_aberration",
        "color_quantization",
        "contrast",
        "defocus_blur",
        "downsampling_ladder",
        "gaussian_blur",
        "jpeg_compression",
        "over_exposure",
        "padding",
        "pixelate",
        "resize_filter",
        "saturate",
        "scaling",
        "thermal",
        "truncated_image",
        "under_exposure",
        "vignetting",
        "zoom_blur",
    }
    if member.name in a_coin_or_two:
        assert different > 1
    else:
        assert different == (1 if member.name in without_chance else 4)


@pytest.mark.parametrize("side", [32, 224])
@scaled
def test_the_change_grows_with_severity(member, side):
    if member.name in STRONGER_IS_NOT_MORE:
        pytest.skip(STRONGER_IS_NOT_MORE[member.name])
    images = scenes(48 if side == 32 else 6, side)
    changes = [np.abs(make(member, images, level).astype(int) - images).mean() for level in member.levels]
    assert changes[0] > 0
    for weaker, stronger in pairwise(changes):
        # Fog at 224 pixels, motion blur at 32 and noise that clips gain little from one severity to the next.
        assert stronger > 0.95 * weaker, changes
    assert changes[-1] > 1.1 * changes[0], changes


@every
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (9, 1), (2, 3), (5, 64), (33, 57), (8, 8)], ids=str)
@pytest.mark.parametrize("severity", [1, 5])
def test_any_size_works_or_is_refused_by_name(member, shape, severity):
    images = pictures(2, *shape)
    if min(shape) < SMALLEST.get(member.name, 1):
        with pytest.raises(GenerationError, match=rf"^{member.name}: images are {shape[1]} x {shape[0]} pixels"):
            make(member, images, severity)
        return
    assert make(member, images, severity).shape == images.shape


@every
def test_grey_images_stay_grey(member):
    images = pictures(3, 33, 57, channels=1)
    if member.name in IN_COLOUR_ONLY:
        with pytest.raises(GenerationError):
            make(member, images)
        return
    made = make(member, images)
    assert made.shape == images.shape
    if member.scale:
        assert not np.array_equal(made, images)


@scaled
@pytest.mark.parametrize("channels", [2, 4])
def test_other_channels_are_refused_by_name(member, channels):
    with pytest.raises(
        GenerationError,
        match=rf"^{REFUSED_BY.get(member.name, member.name)}: images have {channels} channels; give .*RGB",
    ):
        make(member, pictures(1, 32, channels=channels))


@scaled
@pytest.mark.parametrize("severity", [0, 2.5, 6, -1])
def test_severities_that_nobody_published_are_refused_by_name(member, severity):
    with pytest.raises(GenerationError, match=rf"^{REFUSED_BY.get(member.name, member.name)}: there is no severity"):
        make(member, pictures(1, 32), severity)
    assert member.levels == (1, 2, 3, 4, 5)
    assert member.bounds == (1, 5)


@every
def test_no_global_randomness_is_touched(member):
    before = random.getstate(), pickle.dumps(np.random.get_state()), torch.get_rng_state()
    make(member, pictures(2, 32))
    assert random.getstate() == before[0]
    assert pickle.dumps(np.random.get_state()) == before[1]
    assert torch.equal(torch.get_rng_state(), before[2])


@every
def test_no_image_is_an_answer_to_no_image(member):
    assert make(member, np.zeros((0, 32, 32, 3), np.uint8)).shape == (0, 32, 32, 3)


@every
def test_it_takes_the_options_that_it_declares_and_no_others(member):
    options = OPTIONS.get(member.name, {})
    assert check_options(member.make, options, given=member.given) == options


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    member=st.sampled_from(SCALED),
    severity=st.sampled_from([1, 2, 3, 4, 5]),
    height=st.integers(8, 48),
    width=st.integers(8, 48),
    channels=st.sampled_from([1, 3]),
    fill=st.sampled_from(["noise", 0, 255, "edge"]),
    seed=st.integers(0, 2**64 - 1),
)
def test_any_image_at_any_severity_gives_the_same_image_twice(member, severity, height, width, channels, fill, seed):
    if channels == 1 and member.name in IN_COLOUR_ONLY:
        channels = 3
    images = np.full((1, height, width, channels), fill if isinstance(fill, int) else 0, np.uint8)
    if fill == "noise":
        images = np.random.default_rng(seed).integers(0, 256, images.shape, dtype=np.uint8)
    if fill == "edge":
        images[:, height // 2 :] = 255
    numbers = np.array([seed], np.uint64)
    first = make(member, images, severity, numbers)
    assert first.shape == images.shape
    assert np.array_equal(first, make(member, images, severity, numbers))


def test_a_function_that_does_not_take_what_it_is_called_with_is_refused_when_it_is_decorated():
    def spin(images, *, seeds):
        return images

    with pytest.raises(TypeError) as caught:
        generator(kind="field", risk="Turns.")(spin)
    assert str(caught.value) == (
        "generator 'spin': got an unexpected keyword argument 'severity'; write `def spin(images, *, seeds, severity)`"
    )
    with pytest.raises(TypeError, match=r"write `def spin\(images, \*, model, seeds, severity\)`"):
        generator(kind="attack", risk="Turns.", needs={"gradients"}, name="spin")(
            lambda images, *, severity, seeds: images
        )

    def anything(images, **rest):
        return images

    assert generator(kind="field", risk="Turns.")(anything).make is anything
