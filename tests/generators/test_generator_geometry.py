"""Geometry: exactly where pixels only move, and against scipy's interpolation elsewhere."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from pictures import pictures, scenes, seeds
from scipy import ndimage
from scipy.spatial.transform import Rotation

from pytest_robust.errors import GenerationError
from pytest_robust.generators import registry
from pytest_robust.generators._warp import linear, shift, warp

TURN = {1: 5, 2: 10, 3: 15, 4: 22, 5: 30}
FACTOR = {1: 1.1, 2: 1.2, 3: 1.35, 4: 1.5, 5: 1.75}
TILT = {1: 15, 2: 25, 3: 35, 4: 42, 5: 50}
SOME = [1, 3, 5]


def run(name, images, severity, **options):
    return registry.get(name)(images, severity=severity, seeds=seeds(len(images)), **options)


def seen_through(image, back):
    """An image (h, w, c) seen where `back` says: from (x, y) around the middle to where the pixel comes from."""
    height, width = image.shape[:2]
    y, x = np.indices((height, width)) - np.array([(height - 1) / 2, (width - 1) / 2])[:, None, None]
    from_x, from_y = back(x, y)
    places = from_y + (height - 1) / 2, from_x + (width - 1) / 2
    channels = np.moveaxis(image.astype(float), 2, 0)
    return np.stack([ndimage.map_coordinates(part, places, order=1, mode="reflect") for part in channels], axis=-1)


def miss(made, exact):
    """The mean distance in levels. Places are known to 1/32 of a pixel, and the result is rounded."""
    return np.abs(made - exact).mean()


def turned(degrees):
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return lambda x, y: (cos * x + sin * y, -sin * x + cos * y)


@pytest.mark.parametrize("shape", [(40, 40), (33, 57)])
@pytest.mark.parametrize("severity", SOME)
def test_rotation_turns_by_its_degrees_to_either_side(severity, shape):
    images = np.repeat(scenes(1, 57)[:, : shape[0], : shape[1]], 10, axis=0)
    ways = {sign: seen_through(images[0], turned(sign * TURN[severity])) for sign in (-1, 1)}
    nearest = []
    for row in run("rotation", images, severity):
        misses = {sign: miss(row, exact) for sign, exact in ways.items()}
        nearest.append(min(misses, key=misses.get))
        assert misses[nearest[-1]] < 0.6
    assert set(nearest) == {-1, 1}


@pytest.mark.parametrize("channels", [1, 3])
def test_a_map_of_a_quarter_turn_is_exact(channels):
    images = pictures(2, 33, channels=channels)
    assert np.array_equal(warp(images, [linear(0, -1, 1, 0)] * 2), np.rot90(images, k=-1, axes=(1, 2)))
    assert np.array_equal(warp(images, [linear(-1, 0, 0, -1)] * 2), np.rot90(images, k=2, axes=(1, 2)))


@pytest.mark.parametrize(("right", "down"), [(3, 0), (0, -5), (-7, 2), (0, 0)])
def test_a_map_by_whole_pixels_is_exact(right, down):
    images = pictures(2, 20, 31)
    around = np.pad(images, ((0, 0), (8, 8), (8, 8), (0, 0)), mode="symmetric")
    expected = around[:, 8 - down : 28 - down, 8 - right : 39 - right]
    assert np.array_equal(warp(images, [shift(right, down)] * 2), expected)


@pytest.mark.parametrize(("severity", "share"), [(1, 0.03), (3, 0.1), (5, 0.2)])
@pytest.mark.parametrize(("height", "width"), [(32, 32), (40, 64)])
def test_translation_is_exact_and_of_its_length_in_any_direction(severity, share, height, width):
    images = np.repeat(pictures(1, height, width), 60, axis=0)
    length, reach = max(share * min(height, width), 1), 16
    around = np.pad(images[0], ((reach, reach), (reach, reach), (0, 0)), mode="symmetric")
    moves = {}
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            part = around[reach - down : reach - down + height, reach - right : reach - right + width]
            moves[part.tobytes()] = down, right
    found = [moves[row.tobytes()] for row in run("translation", images, severity)]
    assert all(abs(math.hypot(*move) - length) <= math.sqrt(0.5) for move in found)
    assert all(any(direction(*move) == eighth for move in found) for eighth in range(8))


def direction(down, right):
    """Which of eight directions is the nearest."""
    return round(math.atan2(down, right) / (math.pi / 4)) % 8


@pytest.mark.parametrize("seems", ["farther", "nearer"])
@pytest.mark.parametrize("severity", SOME)
def test_scaling_divides_or_multiplies_by_its_factor(severity, seems):
    images = scenes(2, 48)
    factor = FACTOR[severity] if seems == "farther" else 1 / FACTOR[severity]
    made = run("scaling", images, severity, seems=seems)
    for image, row in zip(images, made, strict=True):
        assert miss(row, seen_through(image, lambda x, y: (factor * x, factor * y))) < 0.6


@pytest.mark.parametrize("severity", SOME)
def test_shear_slants_to_each_of_four_sides(severity):
    images = np.repeat(scenes(1, 40), 24, axis=0)
    slope = severity / 10
    ways = [
        seen_through(images[0], back)
        for back in (
            lambda x, y: (x - slope * y, y),
            lambda x, y: (x + slope * y, y),
            lambda x, y: (x, y - slope * x),
            lambda x, y: (x, y + slope * x),
        )
    ]
    misses = np.array([[miss(row, way) for way in ways] for row in run("shear", images, severity)])
    assert misses.min(axis=1).max() < 0.6
    assert set(misses.argmin(axis=1)) == {0, 1, 2, 3}


def tilted(degrees, way, distance):
    """Back from the picture's plane onto the sheet: where the ray through a pixel meets the tilted plane."""
    turn = Rotation.from_rotvec(math.radians(degrees) * np.array([math.cos(way), math.sin(way), 0])).as_matrix()

    def back(x, y):
        normal, eye = turn[:, 2], np.array([0, 0, -distance])
        rays = np.stack([x, y, np.full(x.shape, distance)], axis=-1)
        hits = eye + rays * (-(eye @ normal) / (rays @ normal))[..., None]
        return hits @ turn[:, 0], hits @ turn[:, 1]

    return back


@pytest.mark.parametrize(("height", "width"), [(40, 40), (30, 50)])
@pytest.mark.parametrize("severity", SOME)
def test_perspective_is_a_tilted_sheet_before_a_pinhole(severity, height, width):
    images = np.repeat(scenes(1, 50)[:, :height, :width], 24, axis=0)
    distance = 1.5 * max(height, width)
    ways = np.linspace(0, 2 * math.pi, 180, endpoint=False)
    sheets = [seen_through(images[0], tilted(TILT[severity], way, distance)) for way in ways]
    misses = np.array([[miss(row, sheet) for sheet in sheets] for row in run("perspective", images, severity)])
    assert misses.min(axis=1).max() < 2.5  # ways in steps of two degrees
    assert np.median(misses) > 3 * misses.min(axis=1).max()
    assert len(set(misses.argmin(axis=1) // 45)) == 4


@pytest.mark.parametrize("side", [32, 224])
def test_coming_nearer_changes_more_and_more(side):
    images = scenes(12 if side == 32 else 4, side)
    changes = [
        np.abs(run("scaling", images, level, seems="nearer").astype(int) - images).mean() for level in (1, 2, 3, 4, 5)
    ]
    for weaker, stronger in pairwise(changes):
        assert stronger > weaker, changes


@pytest.mark.parametrize("channels", [1, 3])
def test_nudged_moves_by_one_pixel_each_way_and_repeats_the_edge(channels):
    image = pictures(1, 20, 31, channels=channels)[0]
    ways = {
        np.concatenate([image[:1], image[:-1]]).tobytes(): "down",
        np.concatenate([image[1:], image[-1:]]).tobytes(): "up",
        np.concatenate([image[:, :1], image[:, :-1]], axis=1).tobytes(): "right",
        np.concatenate([image[:, 1:], image[:, -1:]], axis=1).tobytes(): "left",
    }
    found = [ways[row.tobytes()] for row in run("nudged", np.repeat(image[None], 200, axis=0), 0.0)]
    assert {way: found.count(way) > 30 for way in ways.values()} == dict.fromkeys(ways.values(), True)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1)])
def test_nudged_leaves_what_has_no_other_place(shape):
    images = np.full((8, *shape, 3), 77, np.uint8)
    assert np.array_equal(run("nudged", images, 0.0), images)


def test_nudged_refuses_other_channels_by_name():
    with pytest.raises(GenerationError, match=r"^nudged: images have 4 channels; give .*RGB"):
        run("nudged", pictures(1, 8, channels=4), 0.0)
