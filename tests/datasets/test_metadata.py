"""What is known of each image besides its class, from every reader that tells it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pytest_robust.datasets import Dataset, from_arrays
from pytest_robust.datasets._classes import some_classes
from pytest_robust.datasets._metadata import metadata_of, sizes_of, with_metadata
from pytest_robust.datasets._open import open_dataset
from pytest_robust.errors import DataError
from pytest_robust.sources import Roots

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 5, 6, 3), dtype=np.uint8)
LABELS = [0, 1, 1, 0]
CSV = "file,label,camera,hour,note\n{}.png,cat,front,7,\n{}.png,dog, rear,,x\n\n{}.png,dog,,23.5,7\n"


def told(dataset: Dataset) -> dict[str, list[object]]:
    return {name: column.tolist() for name, column in metadata_of(dataset, "data").items()}


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for name, size in (("a", (4, 6)), ("b", (8, 8)), ("c", (4, 6))):
        Image.fromarray(np.zeros((*size, 3), np.uint8)).save(tmp_path / f"{name}.png")
    (tmp_path / "labels.csv").write_text(CSV.format("b", "a", "c"))
    return tmp_path


def folder(path: Path) -> Dataset:
    return open_dataset(
        str(path), reader="folder", options={"labels": "labels.csv", "size": [4, 4]}, roots=Roots((path,))
    )


def test_further_columns_of_a_csv_are_metadata_row_by_row(photos: Path) -> None:
    found = folder(photos)
    assert found.ids.tolist() == ["b.png", "a.png", "c.png"]
    camera, hour, note = metadata_of(found, "data").values()
    assert camera.tolist() == ["front", "rear", ""]
    np.testing.assert_array_equal(hour, [7.0, np.nan, 23.5])
    assert note.tolist() == ["", "x", "7"]


def test_a_folder_knows_the_size_of_its_pictures_before_they_are_resized(photos: Path) -> None:
    found = folder(photos)
    assert found.rows(np.arange(3)).inputs.shape == (3, 4, 4, 3)
    np.testing.assert_array_equal(sizes_of(found), [[8, 8], [4, 6], [4, 6]])
    assert sizes_of(from_arrays(IMAGES, LABELS)) is None


def test_an_archive_names_its_columns_by_an_option(tmp_path: Path) -> None:
    np.savez(tmp_path / "rows.npz", images=IMAGES, labels=LABELS, hour=[7, 8, 9, 7], camera=list("abab"), more=IMAGES)

    def read(*names: str) -> Dataset:
        options = {"metadata": list(names)} if names else {}
        return open_dataset("rows.npz", options=options, roots=Roots((tmp_path,)))

    assert told(read()) == {}
    assert told(read("camera", "hour")) == {"camera": list("abab"), "hour": [7.0, 8.0, 9.0, 7.0]}
    with pytest.raises(DataError, match=r"has no array 'hours'; it has: .*; write `metadata: \[NAME, \.\.\.\]`"):
        read("hours")
    with pytest.raises(DataError, match=r"metadata 'more' have the shape \(4, 5, 6, 3\); give 4 values, one an image"):
        read("more")


class Own:
    ids, labels, classes, fingerprint = np.array(["a", "b"]), np.array([0, 1]), None, "f"

    def __init__(self, metadata: object) -> None:
        self.metadata = metadata

    def __len__(self) -> int:
        return 2

    def rows(self, indices: np.ndarray) -> object:
        return from_arrays(IMAGES[:2], [0, 1]).rows(indices)


def python(found: object) -> Dataset:
    return open_dataset("mine", reader="python", roots=Roots((), {"mine": found}))


def test_python_data_tell_them_in_a_mapping_or_an_attribute() -> None:
    whole = {"images": IMAGES, "labels": LABELS, "metadata": {"night": [True, False, True, True]}}
    assert told(python(whole)) == {"night": ["yes", "no", "yes", "yes"]}
    assert told(python(Own({"hour": [1, 2]}))) == {"hour": [1.0, 2.0]}
    assert told(python((IMAGES, LABELS))) == {}


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"hour": [1, 2, 3]}, r"metadata 'hour' have the shape \(3,\); give 2 values"),
        ({"hour": [1j, 2j]}, r"metadata 'hour' are complex128; give text or numbers"),
        ({"hour": np.array([{}, "a"], dtype=object)}, r"metadata 'hour' are object; give text or numbers"),
        ([1, 2], r"metadata are list; give a mapping"),
    ],
)
def test_what_are_no_metadata_is_refused_by_name(metadata: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        python(Own(metadata))


def test_some_classes_keep_their_rows_metadata(photos: Path) -> None:
    found = some_classes(folder(photos), only=["dog"])
    assert told(found)["camera"] == ["rear", ""]
    np.testing.assert_array_equal(sizes_of(found), [[4, 6], [4, 6]])


def test_the_fingerprint_of_metadata_covers_names_values_and_order_and_leaves_the_pixels_alone() -> None:
    one, other = from_arrays(IMAGES, LABELS), from_arrays(IMAGES, LABELS, metadata={"hour": [1, 2, 3, 4]})
    assert one.fingerprint == other.fingerprint, "what a model answers does not depend on metadata"
    hour, words = np.array([1.0, 2.0]), np.array(["a", "b"])
    told = [{}, {"hour": hour}, {"hour": hour[::-1]}, {"time": hour}, {"hour": words}, {"hour": hour, "camera": words}]
    prints = [with_metadata("f", metadata) for metadata in told]
    assert prints[0] == "f"
    assert len(set(prints)) == len(told)
    assert with_metadata("f", {"camera": words, "hour": hour}) == prints[-1]
