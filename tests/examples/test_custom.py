"""The worked example of writing one's own."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from pytest_robust.carriers import Evidence
from pytest_robust.registry import check_options
from pytest_robust.sources import Roots, load_object

CUSTOM = Path(__file__).parents[2] / "examples" / "custom"
ROOTS = Roots((CUSTOM,))
scratched_lens = load_object("scratched_lens.py:scratched_lens", ROOTS)
confidently_wrong = load_object("confidently_wrong.py:confidently_wrong", ROOTS)
SEEDS = np.array([7, 11, 13, 2**63], dtype=np.uint64)


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (4, 24, 40, 3), dtype=np.uint8)


def test_a_scratch_depends_on_its_row_alone(images):
    together = scratched_lens(images, severity=3.0, seeds=SEEDS)
    for row in range(4):
        alone = scratched_lens(images[row : row + 1], severity=3.0, seeds=SEEDS[row : row + 1])
        np.testing.assert_array_equal(together[row], alone[0])
    backwards = scratched_lens(images[::-1], severity=3.0, seeds=SEEDS[::-1])
    np.testing.assert_array_equal(together, backwards[::-1])


def test_a_scratch_is_light_that_is_added(images):
    before = images.copy()
    light = [scratched_lens(images, severity=float(level), seeds=SEEDS) for level in range(6)]
    np.testing.assert_array_equal(images, before)
    np.testing.assert_array_equal(light[0], images)
    for less, more in pairwise(light):
        assert more.dtype == np.uint8
        assert more.shape == images.shape
        assert (more >= less).all()
        assert (more > less).any(axis=(1, 2, 3)).all()


def test_a_scratch_is_straight():
    """On black, the bright pixels of one scratch lie on a line: their second principal axis is about its width."""
    dark = np.zeros((20, 64, 64, 3), np.uint8)
    marked = scratched_lens(dark, severity=1.0, seeds=np.arange(20, dtype=np.uint64))
    for row in marked[..., 0]:
        where = np.argwhere(row > 20)
        spread = np.sqrt(np.linalg.eigvalsh(np.cov(where.T.astype(float))))
        assert spread[0] < 2.5
        assert spread[1] > 4 * spread[0]


def test_brightness_is_an_option(images):
    options = check_options(scratched_lens.make, {"brightness": 0}, given=scratched_lens.given)
    np.testing.assert_array_equal(scratched_lens(images, severity=5.0, seeds=SEEDS, **options), images)


def test_confidently_wrong_counts_wrong_answers_of_high_confidence():
    evidence = Evidence(
        {
            "ids": np.array(["right and sure", "wrong and sure", "wrong and unsure", "wrong and rather sure"]),
            "labels": np.array([0, 0, 0, 0]),
            "probabilities": np.array([[0.95, 0.05], [0.05, 0.95], [0.4, 0.6], [0.09, 0.91]], np.float32),
        }
    )
    assert confidently_wrong.badness(evidence, None).tolist() == [0, 1, 0, 1]


def test_the_suite_and_the_test_by_hand_run(tmp_path):
    """Both faces of the example in one run, as a reader starts it; exit code 0, with the weakness it finds marked."""
    command = [sys.executable, "-m", "pytest", "--robust", "suite.yaml", "test_by_hand.py", "-p", "no:cacheprovider"]
    command += ["--robust-reports", str(tmp_path), "--robust-cache", "none"]
    done = subprocess.run(command, cwd=CUSTOM, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    record = json.loads((tmp_path / "suite.json").read_text())
    assert {verdict["id"]: verdict["outcome"] for verdict in record["verdicts"]} == {
        "clean::clean::confidently_wrong": "PASS",
        "scratches::scratched_lens-1::accuracy": "PASS",
        "scratches::scratched_lens-1::confidently_wrong": "PASS",
        "scratches::scratched_lens-3::confidently_wrong": "FAIL",
    }
    assert "6 passed, 1 xfailed" in done.stdout
    (section,) = record["sections"]
    assert section["title"] == "What mistakes cost"
    assert [row[0] for row in section["tables"][0]["rows"]] == ["clean", "scratched_lens-1", "scratched_lens-3"]
    assert "What mistakes cost</a>" in (tmp_path / "suite.html").read_text(encoding="utf-8")
