"""Data from Python code and from numpy archives, and how a reader is found."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from pytest_robust.datasets import Dataset, from_arrays, reader, registry
from pytest_robust.datasets._open import find_reader, open_dataset
from pytest_robust.errors import DataError, OptionError, SourceError, UnknownNameError
from pytest_robust.sources import Roots

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 4, 6, 3), dtype=np.uint8)
LABELS = np.array([0, 2, 1, 0, 2])

SOURCE = """
import numpy as np
from pytest_robust.datasets import from_arrays

images = np.random.default_rng(0).integers(0, 256, (5, 4, 6, 3), dtype=np.uint8)
labels = np.array([0, 2, 1, 0, 2])
pair = (images, labels)
unfamiliar = (images, None)
whole = {"images": images, "labels": labels, "ids": list("abcde"), "classes": ["x", "y", "z"]}
unlabelled = {"images": images}
misspelt = {"images": images, "labels": labels, "class": ["x", "y", "z"]}
number = 3
def function():
    return pair
def dataset():
    return from_arrays(images, labels, ids=list("abcde"))
def raises():
    raise OSError("the disk is gone")
def three():
    return images, labels, labels

class Lazy:
    ids, labels, classes, fingerprint = np.array(["a", "b"]), np.array([0, 3]), ("x", "y"), "f"
    def __len__(self):
        return len(self.ids)
    def rows(self, indices):
        return from_arrays(images[:2], labels[:2]).rows(indices)

class Right(Lazy):
    labels = np.array([0, 1])

class Empty(Lazy):
    ids = labels = np.array([])
"""


@pytest.fixture
def roots(tmp_path) -> Roots:
    (tmp_path / "data.py").write_text(SOURCE)
    return Roots((tmp_path,))


def python(roots: Roots, name: str) -> Dataset:
    return open_dataset(f"data.py:{name}", roots=roots)


@pytest.mark.parametrize("name", ["pair", "function"])
def test_a_pair_or_a_function_that_makes_one(roots, name):
    found = python(roots, name)
    batch = found.rows(np.array([3, 1]))
    assert np.array_equal(batch.inputs, IMAGES[[3, 1]])
    assert batch.labels.tolist() == [0, 2]
    assert batch.ids.tolist() == ["3", "1"]
    assert found.fingerprint == from_arrays(IMAGES, LABELS).fingerprint


def test_a_mapping_names_ids_and_classes(roots):
    found = python(roots, "whole")
    assert (found.ids.tolist(), found.classes) == (list("abcde"), ("x", "y", "z"))


def test_labels_may_be_none(roots):
    assert python(roots, "unfamiliar").labels.tolist() == [-1] * 5


def test_a_dataset_of_the_users_own_is_used_as_it_is(roots):
    assert python(roots, "dataset").ids.tolist() == list("abcde")
    assert python(roots, "Right").rows(np.array([1])).inputs.shape == (1, 4, 6, 3)


def test_a_live_object_is_read_by_its_name():
    found = open_dataset("mine", reader="python", roots=Roots((), {"mine": (IMAGES, LABELS)}))
    assert np.array_equal(found.labels, LABELS)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("number", r"data: data\.py:number: this is int; expected \(images, labels\), a mapping"),
        ("three", r"this is a tuple of 3; expected"),
        ("unlabelled", r"a mapping with keys images; expected.*labels may be None"),
        ("misspelt", r"unknown keys class; there are: images, labels, ids, classes"),
        ("raises", r"data\.py:18: data\.py:raises raised OSError: the disk is gone"),
        ("Lazy", r"label 3 of row 1 \(id b\) is outside the 2 classes"),
        ("Empty", r"no images; a verdict needs at least one"),
    ],
)
def test_what_is_no_data_set(roots, name, message):
    with pytest.raises(DataError, match=message):
        python(roots, name)


def test_a_reference_that_leads_nowhere(roots):
    with pytest.raises(SourceError, match=r"data 'test': .*has no 'gone'"):
        open_dataset("data.py:gone", roots=roots, where="data 'test'")
    with pytest.raises(OptionError, match=r"data: unknown option 'images'"):
        open_dataset("data.py:pair", options={"images": "x"}, roots=roots)


@pytest.mark.parametrize(
    ("images", "labels", "more", "message"),
    [
        (IMAGES.astype(np.float32), LABELS, {}, r"images are float32 of shape \(5, 4, 6, 3\); give uint8"),
        (IMAGES[0, 0], LABELS, {}, r"images are uint8 of shape \(6, 3\)"),
        (IMAGES[:0], LABELS[:0], {}, r"no images"),
        (IMAGES.transpose(0, 3, 1, 2), LABELS, {}, r"\(5, 3, 4, 6\) have their channels first; transpose"),
        (IMAGES, LABELS[:4], {}, r"labels are int64 of shape \(4,\); give 5 integers"),
        (IMAGES, LABELS / 2, {}, r"labels are float64"),
        (IMAGES, [0, 1, 2, -1, 0], {}, r"label -1 of row 3 is negative"),
        (IMAGES, LABELS, {"classes": ["x", "y"]}, r"label 2 of row 1 \(id 1\) is outside the 2 classes"),
        (IMAGES, LABELS, {"ids": ["a", "a", "b", "c", "d"]}, r"ids must be unique"),
        (IMAGES, LABELS, {"ids": ["a"]}, r"ids must be unique and one an image"),
    ],
)
def test_arrays_that_contradict_themselves(images, labels, more, message):
    with pytest.raises(DataError, match=message):
        from_arrays(images, labels, **more)


def test_the_fingerprint_covers_pixels_labels_ids_and_order():
    other = IMAGES.copy()
    other[4, 3, 5, 2] ^= 1
    made = [
        from_arrays(IMAGES, LABELS),
        from_arrays(other, LABELS),
        from_arrays(IMAGES, [0, 2, 1, 0, 1]),
        from_arrays(IMAGES, LABELS, ids=list("abcde")),
        from_arrays(IMAGES[::-1], LABELS[::-1]),
        from_arrays(IMAGES.reshape(5, 6, 4, 3), LABELS),
    ]
    assert len({one.fingerprint for one in made}) == 6
    assert from_arrays(np.asfortranarray(IMAGES), LABELS.astype(np.int32)).fingerprint == made[0].fingerprint


def test_an_archive_with_the_usual_names(tmp_path):
    np.savez(tmp_path / "test.npz", images=IMAGES, labels=LABELS, ids=np.arange(5) + 10, classes=["x", "y", "z"])
    found = open_dataset("test.npz", roots=Roots((tmp_path,)))
    assert found.ids.tolist() == ["10", "11", "12", "13", "14"]
    assert found.classes == ("x", "y", "z")
    assert np.array_equal(found.rows(np.arange(5)).inputs, IMAGES)


def test_an_archive_with_other_names(tmp_path):
    np.savez_compressed(tmp_path / "keras.npz", x_test=IMAGES[..., 0], y_test=LABELS, names=["x", "y", "z"])
    options = {"images": "x_test", "labels": "y_test", "classes": "names"}
    found = open_dataset("keras.npz", options=options, roots=Roots((tmp_path,)))
    assert found.rows(np.array([4])).inputs.shape == (1, 4, 6, 1)
    assert found.classes == ("x", "y", "z")
    unfamiliar = open_dataset("keras.npz", options={"images": "x_test", "labels": None}, roots=Roots((tmp_path,)))
    assert unfamiliar.labels.tolist() == [-1] * 5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, r"test\.npz has no array 'images'; it has: x, y; write `images: NAME`"),
        ({"images": "x"}, r"no array 'labels'.*or `labels: null`"),
        ({"images": "x", "labels": "y", "ids": "z"}, r"no array 'z'; it has: x, y; write `ids: NAME`"),
    ],
)
def test_a_missing_array_is_answered_with_those_there_are(tmp_path, options, message):
    np.savez(tmp_path / "test.npz", x=IMAGES, y=LABELS)
    with pytest.raises(DataError, match=message):
        open_dataset("test.npz", options=options, roots=Roots((tmp_path,)))


class Bomb:
    """Unpickling it is a failure of the test."""

    def __reduce__(self):
        return (pytest.fail, ("a pickle was read",))


def test_pickled_objects_are_never_read(tmp_path):
    np.savez(tmp_path / "test.npz", images=IMAGES, labels=np.array([Bomb()], dtype=object))
    with pytest.raises(DataError, match=r"'labels' holds pickled objects, which are not read"):
        open_dataset("test.npz", roots=Roots((tmp_path,)))
    (tmp_path / "bomb.npz").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(DataError, match=r"bomb\.npz cannot be read"):
        open_dataset("bomb.npz", roots=Roots((tmp_path,)))


@pytest.mark.parametrize("keep", [0, 10, 400, -30])
def test_a_damaged_archive_names_the_file(tmp_path, keep):
    np.savez(tmp_path / "test.npz", images=IMAGES, labels=LABELS)
    whole = (tmp_path / "test.npz").read_bytes()
    (tmp_path / "test.npz").write_bytes(whole[:keep])
    with pytest.raises(DataError, match=r"test\.npz cannot be read as a \.npz file"):
        open_dataset("test.npz", roots=Roots((tmp_path,)))


def test_a_flipped_bit_in_an_archive_is_noticed(tmp_path):
    np.savez(tmp_path / "test.npz", images=IMAGES, labels=LABELS)
    content = bytearray((tmp_path / "test.npz").read_bytes())
    content[content.index(IMAGES.tobytes())] ^= 1
    (tmp_path / "test.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"test\.npz cannot be read.*CRC"):
        open_dataset("test.npz", roots=Roots((tmp_path,)))


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("data.py:test", "python"),
        ("a/b.npz", "npz"),
        ("photos", "folder"),
        ("data/Photos", "folder"),
        ("Photos/", "folder"),
        ("CIFAR10", "torchvision"),
    ],
)
def test_the_source_tells_its_reader(source, name):
    assert find_reader(source).name == name
    assert [one.name for one in registry.all() if one.accepts(source)] == [name]


def test_a_source_that_no_reader_takes_names_the_readers(roots):
    with pytest.raises(DataError, match=r"'data\.py' is a Python file; name the object in it, `path\.py:object`"):
        find_reader("data.py")
    with pytest.raises(DataError, match=r"cannot tell how to read 'test\.h5'.*folder, npy, npz, python, torchvision"):
        open_dataset("test.h5", roots=roots)
    with pytest.raises(UnknownNameError, match="unknown reader 'nzp'; did you mean 'npz'"):
        open_dataset("test.h5", reader="nzp", roots=roots)


def test_a_users_reader_is_used_and_its_stray_exceptions_told(roots, tmp_path):
    @reader(accepts=lambda source: False)
    def mine(source: str, *, shift: int = 0, roots: Roots):
        if source == "junk":
            return [1, 2]
        return from_arrays(IMAGES, LABELS[np.arange(5) + shift])

    assert len(open_dataset("x", reader=mine, roots=roots)) == 5
    with pytest.raises(DataError, match=r"data: .*test_readers_arrays\.py:\d+: cannot read x: IndexError"):
        open_dataset("x", reader=mine, options={"shift": "3"}, roots=roots)
    with pytest.raises(DataError, match="the reader 'mine' made list; expected a Dataset"):
        open_dataset("junk", reader=mine, roots=roots)
