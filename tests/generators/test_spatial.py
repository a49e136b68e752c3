"""The worst of a grid of movements, against a loop over that grid and movements by other means."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
import torch
from pictures import scenes, seeds
from scipy.ndimage import map_coordinates
from white_box import Queried, answers, attack, each_alone, linear, network

from pytest_robust.errors import GenerationError, OptionError
from pytest_robust.generators import registry
from pytest_robust.registry import check_options

SPATIAL = registry.get("spatial")
SMALL = {"rotation": 16, "translation": 0.1, "angles": 5, "shifts": 3}
"""45 points, one of which is the picture as it is."""


@pytest.fixture(autouse=True)
def _one_thread():
    """Threads that wait for each other are slow on a busy machine, and these networks are small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def weights() -> np.ndarray:
    """Smooth, so that what a model of them says changes a little where the picture moves a little."""
    rows, columns = np.mgrid[:16, :20] / 16
    return np.stack([np.sin(5 * rows + 3 * columns), np.cos(4 * columns - 2 * rows), np.sin(6 * columns)], axis=2)


@pytest.fixture
def images() -> np.ndarray:
    return np.ascontiguousarray(scenes(30, 20)[:, :16])


def moved(image: np.ndarray, degrees: float, right: float, down: float) -> np.ndarray:
    """Pixel by pixel where it comes from, in the original; black from outside; real numbers."""
    height, width = image.shape[:2]
    middle_y, middle_x, turn = (height - 1) / 2, (width - 1) / 2, math.radians(degrees)
    y, x = np.mgrid[:height, :width].astype(float)
    y, x = y - middle_y - down, x - middle_x - right
    # Clockwise on a screen, where y grows downwards: what is seen at an angle lay so much to the left of it.
    from_x, from_y = math.cos(turn) * x + math.sin(turn) * y, -math.sin(turn) * x + math.cos(turn) * y
    place = [from_y + middle_y, from_x + middle_x]
    planes = np.moveaxis(image.astype(float), 2, 0)
    return np.stack([map_coordinates(plane, place, order=1, mode="grid-constant") for plane in planes], axis=2)


def points(
    rotation: float, translation: float, angles: int, shifts: int, height: int, width: int
) -> Iterator[tuple[float, float, float, float]]:
    """Degrees, right, down and how strong a movement that is, of all the grid."""
    along = np.linspace(-1, 1, shifts)
    for turn, right, down in product(np.linspace(-1, 1, angles), along, along):
        if turn or right or down:
            movement = turn * rotation, right * translation * width, down * translation * height
            yield *movement, abs(turn) + abs(right) + abs(down)


def test_it_finds_what_a_loop_over_the_grid_finds(images, weights):
    """Whether a row falls, to which movement, the mildest that will do, and after how many questions."""

    def lead(pictures: np.ndarray) -> np.ndarray:
        return (pictures / 255 * weights).sum((-3, -2, -1))

    labels = (lead(images) > 0).astype(np.int64)
    model = linear(torch.from_numpy(weights.transpose(2, 0, 1)).float())
    made = attack("spatial", model, images, labels, 0.0, **SMALL)
    degrees, shifts, queries = (made.columns[name] for name in ("degrees", "moved", "queries"))
    fell = answers(model, made.images) != labels
    grid = np.array(list(points(**SMALL, height=16, width=20)))
    assert len(grid) == 5 * 9 - 1
    doubt, strength = 0.1, grid[:, 3]  # logits that rounding all pixels costs at the most
    for row, image in enumerate(images):
        ahead = np.array([(1 - 2 * labels[row]) * lead(moved(image, *point[:3])) for point in grid])
        (found,) = np.flatnonzero(np.isclose(grid[:, :3], [degrees[row], *shifts[row]], atol=1e-9).all(1))
        assert np.abs(made.images[row] - moved(image, *grid[found, :3])).max() <= 1
        if fell[row]:
            milder, as_mild = strength < strength[found] - 1e-9, strength < strength[found] + 1e-9
            assert ahead[found] > -doubt
            assert (ahead[milder] < doubt).all()
            assert milder.sum() < queries[row] <= as_mild.sum()
        else:
            assert ahead.max() < doubt
            assert ahead[found] > ahead.max() - doubt
            assert queries[row] == len(grid)
    assert 5 < fell.sum() < 25
    assert len(np.unique(np.column_stack([degrees, shifts])[fell], axis=0)) > 5, "not one movement for all"


def dot(row: int, column: int) -> np.ndarray:
    """One white pixel on black, (1, 9, 9, 1)."""
    made = np.zeros((1, 9, 9, 1), np.uint8)
    made[0, row, column] = 255
    return made


def lit(row: int, column: int):
    """A model that says 1 where this pixel is bright."""
    weights = torch.zeros(1, 9, 9)
    weights[0, row, column] = 1
    return linear(weights, -0.5)


@pytest.mark.parametrize(
    ("start", "end", "degrees", "moved_by"),
    [
        ((1, 4), (4, 7), 90, (0, 0)),
        ((1, 4), (4, 1), -90, (0, 0)),
        ((4, 4), (4, 7), 0, (3, 0)),
        ((4, 4), (1, 4), 0, (0, -3)),
        ((4, 4), (7, 1), 0, (-3, 3)),
        ((1, 3), (6, 4), 90, (-3, 3)),
    ],
    ids=["clockwise", "counterclockwise", "right", "up", "left and down", "turned first, then moved"],
)
def test_degrees_are_to_the_right_and_pixels_to_the_right_and_down(start, end, degrees, moved_by):
    options = {"rotation": 90, "translation": 1 / 3, "angles": 3, "shifts": 3}
    made = attack("spatial", lit(*end), dot(*start), np.zeros(1, np.int64), 0.0, **options)
    assert np.array_equal(made.images, dot(*end))
    assert made.columns["degrees"][0] == degrees
    assert made.columns["moved"][0] == pytest.approx(moved_by)


@pytest.mark.parametrize(("border", "padding"), [("black", "constant"), ("edge", "edge"), ("mirror", "symmetric")])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_what_comes_from_outside_is_what_the_border_says(border, padding, channels):
    images = np.random.default_rng(1).integers(1, 256, (1, 8, 8, channels), dtype=np.uint8)
    seen = []

    def logits(pixels: torch.Tensor) -> torch.Tensor:
        seen.extend((pixels * 255).round().permute(0, 2, 3, 1).numpy().astype(np.uint8))
        return torch.tensor([[1.0, 0.0]]).repeat(len(pixels), 1)

    options = {"rotation": 0, "translation": 0.125, "shifts": 3, "border": border}
    clean = np.array([[0.7, 0.3]], np.float32)
    attack("spatial", logits, images, np.zeros(1, np.int64), 0.0, clean=clean, **options)
    padded = np.pad(images[0], ((1, 1), (1, 1), (0, 0)), mode=padding)
    expected = [padded[y : y + 8, x : x + 8] for y in range(3) for x in range(3) if (y, x) != (1, 1)]
    assert sorted(one.tobytes() for one in seen) == sorted(one.tobytes() for one in expected)


def test_a_row_is_the_same_in_any_batch_and_order_and_knows_no_chance():
    images, model = scenes(40, 16), network()
    labels, ask, order = answers(model, images), each_alone(model), np.array([33, 2, 7, 39, 12])
    whole = attack("spatial", model, images, labels, 0.0, ask=ask, **SMALL)
    assert 5 < (answers(model, whole.images) != labels).sum() < 39
    for rows in (order, order[2:3]):
        part = attack("spatial", model, images[rows], labels[rows], 0.0, seeds(len(rows), 7), ask=ask, **SMALL)
        assert np.array_equal(part.images, whole.images[rows])
        for name in ("degrees", "moved", "queries"):
            assert np.array_equal(part.columns[name], whole.columns[name][rows])


@pytest.mark.parametrize("rows", [1, 3, 40])
def test_rows_are_dropped_once_fooled_and_tried_at_every_point_until_then(rows):
    images, labels, count = scenes(rows, 8), np.zeros(rows, np.int64), 5 * 9 - 1
    clean = np.tile(np.array([0.7, 0.3], np.float32), (rows, 1))
    for leads, tried in (([1.0, 0.0], count), ([0.0, 1.0], 1)):
        answer = torch.tensor([leads])
        ask = Queried(lambda pixels, answer=answer: answer.repeat(len(pixels), 1))
        made = attack("spatial", network(2), images, labels, 0.0, clean=clean, ask=ask, **SMALL)
        assert made.columns["queries"].tolist() == [tried] * rows
        # Few rows are asked about many points at once, so a few more than count may have been seen.
        assert rows * tried <= ask.images <= max(rows * tried, 32)


def test_of_rows_that_are_wrong_when_clean_nothing_is_asked_and_nothing_without_a_grid():
    images, model = scenes(6, 12), network()
    labels, ask = answers(model, images), Queried(network())
    for right, options in (((labels + 1) % 5, SMALL), (labels, {"rotation": 0, "translation": 0})):
        made = attack("spatial", model, images, right, 0.0, ask=ask, **options)
        assert np.array_equal(made.images, images)
        assert not any(column.any() for column in made.columns.values())
    none = attack("spatial", model, images[:0], labels[:0], 0.0, ask=ask, **SMALL)
    assert none.images.shape == (0, 12, 12, 3)
    assert none.columns["moved"].shape == (0, 2)
    assert ask.images == 0


def test_the_published_grid_is_the_default():
    """31 angles, and five shifts each way: all but the picture as it is."""
    images, ask = scenes(1, 20), Queried(lambda pixels: torch.tensor([[1.0, 0.0]]).repeat(len(pixels), 1))
    made = attack("spatial", ask.function, images, np.zeros(1, np.int64), 0.0, ask=ask)
    assert made.columns["queries"].tolist() == [31 * 5 * 5 - 1]
    assert ask.images == 31 * 5 * 5 - 1


def test_rows_without_a_label_are_refused():
    with pytest.raises(GenerationError, match=r"^spatial: some rows have no label"):
        attack("spatial", network(), scenes(2, 8), np.array([0, -1]), 0.0)


@pytest.mark.parametrize(
    "options",
    [{"rotation": 181}, {"rotation": -1}, {"translation": 1}, {"angles": 1}, {"shifts": 0}, {"border": "white"}],
)
def test_wrong_options_are_option_errors(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        check_options(SPATIAL.make, options, given=SPATIAL.given)


def test_it_declares_what_the_engine_must_know():
    assert (SPATIAL.kind, SPATIAL.scale, SPATIAL.levels) == ("attack", None, ())
    assert SPATIAL.needs == {"labels", "queries", "answers"}
