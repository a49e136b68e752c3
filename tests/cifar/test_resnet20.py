"""The two published figures: get these first, or everything measured on the network is about something else."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from resnet20 import DATA, load, load_adversarial
from safetensors.torch import load_file, save_file

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="shared/data/cifar10 is absent: it is not part of the project"
)


def right(network, name: str) -> int:
    """How many rows of a file the network answers right."""
    with np.load(DATA / name) as rows:
        pixels = torch.from_numpy(rows["images"]).permute(0, 3, 1, 2).float() / 255
        labels = rows["labels"]
    with torch.inference_mode():
        predicted = torch.cat([network(part).argmax(1) for part in pixels.split(128)]).numpy()
    return int((predicted == labels).sum())


@pytest.mark.parametrize(
    ("make", "name", "rows"),
    [(load, "test.npz", 389), (load, "train_slice.npz", 999), (load_adversarial, "test.npz", 240)],
)
def test_the_published_number_of_rows_is_right(make, name, rows):
    assert right(make(), name) == rows


def test_weights_of_another_network_are_refused(tmp_path):
    tensors = load_file(DATA / "resnet20.safetensors")
    del tensors["conv1.weight"]
    save_file(tensors, tmp_path / "maimed.safetensors")
    with pytest.raises(ValueError, match=r"conv1\.weight"):
        load(tmp_path / "maimed.safetensors")
