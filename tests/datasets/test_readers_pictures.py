"""Real PNG and JPEG files, whole and damaged, and torchvision's data sets."""

from __future__ import annotations

import hashlib
import inspect
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
import torchvision
from PIL import Image

from pytest_robust.datasets import Dataset
from pytest_robust.datasets._classes import some_classes
from pytest_robust.datasets._open import open_dataset
from pytest_robust.datasets.torchvision import UNPICKLED
from pytest_robust.engine.readable import readable, unread_of
from pytest_robust.engine.store import Store
from pytest_robust.errors import DataError, OptionError, SourceError
from pytest_robust.sources import Roots

RNG = np.random.default_rng(0)


def picture(height: int = 8, width: int = 10, channels: int = 3) -> np.ndarray:
    """Smooth enough for JPEG to be near it."""
    ramp = np.linspace(0, 1, height)[:, None, None] * np.linspace(0, 1, width)[None, :, None]
    return (255 * ramp * RNG.random(channels)).astype(np.uint8)


def save(path: Path, pixels: np.ndarray, **options) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.squeeze()).save(path, **options)


@pytest.fixture
def photos(tmp_path) -> dict[str, np.ndarray]:
    """Two classes in folders, with what else lies about in a folder."""
    made = {name: picture() for name in ("dog/b.png", "dog/a/c.PNG", "cat/z.png")}
    for name, pixels in made.items():
        save(tmp_path / "photos" / name, pixels)
    (tmp_path / "photos" / "dog" / "notes.txt").write_text("not a picture")
    (tmp_path / "photos" / "dog" / "._b.png").write_bytes(b"what macOS leaves behind")
    (tmp_path / "photos" / ".git").mkdir()
    (tmp_path / "photos" / "README.md").write_text("")
    return made


def folder(tmp_path: Path, source: str = "photos", **options) -> Dataset:
    return open_dataset(source, options=options, roots=Roots((tmp_path,)))


def test_one_directory_a_class(tmp_path, photos):
    found = folder(tmp_path)
    assert found.ids.tolist() == ["cat/z.png", "dog/a/c.PNG", "dog/b.png"]
    assert found.labels.tolist() == [0, 1, 1]
    assert found.classes == ("cat", "dog")
    batch = found.rows(np.array([2, 0]))
    assert batch.ids.tolist() == ["dog/b.png", "cat/z.png"]
    assert np.array_equal(batch.inputs, np.stack([photos["dog/b.png"], photos["cat/z.png"]]))
    assert batch.inputs.dtype == np.uint8
    assert batch.labels.tolist() == [1, 0]


def test_the_suite_may_name_the_classes_in_the_models_order(tmp_path, photos):
    found = folder(tmp_path, classes=["dog", "bird", "cat"])
    assert found.labels.tolist() == [2, 0, 0]
    assert found.classes == ("dog", "bird", "cat")
    with pytest.raises(DataError, match=r"dog/a/c\.PNG: its class 'dog' is not among `classes`: cat, bird"):
        folder(tmp_path, classes=["cat", "bird"])


def test_jpeg_is_decoded_as_pillow_does(tmp_path):
    save(tmp_path / "photos" / "cat" / "a.jpg", picture(), quality=90)
    with Image.open(tmp_path / "photos" / "cat" / "a.jpg") as image:
        assert np.array_equal(folder(tmp_path).rows(np.array([0])).inputs[0], np.asarray(image))


def test_labels_from_a_csv_of_names(tmp_path, photos):
    (tmp_path / "photos" / "labels.csv").write_text('file,label,note\ndog/b.png, wolf ,\n\ncat/z.png,cat,"a, b"\n')
    found = folder(tmp_path, labels="labels.csv")
    assert found.ids.tolist() == ["dog/b.png", "cat/z.png"]
    assert found.classes == ("cat", "wolf")
    assert found.labels.tolist() == [1, 0]
    assert folder(tmp_path, labels="labels.csv", classes=["wolf", "cat"]).labels.tolist() == [0, 1]


def test_labels_from_a_csv_of_numbers_beside_the_suite(tmp_path, photos):
    (tmp_path / "test.csv").write_text("label,file\n7,dog/b.png\n0,cat/z.png\n")
    found = folder(tmp_path, labels="test.csv")
    assert (found.labels.tolist(), found.classes) == ([7, 0], None)
    digits = folder(tmp_path, labels="test.csv", classes=[0, 7])
    assert (digits.labels.tolist(), digits.classes) == ([1, 0], ("0", "7"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,label\na,b\n", r"test\.csv:1: the columns are name, label; name two `file` and `label`"),
        ("file,label\ncat/z.png,cat\ndog/b.png,\n", r"test\.csv:3: no label for 'dog/b\.png'"),
        ("file,label\ncat/z.png\n", r"test\.csv:2: no label for 'cat/z\.png'"),
        ("file,label\n\ncat/z.png,cat\ncat/z.png,dog\n", r"test\.csv:4: 'cat/z\.png' is named twice"),
        ("file,label\ngone.png,cat\n", r"test\.csv:2: .*photos/gone\.png does not exist; paths start at"),
        ("", r"test\.csv cannot be read as CSV"),
        ("file,label\n", r"has no images"),
        ("file,label\ncat/z.png,cat,3,4,5\ndog/b.png,a\n", r"test\.csv"),
    ],
)
def test_a_csv_with_a_mistake_names_the_line(tmp_path, photos, text, message):
    (tmp_path / "test.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        folder(tmp_path, labels="test.csv")


def test_pictures_of_different_size_need_a_size(tmp_path, photos):
    large = picture(20, 30)
    save(tmp_path / "photos" / "dog" / "large.png", large)
    with pytest.raises(DataError, match=r"cat/z\.png is 8 x 10 and dog/large\.png is 20 x 30; write `size"):
        folder(tmp_path)
    found = folder(tmp_path, size=[8, 10])
    whole = found.rows(np.arange(4))
    assert whole.inputs.shape == (4, 8, 10, 3)
    assert np.array_equal(whole.inputs[2], photos["dog/b.png"]), "pictures of the size are not touched"
    resized = Image.fromarray(large).resize((10, 8), Image.Resampling.BILINEAR)
    assert np.array_equal(whole.inputs[3], np.asarray(resized))


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_a_truncated_picture_is_named(tmp_path, photos, ending):
    path = tmp_path / "photos" / "dog" / f"z.{ending}"
    save(path, RNG.integers(0, 256, (8, 10, 3), dtype=np.uint8))
    path.write_bytes(path.read_bytes()[:-60])
    found = folder(tmp_path)
    assert len(found.rows(np.array([0, 1, 2]))) == 3
    with pytest.raises(DataError, match=rf"photos/dog/z\.{ending} is not a readable image \(.*\); replace it"):
        found.rows(np.array([0, 3]))


@pytest.mark.parametrize("content", [b"", b"<html>404</html>"])
def test_a_file_that_is_no_picture_is_named_when_its_row_is_asked_for(tmp_path, photos, content):
    (tmp_path / "photos" / "cat" / "bad.png").write_bytes(content)
    found = folder(tmp_path)
    assert found.ids.tolist() == ["cat/bad.png", "cat/z.png", "dog/a/c.PNG", "dog/b.png"]
    assert len(found.rows(np.array([1, 2, 3]))) == 3
    with pytest.raises(DataError, match=r"photos/cat/bad\.png is not a readable image"):
        found.rows(np.array([0, 1]))


def test_a_folder_without_a_single_picture_is_an_error_when_it_is_opened(tmp_path):
    save(tmp_path / "photos" / "cat" / "a.png", picture())
    (tmp_path / "photos" / "cat" / "a.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"photos/cat/a\.png is not a readable image"):
        folder(tmp_path)


def test_gray_stays_gray_where_all_are(tmp_path):
    gray = [picture(channels=1), picture(channels=1)]
    for name, pixels in zip("ab", gray, strict=True):
        save(tmp_path / "photos" / "cat" / f"{name}.png", pixels)
    assert np.array_equal(folder(tmp_path).rows(np.array([0, 1])).inputs, np.stack(gray))
    assert folder(tmp_path, channels="rgb").rows(np.array([0])).inputs.shape == (1, 8, 10, 3)
    save(tmp_path / "photos" / "cat" / "c.png", picture())
    colour = folder(tmp_path).rows(np.array([0])).inputs
    assert np.array_equal(colour, gray[0][None].repeat(3, axis=3))


def test_transparency_and_palettes_become_rgb_without_a_warning(tmp_path):
    pixels = picture()
    opaque = np.dstack([pixels, RNG.integers(0, 256, (8, 10), dtype=np.uint8)])
    save(tmp_path / "photos" / "cat" / "a.png", opaque)
    with_palette = Image.fromarray(pixels).quantize(8)
    with_palette.save(tmp_path / "photos" / "cat" / "b.png", transparency=bytes(range(8)))
    made = folder(tmp_path).rows(np.array([0, 1])).inputs
    assert np.array_equal(made[0], pixels)
    assert np.array_equal(made[1], np.asarray(with_palette.convert("RGB")))


def test_sixteen_bits_are_refused_rather_than_clipped(tmp_path):
    save(tmp_path / "photos" / "cat" / "a.png", picture(channels=1).astype(np.uint16) * 257)
    with pytest.raises(DataError, match=r"a\.png has pixels of mode I;16, not 8 bits a channel"):
        folder(tmp_path)


def test_the_folder_fingerprint_covers_contents_names_and_options(tmp_path, photos):
    first = folder(tmp_path).fingerprint
    assert folder(tmp_path).fingerprint == first
    (tmp_path / "photos").rename(tmp_path / "moved")
    assert folder(tmp_path, "moved").fingerprint == first, "where the folder lies is not the data"
    seen = {
        first,
        folder(tmp_path, "moved", size=[4, 4]).fingerprint,
        folder(tmp_path, "moved", channels="gray").fingerprint,
        folder(tmp_path, "moved", classes=["dog", "cat"]).fingerprint,
    }
    save(tmp_path / "moved" / "dog" / "b.png", 255 - photos["dog/b.png"])
    seen.add(folder(tmp_path, "moved").fingerprint)
    assert len(seen) == 5


def test_a_folder_without_pictures_and_a_folder_that_is_none(tmp_path, photos):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"empty has no images; looked for .*\.png.*, in one directory a class; .*CSV"):
        folder(tmp_path, "empty")
    with pytest.raises(DataError, match=r"README\.md is not a folder"):
        open_dataset("photos/README.md", reader="folder", roots=Roots((tmp_path,)))
    with pytest.raises(SourceError, match="'gone' does not exist"):
        folder(tmp_path, "gone")
    with pytest.raises(SourceError, match=r"'gone\.csv' does not exist \(tried .*/photos/gone\.csv and "):
        folder(tmp_path, labels="gone.csv")
    with pytest.raises(OptionError, match="size"):
        folder(tmp_path, size=[0, 4])


# torchvision


def fake(tmp_path: Path, **options) -> Dataset:
    arguments = {"size": 7, "image_size": (3, 8, 10), "num_classes": 4}
    return open_dataset("FakeData", options={"arguments": arguments, **options}, roots=Roots((tmp_path,)))


def test_torchvision_rows_are_torchvisions(tmp_path):
    found = fake(tmp_path)
    expected = torchvision.datasets.FakeData(7, (3, 8, 10), 4)
    batch = found.rows(np.array([5, 0]))
    assert np.array_equal(batch.inputs, np.stack([np.asarray(expected[row][0]) for row in (5, 0)]))
    assert found.labels.tolist() == [int(expected[row][1]) for row in range(7)]
    assert batch.ids.tolist() == ["5", "0"]
    assert found.fingerprint == fake(tmp_path).fingerprint
    assert found.fingerprint != fake(tmp_path, arguments={"size": 7, "image_size": (3, 8, 10)}).fingerprint
    assert fake(tmp_path, size=[4, 4]).rows(np.array([1])).inputs.shape == (1, 4, 4, 3)


def write_mnist(folder: Path, images: np.ndarray, labels: np.ndarray, part: str) -> None:
    """The IDX files of MNIST, by their published format."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 2051, *images.shape) + images.tobytes())
    (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 2049, len(labels)) + labels.tobytes())


def test_a_set_with_splits_is_read_from_its_files(tmp_path):
    images = RNG.integers(0, 256, (4, 28, 28), dtype=np.uint8)
    write_mnist(tmp_path / "data" / "MNIST" / "raw", images, np.uint8([3, 1, 4, 1]), "t10k")
    write_mnist(tmp_path / "data" / "MNIST" / "raw", images[:2], np.uint8([5, 9]), "train")
    found = open_dataset("MNIST", roots=Roots((tmp_path,)))
    assert found.labels.tolist() == [3, 1, 4, 1]
    assert np.array_equal(found.rows(np.arange(4)).inputs, images[..., None]), "gray pictures stay gray"
    assert len(found.classes) == 10
    train = open_dataset("MNIST", options={"split": "train", "channels": "rgb"}, roots=Roots((tmp_path,)))
    assert train.labels.tolist() == [5, 9]
    assert np.array_equal(train.rows(np.array([1])).inputs, images[1:2, ..., None].repeat(3, axis=3))


def test_a_set_whose_parent_takes_train_is_not_read_from_its_training_half(tmp_path):
    images = RNG.integers(0, 256, (2, 28, 28), dtype=np.uint8)
    raw = tmp_path / "data" / "EMNIST" / "raw"
    write_mnist(raw, images, np.uint8([1, 2]), "emnist-letters-test")
    write_mnist(raw, images, np.uint8([3, 4]), "emnist-letters-train")
    options = {"arguments": {"split": "letters"}}
    assert open_dataset("EMNIST", options=options, roots=Roots((tmp_path,))).labels.tolist() == [1, 2]


def write_cifar(folder: Path, images: np.ndarray, labels: list[int]) -> dict[str, str]:
    """The two pickles of CIFAR-10's test set, and their MD5 sums."""
    folder.mkdir(parents=True)
    batch = {"data": images.transpose(0, 3, 1, 2).reshape(len(images), -1), "labels": labels}
    meta = {"label_names": ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]}
    for name, content in (("test_batch", batch), ("batches.meta", meta)):
        (folder / name).write_bytes(pickle.dumps(content))
    return {
        name: hashlib.md5((folder / name).read_bytes(), usedforsecurity=False).hexdigest()
        for name in ("test_batch", "batches.meta")
    }


def test_cifar_is_unpickled_only_by_those_who_trust_it(tmp_path, monkeypatch):
    images = RNG.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    sums = write_cifar(tmp_path / "data" / "cifar-10-batches-py", images, [6, 9, 0])
    roots = Roots((tmp_path,))
    with pytest.raises(OptionError, match=r"torchvision reads CIFAR10 by unpickling.*trust_pickle: true"):
        open_dataset("CIFAR10", roots=roots)
    trusting = {"trust_pickle": True}
    with pytest.raises(DataError, match=r"cannot read CIFAR10 from .*data \(RuntimeError: .*corrupted"):
        open_dataset("CIFAR10", options=trusting, roots=roots)
    cifar = torchvision.datasets.CIFAR10
    monkeypatch.setattr(cifar, "train_list", [])
    monkeypatch.setattr(cifar, "test_list", [["test_batch", sums["test_batch"]]])
    monkeypatch.setattr(cifar, "meta", {**cifar.meta, "md5": sums["batches.meta"]})
    found = open_dataset("CIFAR10", options=trusting, roots=roots)
    assert np.array_equal(found.rows(np.arange(3)).inputs, images)
    assert found.labels.tolist() == [6, 9, 0]
    assert found.classes[6] == "frog"


def test_every_set_that_this_torchvision_unpickles_is_known():
    datasets = torchvision.datasets
    classes = [kind for kind in (getattr(datasets, name) for name in datasets.__all__) if inspect.isclass(kind)]
    own = {
        kind.__name__
        for kind in classes
        for parent in kind.__mro__
        if parent.__module__.startswith("torchvision") and "pickle.load(" in inspect.getsource(parent)
    }
    assert {"CIFAR10", "CIFAR100"} <= own
    assert own <= UNPICKLED


@pytest.mark.parametrize(
    ("source", "options", "error", "message"),
    [
        ("CIFAR11", {}, DataError, r"torchvision has no data set 'CIFAR11'; did you mean 'CIFAR1.*write '\./CIFAR11'"),
        (
            "MNIST",
            {"root": "gone"},
            DataError,
            r"MNIST needs a folder `root`.*'gone' does not exist.*downloads nothing",
        ),
        ("MNIST", {"root": "."}, DataError, r"cannot read MNIST from .*not found.*downloads nothing"),
        ("MNIST", {"split": "val"}, OptionError, r"MNIST has the splits train and test, not 'val'"),
        ("FakeData", {"split": "test"}, OptionError, "FakeData has no splits; leave `split` out"),
        ("FakeData", {"arguments": {"sise": 3}}, OptionError, "cannot have 'sise'; did you mean 'size'"),
        ("FakeData", {"arguments": {"transform": 3}}, OptionError, "cannot have 'transform'"),
        ("MNIST", {"arguments": {"download": True}}, OptionError, "cannot have 'download'"),
        ("FakeData", {"arguments": {"size": 0}}, DataError, "no images"),
        ("SVHN", {"root": ".", "split": "val"}, DataError, "check `root` and `split`"),
    ],
)
def test_a_torchvision_entry_with_a_mistake(tmp_path, source, options, error, message):
    with pytest.raises(error, match=message):
        open_dataset(source, options=options, roots=Roots((tmp_path,)))


def test_a_set_that_is_no_classification_is_refused(tmp_path):
    (tmp_path / "data" / "MovingMNIST").mkdir(parents=True)
    np.save(tmp_path / "data" / "MovingMNIST" / "mnist_test_seq.npy", np.zeros((20, 3, 64, 64), np.uint8))
    with pytest.raises(DataError, match="MovingMNIST: row 0 is Tensor; only classification sets can be used"):
        open_dataset("MovingMNIST", roots=Roots((tmp_path,)))


def test_a_picture_of_torchvisions_that_cannot_be_read_is_an_error_of_its_row_alone(tmp_path):
    for name in ("cat/a", "cat/b", "dog/c"):
        save(tmp_path / "photos" / f"{name}.png", picture())
    (tmp_path / "photos" / "cat" / "a.png").write_bytes(b"<html>404</html>")
    roots = Roots((tmp_path,))
    found = open_dataset("ImageFolder", reader="torchvision", options={"root": "photos"}, roots=roots)
    assert found.labels.tolist() == [0, 0, 1], "torchvision tells the class all the same"
    assert found.rows(np.array([1, 2])).inputs.shape == (2, 8, 10, 3)
    with pytest.raises(DataError, match="ImageFolder: row 0 cannot be read: UnidentifiedImageError"):
        found.rows(np.array([0, 1]))
    for name in ("cat/b", "dog/c"):
        (tmp_path / "photos" / f"{name}.png").write_bytes(b"")
    with pytest.raises(DataError, match="ImageFolder: row 0 cannot be read"):
        open_dataset("ImageFolder", reader="torchvision", options={"root": "photos"}, roots=roots)


def test_a_picture_of_torchvisions_that_cannot_be_read_is_still_of_its_class(tmp_path):
    for name in ("cat/a.png", "cat/b.png", "dog/c.png"):
        save(tmp_path / "photos" / name, picture())
    (tmp_path / "photos" / "cat" / "b.png").write_bytes(b"no picture")
    whole = open_dataset("ImageFolder", reader="torchvision", options={"root": "photos"}, roots=Roots((tmp_path,)))
    assert whole.labels.tolist() == [0, 0, 1]
    cats = readable(some_classes(whole, only=["cat"]), "test", Store(None, []))
    assert cats.ids.tolist() == ["0"]
    assert list(unread_of(cats)) == ["1"]
