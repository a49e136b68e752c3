"""The embedded example is what its manifest says, and its data are what its README says."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.ndimage import zoom
from sklearn.datasets import load_digits

from pytest_robust.cli import main
from pytest_robust.sources import load_module

DIGITS = Path(__file__).parents[2] / "examples" / "digits"
MANIFEST = json.loads((DIGITS / "manifest.json").read_text())
data = load_module(DIGITS / "data.py")


@pytest.fixture(scope="module")
def unseen():
    return data.test()


@pytest.fixture(scope="module")
def seen():
    return data.train()


@pytest.fixture(scope="module")
def letters():
    return data.letters()


@pytest.fixture(scope="module")
def probabilities():
    network = load_module(DIGITS / "model.py").load()
    assert not network.training

    def answer(images):
        with torch.inference_mode():
            return network(torch.from_numpy(images).permute(0, 3, 1, 2) / 255.0).softmax(1).numpy()

    return answer


def test_the_weights_are_those_of_the_manifest():
    weights = (DIGITS / "weights.safetensors").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == MANIFEST["weights"]["sha256"]
    assert len(weights) == MANIFEST["weights"]["bytes"] <= 500_000


def test_the_rows_are_those_of_the_manifest(unseen, seen):
    assert (len(seen), seen.fingerprint) == (897, MANIFEST["training"]["sha256"])
    assert (len(unseen), unseen.fingerprint) == (900, MANIFEST["test"]["sha256"])


def test_the_manifest_has_the_hash_of_the_training_pixels(seen):
    """The fingerprint, computed again from what its docstring promises: pixels, labels, ids and their order."""
    digest = hashlib.sha256(repr((seen.images.shape, seen.ids.tolist())).encode())
    digest.update(seen.images.tobytes())
    digest.update(seen.labels.tobytes())
    assert digest.hexdigest() == MANIFEST["training"]["sha256"]


def test_no_training_row_is_among_the_test_rows(unseen, seen):
    assert not {*unseen.ids.tolist()} & {*seen.ids.tolist()}
    assert not {row.tobytes() for row in unseen.images} & {row.tobytes() for row in seen.images}
    assert len(unseen) + len(seen) == 1797


def test_the_training_manifest_is_what_the_command_makes(tmp_path):
    """`robust manifest suites/vision.yaml --data train -o examples/digits/training.json`, on any machine."""
    made = tmp_path / "training.json"
    assert main(["manifest", str(DIGITS.parents[1] / "suites/vision.yaml"), "--data", "train", "-o", str(made)]) == 0
    assert made.read_bytes() == (DIGITS / "training.json").read_bytes()


def test_the_training_manifest_is_of_the_rows_that_the_weights_were_made_from():
    found = json.loads((DIGITS / "training.json").read_text())
    assert (found["sha256"], len(found["rows"])) == (MANIFEST["training"]["sha256"], MANIFEST["training"]["rows"])


def test_an_id_names_the_original_row(unseen):
    original = load_digits()
    assert unseen.ids[0] == "digits-0897"
    blocks = unseen.images[..., 0].reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4)).reshape(900, 64)
    likeness = np.corrcoef(blocks[::50], original.images.reshape(1797, 64))[:18, 18:]
    rows = [int(name.removeprefix("digits-")) for name in unseen.ids[::50]]
    assert likeness.argmax(axis=1).tolist() == rows
    assert unseen.labels[::50].tolist() == original.target[rows].tolist()


def test_upscaling_is_bilinear(unseen):
    counts = load_digits().images[897]
    expected = np.rint(zoom(counts, 4, order=1, mode="nearest", grid_mode=True) * 255 / 16)
    assert unseen.images.shape == (900, 32, 32, 3)
    assert unseen.images.dtype == np.uint8
    for channel in range(3):
        np.testing.assert_array_equal(unseen.images[0, ..., channel], expected)


def test_at_least_97_percent_of_the_test_rows_are_right(unseen, probabilities):
    right = int((probabilities(unseen.images).argmax(1) == unseen.labels).sum())
    assert right >= 0.97 * len(unseen)
    assert abs(right - MANIFEST["test"]["right"]) <= 2  # another processor may round otherwise


def test_letters_are_of_no_class_and_no_two_alike(letters):
    assert len(letters) >= 500
    assert (letters.labels == -1).all()
    assert len({row.tobytes() for row in letters.images}) == len(letters)
    assert not {row[0] for row in letters.ids.tolist()} & set("BDGILOQSZabegijloqsyz0123456789")


def test_letters_are_made_like_digits(letters, unseen):
    """White on black, every box filled from top to bottom, 17 levels of ink, and about as much ink as digits have."""
    counts = np.concatenate(list(map(list, map(data.draw, data.LETTERS[:3]))))
    assert set(np.unique(counts)) <= set(range(17))
    for rows in (letters, unseen):
        ink = rows.images[..., 0].max(axis=2)
        assert (ink[:, :4].max(axis=1) > 0).mean() > 0.98
        assert (ink[:, -4:].max(axis=1) > 0).mean() > 0.98
    assert letters.images.mean() == pytest.approx(unseen.images.mean(), rel=0.2)
    assert letters.images.shape[1:] == unseen.images.shape[1:]


def test_letters_are_the_same_each_time(letters):
    again = data.letters()
    assert again.fingerprint == letters.fingerprint


def test_letters_of_one_kind_resemble_each_other_more_than_other_letters(letters):
    flat = letters.images[..., 0].reshape(len(letters), -1) / 255.0
    kinds = np.array([row[0] for row in letters.ids.tolist()])
    means = np.stack([flat[kinds == kind].mean(axis=0) for kind in np.unique(kinds)])
    nearest = np.unique(kinds)[((flat[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)]
    assert (nearest == kinds).mean() > 0.8


def test_training_again_makes_the_same_network():
    done = subprocess.run([sys.executable, DIGITS / "train.py", "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told = done.stdout.splitlines()[-1]
    if torch.__version__.partition("+")[0] == MANIFEST["made_with"]["torch"].partition("+")[0]:
        assert told == "the same bytes as committed" or told.endswith("as they may on another processor")
    else:
        assert told.endswith("another release trains another network")


def test_data_need_no_torch():
    code = (
        f"import sys; sys.path.insert(0, {str(DIGITS)!r}); import data; data.test(); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
