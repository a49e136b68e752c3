"""Mistakes of colour on a real network, and their record against figures computed here by other means."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from resnet20 import DATA, load

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="shared/data/cifar10 is absent: it is not part of the project"
)

SUITE = f"""
seed: 20
model: {{adapter: torch, source: {Path(__file__).with_name("resnet20.py")}:load}}
data: {{test: {DATA / "test.npz"}}}
require: finite_outputs
statistics: {{early_stopping: false}}
scenarios:
  colour:
    generate: [channel_order, chroma_subsampling, color_matrix, grayscale, ycbcr_as_rgb]
    require: accuracy >= 0.50
"""


@pytest.fixture(scope="module")
def estimates(tmp_path_factory):
    """The accuracy in each cell, by the generator's name."""
    folder = tmp_path_factory.mktemp("cifar")
    (folder / "colour.yaml").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "--robust", "colour.yaml", "--rootdir", ".", "-p", "no:cacheprovider"]
    subprocess.run([*command, "--robust-reports", "."], cwd=folder, capture_output=True, check=False)
    record = json.loads((folder / "colour.json").read_text())
    found = [verdict for verdict in record["verdicts"] if verdict["property"] == "accuracy"]
    assert {verdict["n"] for verdict in found} == {420}
    return {verdict["id"].split("::")[1]: verdict["estimate"] for verdict in found}


@pytest.fixture(scope="module")
def accuracy():
    """The share of right answers to the test rows, changed in some way, by the network alone."""
    network = load()
    with np.load(DATA / "test.npz") as rows:
        images, labels = rows["images"], rows["labels"]

    def of(change):
        with torch.inference_mode():
            changed = np.stack([change(image) for image in images])
            pixels = torch.from_numpy(changed).permute(0, 3, 1, 2).float() / 255
            answers = torch.cat([network(part) for part in pixels.split(128)]).argmax(1).numpy()
        return (answers == labels).mean()

    return of


def colours_halved(image):
    """By OpenCV's own conversion and its means of 2 x 2 pixels."""
    ycc = cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb)
    coarse = cv2.resize(ycc[..., 1:], (16, 16), interpolation=cv2.INTER_AREA)
    ycc[..., 1:] = cv2.resize(coarse, (32, 32), interpolation=cv2.INTER_NEAREST)
    return cv2.cvtColor(ycc, cv2.COLOR_YCrCb2RGB)


def read_as_709(image):
    """Coded by OpenCV, which uses BT.601, and read by the constants of BT.709."""
    luma, cr, cb = np.moveaxis(cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb).astype(float), 2, 0)
    cr, cb = cr - 128, cb - 128
    rgb = np.stack([luma + 1.5748 * cr, luma - 0.1873 * cb - 0.4681 * cr, luma + 1.8556 * cb], axis=2)
    return np.rint(np.clip(rgb, 0, 255)).astype(np.uint8)


CHANGES = {
    "channel_order": (0, lambda image: image[..., ::-1].copy()),
    "grayscale": (0, lambda image: np.dstack([Image.fromarray(image).convert("L")] * 3)),
    # These round to 8 bits in between, which moves pixels by a level or two: a few rows may change sides.
    "ycbcr_as_rgb": (3, lambda image: np.asarray(Image.fromarray(image).convert("YCbCr"))),
    "chroma_subsampling": (3, colours_halved),
    "color_matrix-bt601_as_bt709": (3, read_as_709),
}


@pytest.mark.parametrize("cell", CHANGES)
def test_the_accuracy_is_that_of_other_means(cell, estimates, accuracy):
    rows, change = CHANGES[cell]
    # One row more, which may be a rounding away from the border.
    assert abs(estimates[cell] - accuracy(change)) * 420 <= rows + 1 + 1e-9


def test_a_wrong_order_of_channels_is_seen(estimates):
    """What these mistakes cost an ordinary network: 389 of the 420 are right without them."""
    assert estimates["channel_order"] < 0.90
    assert estimates["grayscale"] < 0.90
    assert estimates["ycbcr_as_rgb"] < 0.50
    assert estimates["color_matrix-bt601_as_bt709"] > 0.85
