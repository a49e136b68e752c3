"""PGD on real networks, against the attack written as a bare loop."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from attacked import ORDINARY, ROBUST, attack, data, pixels_of, right
from resnet20 import DATA
from torch.nn.functional import cross_entropy

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


@pytest.mark.parametrize("case", [ROBUST, ORDINARY], ids=["robust", "ordinary"])
def test_8_bit_images_fool_as_many_as_floats_do(case):
    network = case.make()
    images, labels = data(ROWS)
    clean = pixels_of(images)
    right_before = right(network, clean, labels)
    floats = bare_loop(network, clean, torch.from_numpy(labels), case.epsilon)
    reference = right_before & right(network, floats, labels)

    made = attack("pgd", network, images, labels, case.epsilon).images
    standing = right(network, pixels_of(made), labels)

    assert 4 < reference.sum() < right_before.sum() - 10, "an attack that matters, on rows that matter"
    assert standing.sum() <= reference.sum() + 1
    assert np.abs(made.astype(int) - images).max() <= round(case.epsilon * 255)
    assert np.array_equal(made[~right_before], images[~right_before])


@pytest.mark.parametrize("case", [ROBUST, ORDINARY], ids=["robust", "ordinary"])
def test_of_all_rows_no_more_stand_than_after_the_attack_of_others(case):
    network = case.make()
    images, labels = data(420)
    assert right(network, pixels_of(images), labels).sum() == case.right
    made = attack("pgd", network, images, labels, case.epsilon)
    assert right(network, pixels_of(made.images), labels).sum() <= case.pgd_20 + 1
    assert not made.columns["vanished"].any()
