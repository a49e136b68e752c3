"""A folder of pictures of which some are damaged: these are named, and the others judged as if they were alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from pytest_robust.report.html import render

if TYPE_CHECKING:
    from conftest import Project

BROKEN = ("bright/013.png", "dark/104.png")


@pytest.fixture
def photos(project: Project) -> Project:
    """The project, with its rows as pictures in a folder, two of them damaged: one header, one body."""
    with np.load(project.path / "rows.npz") as rows:
        for number, (image, label) in enumerate(zip(rows["images"], rows["labels"], strict=True)):
            path = project.path / "photos" / ("dark", "bright")[label] / f"{number:03d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image[..., 0]).save(path)
    head, body = (project.path / "photos" / name for name in BROKEN)
    head.write_bytes(b"<html>404</html>")
    body.write_bytes(body.read_bytes()[:-30])
    suite = project.path / "suites" / "vision.yaml"
    suite.write_text(suite.read_text().replace("rows.npz", "{source: photos/, classes: [dark, bright]}"))
    return project


def test_damaged_pictures_are_named_and_the_others_judged(photos: Project) -> None:
    found = photos.robust()
    record = photos.record()
    (data,) = record.data
    assert (data.rows, data.unreadable) == (198, 2)
    assert [one.row for one in data.unread] == list(BROKEN)
    assert all("is not a readable image" in one.reason and str(photos.path) not in one.reason for one in data.unread)
    assert all(verdict.outcome != "ERROR" and 0 < verdict.n <= 198 for verdict in record.verdicts)
    found.stdout.fnmatch_lines(
        [
            "data test: 2 rows of 200 cannot be read",
            "warning: data 'test': ERROR in row 'bright/013.png', and in 1 more, of 200: cannot be read, *",
        ]
    )
    for name in BROKEN:
        assert name in render(record)


def test_the_verdicts_are_those_of_a_folder_without_them(photos: Project) -> None:
    photos.robust()
    with_them = photos.record().verdicts
    for name in BROKEN:
        (photos.path / "photos" / name).unlink()
    photos.robust()
    assert (photos.record().verdicts, photos.record().data[0].unreadable) == (with_them, 0)


def test_the_record_is_the_same_from_the_cache_and_from_several_processes(photos: Project) -> None:
    photos.robust("--robust-cache", "none")
    expected = photos.record().digest
    for arguments in (["--robust-cache", "kept"], ["--robust-cache", "kept"]):
        photos.robust(*arguments)
        assert photos.record().digest == expected
    assert photos.record().run.predictions == 0
    pytest.importorskip("xdist")
    photos.spawn("--robust", "-n", "2", "--robust-cache", "none")
    assert photos.record().digest == expected


def test_nothing_is_released_on_data_that_cannot_all_be_read(photos: Project) -> None:
    suite = photos.path / "suites" / "vision.yaml"
    head = suite.read_text().partition("scenarios:")[0]
    suite.write_text(f"{head}scenarios:\n  clean: {{generate: clean, require: [accuracy >= 0.9]}}\n")
    assert photos.robust().ret == pytest.ExitCode.OK
    found = photos.robust("--robust-gate", "release")
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    found.stdout.fnmatch_lines(["gate release: red. NOT PROVEN", "data test: 2 rows of 200 cannot be read"])
    for name in BROKEN:
        (photos.path / "photos" / name).unlink()
    assert photos.robust("--robust-gate", "release").ret == pytest.ExitCode.OK
