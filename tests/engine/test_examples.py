"""Kept counterexamples on disk: whole or refused, the same bytes each time."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pytest_robust.engine import examples
from pytest_robust.engine.examples import Example, identity
from pytest_robust.errors import DataError
from pytest_robust.record import Guess

EXAMPLE = Example(
    suite="suites/vision.yaml",
    check="night::darken-3::accuracy",
    claim="accuracy >= 0.8",
    data="test",
    row="r1",
    label="bright",
    cell="darken-3",
    level="2",
    seed=7,
    before=[Guess(label="bright", probability=0.9)],
    after=[Guess(label="dark", probability=None)],
)


def picture(channels: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (5, 7, channels), dtype=np.uint8)


def only(folder: Path) -> examples.Kept:
    (kept,), strange = examples.read(folder)
    assert strange == []
    return kept


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_what_is_read_is_what_was_kept(tmp_path: Path, channels: int) -> None:
    name = examples.keep(tmp_path / "new" / "folder", EXAMPLE, picture(channels))
    kept = only(tmp_path / "new" / "folder")
    assert (kept.id, kept.example) == (name, EXAMPLE)
    np.testing.assert_array_equal(kept.pixels(), picture(channels))


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        examples.keep(tmp_path / folder, EXAMPLE, picture())
    one, two = ([path.read_bytes() for path in sorted((tmp_path / folder).iterdir())] for folder in ("one", "two"))
    assert one == two
    assert len(one) == 2


def test_the_id_is_of_the_check_and_of_what_is_shown_and_of_nothing_else() -> None:
    own = identity(EXAMPLE, picture())
    assert identity(EXAMPLE.model_copy(update={"row": "r2", "after": [], "seed": 8}), picture()) == own
    others = [
        identity(EXAMPLE, picture(seed=1)),
        identity(EXAMPLE, picture().reshape(7, 5, 3)),
        identity(EXAMPLE.model_copy(update={"check": "night::darken-3::accuracy-2"}), picture()),
        identity(EXAMPLE.model_copy(update={"suite": "suites/other.yaml"}), picture()),
    ]
    assert len({own, *others}) == 5


def test_dropping_removes_both_files_and_no_others(tmp_path: Path) -> None:
    examples.keep(tmp_path, EXAMPLE, picture())
    other = examples.keep(tmp_path, EXAMPLE, picture(seed=1))
    (kept,) = (one for one in examples.read(tmp_path)[0] if one.id != other)
    examples.drop(kept)
    assert only(tmp_path).id == other
    examples.drop(kept)


def test_a_disk_with_room_for_the_picture_only_keeps_neither_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, written = iter(range(9)), os.fsync

    def full(file: int) -> None:
        if next(files):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written(file)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        examples.keep(tmp_path, EXAMPLE, picture())
    assert list(tmp_path.iterdir()) == []


def test_no_folder_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in ("nowhere", "file", "file/below"):
        assert examples.read(tmp_path / folder) == ([], [])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema_version": 2}, "schema_version"),
        ({"row": 3}, "row"),
        ({"command": "rm -rf"}, "command"),
        ({"after": [{"label": "dark"}]}, "after.0.probability"),
    ],
)
def test_what_is_no_example_is_told_of_by_name(tmp_path: Path, change: dict, said: str) -> None:
    path = tmp_path / f"{examples.keep(tmp_path, EXAMPLE, picture())}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    found, (told,) = examples.read(tmp_path)
    assert found == []
    assert told.startswith(f"{path.name}: damaged, or of another version: {said}: ")


def test_hidden_files_are_nobodys_business(tmp_path: Path) -> None:
    (tmp_path / ".gitattributes").write_text("*.png binary")
    assert examples.read(tmp_path) == ([], [])


def test_an_edited_example_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / f"{examples.keep(tmp_path, EXAMPLE, picture())}.json"
    path.write_text(path.read_text().replace("suites/vision.yaml", "suites/other.yaml"))
    with pytest.raises(DataError, match="not what was kept: it or its JSON file was edited"):
        only(tmp_path).pixels()


@pytest.mark.parametrize(
    ("image", "form", "said"),
    [
        (Image.new("L", (7, 5)), "PNG", "not what was kept"),
        (Image.new("P", (7, 5)), "PNG", "not a picture that was kept"),
        (Image.new("I;16", (7, 5)), "PNG", "not a picture that was kept"),
        (Image.new("1", (8001, 8000)), "PNG", "not a picture that was kept"),
        (Image.new("L", (8001, 8000)), "PNG", "not a picture that was kept"),
        (Image.new("RGB", (7, 5)), "BMP", "cannot be read"),
    ],
)
def test_another_picture_is_refused(tmp_path: Path, image: Image.Image, form: str, said: str) -> None:
    name = examples.keep(tmp_path, EXAMPLE, picture())
    image.save(tmp_path / f"{name}.png", form)
    with pytest.raises(DataError, match=rf"{name}\.png: {said}"):
        only(tmp_path).pixels()
