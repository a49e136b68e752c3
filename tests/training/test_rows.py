"""Hashes of rows: the same pixels have the same, on every machine; copies have similar ones."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from scipy.fft import dctn

from pytest_robust.carriers import Batch
from pytest_robust.training._rows import exact, hashed, perceptual, resized, rows_of

IMAGES = arrays(np.uint8, st.tuples(st.integers(1, 3), st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 3])))


def scene(seed: int = 0, side: int = 64) -> np.ndarray:
    """A smooth picture with some detail, (side, side, 3)."""
    small = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC))


def batch(images: np.ndarray) -> Batch:
    return Batch(images, np.array([f"r{k}" for k in range(len(images))]), np.zeros(len(images), np.int64))


def bits(one: np.ndarray, other: np.ndarray) -> int:
    first, second = (hashed(image[None])["hashes"] for image in (one, other))
    return int(np.bitwise_count(first ^ second)[0])


def test_the_exact_hash_is_the_sha256_of_the_shape_and_the_pixels():
    image = scene(side=5)
    assert exact(image).tobytes() == hashlib.sha256(b"5 5 3" + image.tobytes()).digest()


def test_pixels_of_another_shape_are_another_image():
    flat = np.arange(12, dtype=np.uint8)
    assert exact(flat.reshape(2, 6, 1)).tobytes() != exact(flat.reshape(6, 2, 1)).tobytes()


@given(IMAGES)
def test_equal_pixels_have_equal_hashes_however_they_lie_in_memory(images: np.ndarray):
    turned = np.asfortranarray(images)
    for name, column in hashed(images).items():
        np.testing.assert_array_equal(hashed(turned)[name], column)


@given(IMAGES, st.integers(1, 3))
def test_rows_do_not_depend_on_how_they_are_batched(images: np.ndarray, step: int):
    whole = batch(images)
    parts = [
        Batch(images[k : k + step], whole.ids[k : k + step], whole.labels[k : k + step])
        for k in range(0, len(images), step)
    ]
    found, expected = rows_of(parts), rows_of([whole])
    for name in ("ids", "sha256", "hashes", "thumbnails"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_the_perceptual_hash_is_that_of_a_textbook():
    """DCT-II by scipy, in floating point: the same bits where no frequency lies at the median."""
    images = np.stack([scene(seed, side=32) for seed in range(20)])
    small = resized(images @ np.array([77.0, 150.0, 29.0]), 32)
    expected = []
    for picture in small:
        frequencies = dctn(picture, type=2)[1:9, 1:9].ravel()
        expected.append(sum(1 << (63 - k) for k in np.flatnonzero(frequencies > np.median(frequencies)).tolist()))
    assert perceptual(small).tolist() == expected


def test_a_picture_of_32_pixels_is_resized_to_itself():
    grey = np.random.default_rng(1).integers(0, 256, (2, 32, 32)) * 256.0
    np.testing.assert_array_equal(resized(grey, 32), grey / 16)


def test_a_smaller_picture_holds_means_and_a_larger_one_lines():
    grey = np.repeat(np.repeat(np.arange(8.0).reshape(1, 1, 8) * 4096, 64, axis=1), 8, axis=2)
    np.testing.assert_allclose(resized(grey, 8)[0, 0, 1:-1], np.arange(1, 7) * 256, atol=2)
    line = np.tile([0.0, 65280.0], (1, 2, 1))
    assert np.all(np.diff(resized(line, 8)[0, 0]) >= 0)


@pytest.mark.parametrize(
    "copied",
    [
        lambda image: np.asarray(Image.open(io.BytesIO(jpeg(image)))),
        lambda image: np.asarray(Image.fromarray(image).resize((150, 90), Image.Resampling.BICUBIC)),
        lambda image: np.asarray(Image.fromarray(image).convert("L"))[..., None],
        lambda image: np.clip(image * 0.8 + 10, 0, 255).astype(np.uint8),
    ],
    ids=["compressed", "resized", "grey", "darker"],
)
def test_a_copy_differs_in_few_bits(copied):
    assert all(bits(scene(seed), copied(scene(seed))) <= 4 for seed in range(10))


def test_other_pictures_differ_in_about_half_of_the_bits():
    apart = [bits(scene(seed), scene(seed + 1)) for seed in range(50)]
    assert 28 <= np.mean(apart) <= 36
    assert min(apart) > 10


def test_a_thumbnail_is_stretched_and_that_of_one_colour_is_nothing():
    faint = scene() // 8 + 100
    found = hashed(np.stack([faint, np.full_like(faint, 77)]))["thumbnails"]
    assert (found[0].min(), found[0].max()) == (0, 255)
    assert not found[1].any()


def jpeg(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=60)
    return file.getvalue()
