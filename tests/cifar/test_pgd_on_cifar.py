"""PGD on real networks, against the attack written as a bare loop."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from resnet20 import DATA, load, load_adversarial
from torch.nn.functional import cross_entropy

from pytest_robust.generators import registry

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="shared/data/cifar10 is absent: it is not part of the project"
)

ROWS = 64


@pytest.fixture(autouse=True)
def _one_thread():
    """Threads that wait for each other are slow on a busy machine, and these networks are small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Plain:
    device = torch.device("cpu")

    def __init__(self, network: torch.nn.Module) -> None:
        self.logits = network


def rows() -> tuple[np.ndarray, np.ndarray]:
    with np.load(DATA / "test.npz") as data:
        return data["images"][:ROWS], data["labels"][:ROWS]


def right(network: torch.nn.Module, pixels: torch.Tensor, labels: torch.Tensor) -> np.ndarray:
    with torch.no_grad():
        return (network(pixels).argmax(1) == labels).numpy()


def bare_loop(network: torch.nn.Module, clean: torch.Tensor, labels: torch.Tensor, epsilon: float) -> torch.Tensor:
    """PGD-20, step epsilon / 4, from the image, on floats; the last iterate."""
    pixels = clean.clone()
    for _ in range(20):
        pixels.requires_grad_()
        (slope,) = torch.autograd.grad(cross_entropy(network(pixels), labels), pixels)
        pixels = pixels.detach() + epsilon / 4 * slope.sign()
        pixels = clean + (pixels - clean).clamp(-epsilon, epsilon)
        pixels = pixels.clamp(0, 1)
    return pixels


@pytest.mark.parametrize(("make", "epsilon"), [(load_adversarial, 8 / 255), (load, 1 / 255)])
def test_8_bit_images_fool_as_many_as_floats_do(make, epsilon):
    network = make()
    images, labels = rows()
    clean, target = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255, torch.from_numpy(labels)
    right_before = right(network, clean, target)
    reference = right_before & right(network, bare_loop(network, clean, target, epsilon), target)

    made = registry.get("pgd")(
        images, severity=epsilon, seeds=np.arange(ROWS, dtype=np.uint64), labels=labels, model=Plain(network)
    )
    standing = right(network, torch.from_numpy(made).permute(0, 3, 1, 2).float() / 255, target)

    assert 4 < reference.sum() < right_before.sum() - 10, "an attack that matters, on rows that matter"
    assert standing.sum() <= reference.sum() + 1
    assert np.abs(made.astype(int) - images).max() <= round(epsilon * 255)
    assert np.array_equal(made[~right_before], images[~right_before])
