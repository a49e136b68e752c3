"""Auto-PGD on real networks, against what the reference package leaves standing.

The whole of it takes ten minutes: `THOROUGH=1 pytest tests/cifar/test_apgd_on_cifar.py`.
"""

from __future__ import annotations

import os

import numpy as np
import pytest
import torch
from attacked import ORDINARY, ROBUST, attack, data, pixels_of, right
from resnet20 import DATA

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="shared/data/cifar10 is absent: it is not part of the project"
)

thorough = pytest.mark.skipif(not os.environ.get("THOROUGH"), reason="takes minutes: set THOROUGH=1")
both = pytest.mark.parametrize("case", [ROBUST, ORDINARY], ids=["robust", "ordinary"])


@pytest.fixture(autouse=True)
def _one_thread():
    """Threads that wait for each other are slow on a busy machine, and these networks are small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@thorough
@both
def test_the_ensemble_is_as_strong_as_the_reference(case):
    network = case.make()
    images, labels = data(420)
    made = attack("apgd_ensemble", network, images, labels, case.epsilon).images
    assert right(network, pixels_of(made), labels).sum() <= case.autoattack + 1
    assert np.abs(made.astype(int) - images).max() <= round(case.epsilon * 255)


@both
def test_each_attack_is_stronger_than_the_one_before(case):
    """FGSM, PGD-20, a short ensemble: each may leave one row more at the most, and all leave many fewer together."""
    network = case.make()
    images, labels = data(32)
    standing = [
        int(
            right(
                network, pixels_of(attack(name, network, images, labels, case.epsilon, **options).images), labels
            ).sum()
        )
        for name, options in (("fgsm", {}), ("pgd", {}), ("apgd_ensemble", {"profile": "quick"}))
    ]
    assert standing[1] <= standing[0] + 1
    assert standing[2] <= standing[1]
    assert standing[2] < standing[0]
