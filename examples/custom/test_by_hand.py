"""What suite.yaml says, in ordinary test functions:  pytest examples/custom/test_by_hand.py"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from confidently_wrong import confidently_wrong
from scratched_lens import scratched_lens

import pytest_robust

DIGITS = Path(__file__).parents[1] / "digits"


@pytest.mark.parametrize("severity", [1, 2])
def test_scratches_are_survived(severity):
    verdicts = pytest_robust.check(
        model={"adapter": "torch", "source": f"{DIGITS}/model.py:load"},
        data=f"{DIGITS}/data.py:test",
        generate=scratched_lens,
        severity=severity,
        properties=[confidently_wrong],
        require=["accuracy >= 0.80", "confidently_wrong <= 0.05"],
    )
    for verdict in verdicts:
        assert verdict.outcome == "PASS", verdict


def test_a_model_is_any_function_from_pixels_to_probabilities():
    def upper_or_lower(images):
        """Class 0 where the upper half is brighter, class 1 where the lower half is."""
        upper = images[:, :8].mean(axis=(1, 2, 3)) > images[:, 8:].mean(axis=(1, 2, 3))
        return np.stack([upper, ~upper], axis=1).astype(float)

    labels = np.arange(200) % 2
    images = np.zeros((200, 16, 16, 3), dtype=np.uint8)
    images[labels == 0, :8] = 200
    images[labels == 1, 8:] = 200
    (verdict,) = pytest_robust.check(
        model=upper_or_lower,
        data=(images, labels),
        generate={"gaussian_noise": {}},
        severity=3,
        require="accuracy >= 0.95",
    )
    assert verdict.outcome == "PASS", verdict
