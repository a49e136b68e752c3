"""Images in one array, laid out as CIFAR-10-C is."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from pytest_robust.datasets._open import open_dataset
from pytest_robust.errors import DataError, OptionError
from pytest_robust.sources import Roots

IMAGES = np.random.default_rng(0).integers(0, 256, (20, 4, 6, 3), dtype=np.uint8)
LABELS = np.tile([0, 2, 1, 0], 5).astype(np.uint8)


@pytest.fixture
def roots(tmp_path) -> Roots:
    folder = tmp_path / "CIFAR-10-C"
    folder.mkdir()
    np.save(folder / "fog.npy", IMAGES)
    np.save(folder / "labels.npy", LABELS)
    return Roots((tmp_path,))


def opened(roots: Roots, source: str = "CIFAR-10-C/fog.npy", **options):
    return open_dataset(source, options=options, roots=roots)


@pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])
def test_a_severity_is_its_fifth_with_the_ids_of_the_unperturbed_rows(roots, severity):
    found = opened(roots, severity=severity)
    part = slice(4 * (severity - 1), 4 * severity)
    batch = found.rows(np.array([2, 0]))
    assert np.array_equal(batch.inputs, IMAGES[part][[2, 0]])
    assert found.labels.tolist() == [0, 2, 1, 0]
    assert found.ids.tolist() == ["0", "1", "2", "3"]
    assert (
        found.fingerprint
        == open_dataset(
            "one", reader="python", roots=Roots((), {"one": (IMAGES[part], LABELS[part].astype(int))})
        ).fingerprint
    )


def test_all_rows_are_there_without_a_severity(roots):
    found = opened(roots, classes=["x", "y", "z"])
    assert len(found) == 20
    assert found.classes == ("x", "y", "z")
    assert found.fingerprint != opened(roots, severity=1).fingerprint


def test_labels_of_another_name_or_none_and_grey_images(roots, tmp_path):
    np.save(tmp_path / "v6_data.npy", IMAGES[..., 0])
    np.save(tmp_path / "v6_labels.npy", LABELS)
    assert opened(roots, "v6_data.npy", labels="v6_labels.npy").rows(np.arange(2)).inputs.shape == (2, 4, 6, 1)
    assert (opened(roots, "v6_data.npy", labels=None).labels == -1).all()


def test_labels_and_votes_of_one_fifth_serve_every_severity(roots, tmp_path):
    np.save(tmp_path / "few.npy", LABELS[:4])
    np.save(tmp_path / "votes.npy", np.eye(3, dtype=int)[LABELS[:4]] * 50)
    found = opened(roots, labels="few.npy", votes="votes.npy", severity=4)
    assert found.labels.tolist() == [0, 2, 1, 0]
    assert found.rows(np.array([1])).columns["votes"].tolist() == [[0, 0, 50]]


def test_images_are_mapped_and_not_loaded(roots):
    images = opened(roots, severity=2).images
    while images.base is not None and not isinstance(images, np.memmap):
        images = images.base
    assert isinstance(images, np.memmap)


def test_what_does_not_fit_is_told(roots, tmp_path):
    np.save(tmp_path / "six.npy", IMAGES[:6])
    with pytest.raises(DataError, match=r"six\.npy has 6 rows, which do not make five severities; leave `severity`"):
        opened(roots, "six.npy", labels=None, severity=1)
    with pytest.raises(DataError, match=r"labels are uint8 of shape \(20,\); give 6 integers"):
        opened(roots, "six.npy", labels="CIFAR-10-C/labels.npy")
    with pytest.raises(OptionError, match="less than or equal to 5"):
        opened(roots, severity=6)
    with pytest.raises(Exception, match=r"'labels\.npy' does not exist"):
        opened(roots, "six.npy")
    np.savez(tmp_path / "archive.npz", IMAGES)
    (tmp_path / "archive.npz").rename(tmp_path / "archive.npy")
    with pytest.raises(DataError, match=r"archive\.npy is not one array of rows"):
        opened(roots, "archive.npy", labels=None)
    (tmp_path / "cut.npy").write_bytes((tmp_path / "six.npy").read_bytes()[:200])
    with pytest.raises(DataError, match=r"cut\.npy cannot be read as a \.npy array"):
        opened(roots, "cut.npy", labels=None)


class Bomb:
    def __reduce__(self):
        return exit, ("unpickled",)


def test_nothing_is_ever_unpickled(roots, tmp_path):
    np.save(tmp_path / "bomb.npy", np.array([Bomb()], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match=r"bomb\.npy cannot be read"):
        opened(roots, "bomb.npy", labels=None)
    (tmp_path / "bomb.npy").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(DataError, match=r"bomb\.npy cannot be read"):
        opened(roots, "bomb.npy", labels=None)
