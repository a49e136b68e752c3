"""The public ResNet-20 through the npz reader and the torch adapter, preprocessing declared as in a suite."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pytest_robust.adapters import registry
from pytest_robust.datasets._open import open_dataset
from pytest_robust.registry import check_options
from pytest_robust.sources import Roots

DATA = Path(__file__).parents[3] / "shared" / "data" / "cifar10"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="shared/data/cifar10 is absent: it is not part of the project"
)

FACTORY = f"""
import sys
sys.path.append({str(Path(__file__).parents[1] / "cifar")!r})
from resnet20 import ResNet20

def bare():
    return ResNet20(mean=(0, 0, 0), std=(1, 1, 1))
"""


@pytest.mark.parametrize(
    ("weights", "mean", "std", "rows"),
    [
        ("resnet20", [0.485, 0.456, 0.406], [0.229, 0.224, 0.225], 389),
        ("resnet20_adversarial", [0.4914, 0.4822, 0.4465], [0.247, 0.2435, 0.2616], 240),
    ],
)
def test_the_published_number_of_rows_is_right_through_the_adapter(tmp_path, weights, mean, std, rows):
    (tmp_path / "net.py").write_text(FACTORY)
    roots = Roots((tmp_path, DATA))
    data = open_dataset("test.npz", roots=roots)
    options = {
        "source": "net.py:bare",
        "weights": f"{weights}.safetensors",
        "classes": list(data.classes),
        "preprocess": {"mean": mean, "std": std},
    }
    adapter = registry.get("torch")
    model = adapter(roots=roots, **check_options(adapter.load, options, given=frozenset({"roots"})))
    batch = data.rows(np.arange(len(data)))
    right = model.predict(batch.inputs).probabilities.argmax(1) == batch.labels
    assert right.sum() == rows
