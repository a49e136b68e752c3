"""What suite.yaml says, in ordinary test functions:  pytest examples/custom/test_by_hand.py"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scratched_lens import scratched_lens

import pytest_robust

HERE = Path(__file__).parent
DIGITS = HERE.parent / "digits"
OVERCONFIDENCE = f"{HERE}/confidently_wrong.py:confidently_wrong"


@pytest.fixture(scope="module")
def model():
    return {"adapter": "torch", "source": f"{DIGITS}/model.py:load"}


@pytest.fixture(scope="module")
def data():
    return f"{DIGITS}/data.py:test"


def test_one_scratch_is_survived(model, data):
    verdicts = pytest_robust.check(
        model=model,
        data=data,
        generate=scratched_lens,
        severity=1,
        require=["accuracy >= 0.90", f"{OVERCONFIDENCE} <= 0.03"],
    )
    for verdict in verdicts:
        assert verdict.outcome == "PASS", verdict


def test_a_model_is_any_function_from_pixels_to_probabilities():
    def brightest_half(images):
        """Class 0 where the upper half is brighter, class 1 where the lower half is."""
        upper = images[:, :4].mean(axis=(1, 2, 3)) > images[:, 4:].mean(axis=(1, 2, 3))
        return np.stack([upper, ~upper], axis=1).astype(np.float32)

    labels = np.arange(200) % 2
    images = np.zeros((200, 8, 8, 3), np.uint8)
    images[labels == 0, :4] = 200
    images[labels == 1, 4:] = 200
    (verdict,) = pytest_robust.check(
        model=brightest_half,
        data=(images, labels),
        generate={"gaussian_noise": {}},
        severity=1,
        require=["accuracy >= 0.95"],
    )
    assert verdict.outcome == "PASS", verdict
