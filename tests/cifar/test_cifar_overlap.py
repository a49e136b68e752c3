"""Training rows among real test images: found where they are put, and nowhere else."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from resnet20 import DATA

from pytest_robust.carriers import Batch
from pytest_robust.training._rows import Rows, rows_of
from pytest_robust.training._twins import EXACT, twins

pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"there is no {DATA}")


@pytest.fixture(scope="module")
def unseen() -> np.ndarray:
    return np.load(DATA / "test.npz")["images"]


@pytest.fixture(scope="module")
def seen() -> np.ndarray:
    return np.load(DATA / "train_slice.npz")["images"]


def rows(images: np.ndarray) -> Rows:
    return rows_of([Batch(images, np.arange(len(images)).astype(str), np.zeros(len(images), np.int64))])


def compressed(image: np.ndarray) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=75)
    return np.asarray(Image.open(file))


def test_no_test_image_is_a_training_image_or_looks_like_one(unseen: np.ndarray, seen: np.ndarray):
    assert len(twins(rows(unseen), rows(seen)).rows) == 0


def test_training_images_put_among_the_test_images_are_found_and_so_are_their_copies(unseen, seen):
    copies = np.stack([compressed(image) for image in seen[100:200]])
    found = twins(rows(np.concatenate([unseen, seen[:50], copies])), rows(seen))
    exact = found.distances == EXACT
    assert found.rows[exact].tolist() == list(range(420, 470))
    assert found.training_rows[exact].tolist() == list(range(50))
    assert found.rows.min() >= 420, "no other image is taken for a copy"
    near = dict(zip(found.rows[~exact].tolist(), found.training_rows[~exact].tolist(), strict=True))
    assert len(near) >= 99
    assert all(training == row - 470 + 100 for row, training in near.items())
