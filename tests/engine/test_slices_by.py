"""Which rows belong together: by label, by light, by size, by what is known of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pytest_robust.datasets import from_arrays
from pytest_robust.engine.slices import MOST, Slices, in_thirds, light, luma, slices_by
from pytest_robust.errors import DataError

CLASSES = ("cat", "dog", "cow")
RNG = np.random.default_rng(3)


def data(count: int = 60, **more: Any) -> Any:
    images = RNG.integers(0, 256, (count, 4, 5, 3), dtype=np.uint8)
    return from_arrays(images, np.arange(count) % 2, classes=CLASSES, **more)


def sliced(by: str, dataset: Any, classes: tuple[str, ...] = CLASSES) -> Slices:
    return slices_by(by, dataset, "test", classes, lambda: light([dataset.images[:7], dataset.images[7:]]))


def rows_of(found: Slices) -> dict[str, list[int]]:
    return {name: np.flatnonzero(found.of == number).tolist() for number, name in enumerate(found.names)}


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=80, unique=True))
def test_thirds_are_in_order_and_of_about_equal_size(values: list[float]) -> None:
    found = in_thirds(np.array(values), "brightness")
    assert [name.split(" ")[1] for name in found.names] == ["low", "middle", "high"]
    parts = [np.array(values)[found.of == number] for number in range(3)]
    assert all(abs(len(part) - len(values) / 3) <= 1 for part in parts)
    assert parts[0].max() < parts[1].min()
    assert parts[1].max() < parts[2].min()


@given(st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0, np.nan]), min_size=1, max_size=30))
def test_equal_values_are_never_in_two_slices_and_every_row_is_in_one(values: list[float]) -> None:
    found = in_thirds(np.array(values), "hour")
    assert len(found.of) == len(values)
    assert set(found.of.tolist()) == set(range(len(found.names)))
    assert len(set(found.names)) == len(found.names)
    where: dict[str, set[int]] = {}
    for value, number in zip(values, found.of.tolist(), strict=True):
        where.setdefault(str(value), set()).add(number)
    assert all(len(numbers) == 1 for numbers in where.values())
    if "nan" in where and len(where) > 1:
        assert found.names[where["nan"].pop()] == "hour unknown"


def test_thirds_say_where_they_are_cut() -> None:
    found = in_thirds(np.array([0.12345, 0.2, 0.31415, 0.4, 0.5, 0.6]), "brightness")
    assert found.names == ("brightness low (<= 0.2)", "brightness middle (to 0.4)", "brightness high (> 0.4)")
    assert in_thirds(np.array([0, 0, 0, 1.0]), "hour").names == ("hour low (<= 0)", "hour high (> 0)")


def test_by_class_is_by_label_in_the_order_of_the_model() -> None:
    found = rows_of(sliced("class", data(6)))
    assert found == {"class cat": [0, 2, 4], "class dog": [1, 3, 5]}


def test_light_is_that_of_pillow() -> None:
    """Pillow's `L` is the same weighting, rounded to whole levels."""
    image = RNG.integers(0, 256, (1, 40, 30, 3), dtype=np.uint8)
    reference = np.asarray(Image.fromarray(image[0]).convert("L")) / 255
    np.testing.assert_allclose(luma(image)[0], reference, atol=1 / 255)
    assert luma(image[..., :1]).tolist() == (image[..., 0] / 255).tolist()
    found = light([image])
    assert found["brightness"][0] == pytest.approx(reference.mean(), abs=1 / 255)
    assert found["contrast"][0] == pytest.approx(reference.std(), abs=1 / 255)


@pytest.mark.parametrize(("by", "measure"), [("brightness", np.mean), ("contrast", np.std)])
def test_by_light_is_in_thirds_of_the_whole_data_set(by: str, measure: Any) -> None:
    dataset = data(90)
    found = sliced(by, dataset)
    values = measure(luma(dataset.images), axis=(1, 2))
    assert [len(rows) for rows in rows_of(found).values()] == [30, 30, 30]
    order = np.argsort(values)
    assert sorted(order[:30].tolist()) == rows_of(found)[found.names[0]]
    assert sorted(order[60:].tolist()) == rows_of(found)[found.names[2]]


def test_what_rounding_makes_unequal_is_equal() -> None:
    flat = from_arrays(np.repeat(np.arange(20, dtype=np.uint8), 48).reshape(20, 4, 4, 3), [0] * 20)
    with pytest.raises(DataError, match=r"data 'test' is one slice by 'contrast': contrast 0; leave `by contrast` out"):
        sliced("contrast", flat)


class Sized:
    def __init__(self, whole: Any, sizes: Any) -> None:
        self.ids, self.labels, self.classes, self.fingerprint = whole.ids, whole.labels, whole.classes, "f"
        self.sizes, self.rows, self.images = sizes, whole.rows, whole.images

    def __len__(self) -> int:
        return len(self.ids)


def test_by_size_is_by_height_times_width_as_stored() -> None:
    sizes = np.stack([np.arange(1, 7) * 10, np.full(6, 100)], axis=1)
    found = sliced("size", Sized(data(6), sizes))
    assert rows_of(found) == {
        "size low (<= 2000)": [0, 1],
        "size middle (to 4000)": [2, 3],
        "size high (> 4000)": [4, 5],
    }
    with pytest.raises(DataError, match=r"data 'test' is one slice by 'size': size 6; leave `by size` out"):
        sliced("size", Sized(data(6), np.tile([2, 3], (6, 1))))
    with pytest.raises(DataError, match=r"data 'test' does not tell the size of its images before they were resized"):
        sliced("size", data(6))


def test_metadata_are_sliced_by_value_or_in_thirds() -> None:
    found = data(
        12,
        metadata={
            "camera": ["rear", "front", "", "rear"] * 3,
            "hour": [7, 7, np.nan, 23] * 3,
            "speed": np.arange(12) / 7,
        },
    )
    assert sliced("camera", found).names == ("camera front", "camera rear", "camera unknown")
    assert sliced("hour", found).names == ("hour 7", "hour 23", "hour unknown")
    assert rows_of(sliced("hour", found))["hour unknown"] == [2, 6, 10]
    assert sliced("speed", found).names == ("speed low (<= 0.429)", "speed middle (to 1)", "speed high (> 1)")


@pytest.mark.parametrize(
    ("by", "metadata", "message"),
    [
        ("camra", {"camera": list("ab") * 30}, r"data 'test' cannot be sliced by 'camra'; did you mean 'camera'\?"),
        ("x", {"camera": list("ab") * 30}, r"there are: brightness, camera, class, contrast, size"),
        ("size", {"size": list("ab") * 30}, r"data 'test' has a column 'size', and `by size` means something else"),
        ("place", {"place": ["here"] * 60}, r"data 'test' is one slice by 'place': place here; leave `by place` out"),
        (
            "id",
            {"id": [f"p{i}" for i in range(60)]},
            r"has 60 slices by 'id', and a claim takes 50; slice by something",
        ),
    ],
)
def test_what_makes_no_slices_is_refused_with_the_reason(by: str, metadata: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        sliced(by, data(60, metadata=metadata))


def test_more_classes_than_a_claim_can_judge_are_refused_with_a_remedy() -> None:
    images = np.zeros((MOST + 1, 2, 2, 1), np.uint8)
    many = from_arrays(images, np.arange(MOST + 1))
    names = tuple(map(str, range(MOST + 1)))
    with pytest.raises(DataError, match=r"has 51 slices by 'class', and a claim takes 50; choose classes with `only:`"):
        sliced("class", many, names)
    assert len(sliced("class", from_arrays(images[1:], np.arange(MOST)), names).names) == MOST
