"""Pictures made elsewhere: found by row, refused by name where they are of other rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pictures import pictures, seeds
from PIL import Image

import pytest_robust
from pytest_robust.errors import GenerationError
from pytest_robust.generators import Rows
from pytest_robust.generators.premade import premade
from pytest_robust.registry import check_options
from pytest_robust.sources import Roots

COUNT = 12
LABELS = np.arange(COUNT) % 3
CLEAN = pictures(COUNT, 8)
IDS = np.array([f"{'cat' if row % 2 else 'dog'}/{row}.png" for row in range(COUNT)])


def shifted(severity: int) -> np.ndarray:
    """What was made elsewhere."""
    return 255 - CLEAN // severity


@pytest.fixture
def array(tmp_path) -> Path:
    np.save(tmp_path / "fog.npy", np.concatenate([shifted(severity) for severity in range(1, 6)]))
    np.save(tmp_path / "labels.npy", np.tile(LABELS, 5).astype(np.uint8))
    return tmp_path / "fog.npy"


@pytest.fixture
def folder(tmp_path) -> Path:
    for severity in range(1, 6):
        for name, image in zip(IDS, shifted(severity), strict=True):
            path = tmp_path / "fog" / (f"severity-{severity}" if severity < 4 else f"{severity}") / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(path)
    return tmp_path / "fog"


def make(source: Path, severity: float = 2, rows=(3, 0, 11), labels=None, images=None, count=COUNT) -> np.ndarray:
    places = np.array(rows, dtype=np.intp)
    found = premade(
        CLEAN[places] if images is None else images,
        severity=severity,
        seeds=seeds(len(places)),
        labels=LABELS[places] if labels is None else labels,
        rows=Rows(IDS[places], places, count),
        source=source,
    )
    assert isinstance(found, np.ndarray)
    return found


@pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("kind", ["array", "folder"])
def test_each_row_gets_its_own_picture(kind, severity, request):
    made = make(request.getfixturevalue(kind), severity)
    assert type(made) is np.ndarray
    assert np.array_equal(made, shifted(severity)[[3, 0, 11]])


def test_labels_beside_may_be_those_of_one_severity_and_say_nothing_of_unlabelled_rows(array):
    np.save(array.with_name("labels.npy"), LABELS)
    make(array, 5)
    np.save(array.with_name("labels.npy"), LABELS[::-1])
    make(array, 5, labels=np.full(3, -1))
    with pytest.raises(
        GenerationError, match=r"labels\.npy says 2 for row 'cat/3\.png', the data 0; the pictures must be of the"
    ):
        make(array, 5)
    array.with_name("labels.npy").unlink()
    make(array, 5)


@pytest.mark.parametrize(
    ("saved", "said"),
    [
        (np.zeros((59, 8, 8, 3), np.uint8), r"holds uint8 of shape \(59, 8, 8, 3\); for 12 rows .* \(60, 8, 8, 3\)"),
        (np.zeros((60, 9, 8, 3), np.uint8), r"uint8 of shape \(60, 9, 8, 3\)"),
        (np.zeros((60, 8, 8, 3), np.float32), r"float32 of shape"),
        (np.zeros(5, object), r"cannot be read as a \.npy array: Array can't be memory-mapped"),
    ],
)
def test_an_array_that_does_not_fit_is_refused(array, saved, said):
    np.save(array, saved, allow_pickle=True)
    with pytest.raises(GenerationError, match=said):
        make(array)


def test_labels_that_do_not_fit_are_refused(array):
    np.save(array.with_name("labels.npy"), np.zeros(7, np.uint8))
    with pytest.raises(GenerationError, match=r"labels\.npy holds labels of shape \(7,\); for 12 rows"):
        make(array)


def test_an_archive_is_refused(array):
    np.savez(array.with_suffix(".npz"), CLEAN)
    with pytest.raises(GenerationError, match=r"fog\.npz is an archive"):
        make(array.with_suffix(".npz"))


def test_grey_data_takes_grey_pictures(array, folder):
    grey = np.concatenate([shifted(severity)[..., 0] for severity in range(1, 6)])
    np.save(array, grey)
    images = CLEAN[[3, 0, 11]][..., :1]
    assert np.array_equal(make(array, 2, images=images)[..., 0], shifted(2)[[3, 0, 11], ..., 0])
    assert make(folder, 2, images=images).shape == (3, 8, 8, 1)


def test_what_is_wrong_with_a_folder_is_told(folder):
    (folder / "severity-2" / "cat" / "3.png").unlink()
    with pytest.raises(GenerationError, match=r"cat.3\.png does not exist; pictures are called by the ids"):
        make(folder, 2)
    Image.fromarray(np.zeros((9, 8, 3), np.uint8)).save(folder / "severity-3" / "cat" / "3.png")
    with pytest.raises(GenerationError, match=r"3\.png is 9 x 8, and the data 8 x 8; give the data the size"):
        make(folder, 3)
    (folder / "4" / "cat" / "3.png").write_bytes(b"nothing")
    with pytest.raises(GenerationError, match=r"3\.png is not a readable image"):
        make(folder, 4)
    (folder / "5").rename(folder / "five")
    with pytest.raises(GenerationError, match=r"fog has no folder severity-5 or 5"):
        make(folder, 5)
    with pytest.raises(GenerationError, match="images have 4 channels"):
        make(folder, 1, images=np.zeros((3, 8, 8, 4), np.uint8))
    with pytest.raises(GenerationError, match=r"premade: there is no severity 2\.5"):
        make(folder, 2.5)


@pytest.mark.parametrize(
    ("path", "name"),
    [("a/fog.npy", "premade-fog"), ("fog", "premade-fog"), ("b/my [odd] fog.npy", "premade-my__odd__fog")],
)
def test_cells_are_called_by_the_file(path, name):
    assert premade.called({"source": Path(path)}) == name


def bright(images):
    share = images.mean(axis=(1, 2, 3)) / 255
    return np.stack([1 - share, share], axis=1)


def test_in_a_run_every_row_meets_its_own_picture_whatever_the_order(tmp_path, monkeypatch):
    """Dark and bright rows, shuffled by the suite's seed; elsewhere the dark ones were made bright, by severity."""
    monkeypatch.chdir(tmp_path)
    labels = np.arange(40) % 2
    images = np.full((40, 4, 4, 3), 40, np.uint8) + (labels * 160).astype(np.uint8)[:, None, None, None]
    made = np.tile(images, (5, 1, 1, 1))
    for severity in range(1, 6):
        made[40 * (severity - 1) : 40 * severity][: 8 * severity] = 200
    np.save("shift.npy", made)
    np.save("labels.npy", np.tile(labels, 5))
    record = pytest_robust.run(
        {
            "model": {"adapter": "callable", "source": "live"},
            "data": {"test": {"reader": "python", "source": "rows"}},
            "batch": 7,
            "statistics": {"early_stopping": False},
            "scenarios": {"s": {"generate": {"premade": {"source": "shift.npy"}}, "require": "accuracy >= 0.5"}},
        },
        objects={"live": bright, "rows": (images, labels)},
        strict=True,
    )
    found = {verdict.id: verdict.estimate for verdict in record.verdicts}
    assert found == {f"s::premade-shift-{s}::accuracy": pytest.approx(1 - 4 * s / 40) for s in range(1, 6)}


def test_the_source_is_looked_for_beside_the_suite(array):
    checked = check_options(premade.make, {"source": "fog.npy"}, given=premade.given, roots=Roots((array.parent,)))
    assert checked == {"source": array}
