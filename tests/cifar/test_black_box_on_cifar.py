"""Attacks that only ask, on real networks: held against those that know the gradient, and against chance.

With a few hundred questions they find part of what gradients find, so epsilons here are larger than published ones.
With thousands Square finds, at the published one, all that PGD finds; that takes minutes:
`THOROUGH=1 pytest tests/cifar/test_black_box_on_cifar.py`.
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
NAMES = ["robust", "ordinary"]


@pytest.fixture(autouse=True)
def _one_thread():
    """Threads that wait for each other are slow on a busy machine, and these networks are small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def fallen(network: torch.nn.Module, images: np.ndarray, labels: np.ndarray) -> int:
    return int((~right(network, pixels_of(images), labels)).sum())


def right_rows(network: torch.nn.Module, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first rows that the network answers right: of the others an attack has nothing to find."""
    images, labels = data(420)
    rows = np.flatnonzero(right(network, pixels_of(images), labels))[:count]
    return images[rows], labels[rows]


def assert_square_finds(share: float, case, epsilon: float, rows: int, queries: int) -> None:
    """At least this share of what PGD finds, where chance finds next to nothing, and nothing that is not there."""
    network = case.make()
    images, labels = right_rows(network, rows)
    made = attack("square", network, images, labels, epsilon, queries=queries)
    found = fallen(network, made.images, labels)
    assert np.abs(made.images.astype(int) - images).max() <= round(epsilon * 255)
    assert made.columns["queries"].max() <= queries

    pgd = fallen(network, attack("pgd", network, images, labels, epsilon).images, labels)
    assert found >= share * pgd
    strongest = attack("apgd_ensemble", network, images, labels, epsilon, profile="quick").images
    assert found <= fallen(network, strongest, labels) + 1
    signs = np.random.default_rng(0).choice([-1, 1], images.shape) * round(epsilon * 255)
    assert fallen(network, np.clip(images + signs, 0, 255).astype(np.uint8), labels) <= rows / 8 < found


def assert_boundary_finds(share: float, case, epsilon: float, rows: int, queries: int) -> None:
    """The same, of changes of this Euclidean length, and of Auto-PGD."""
    network = case.make()
    images, labels = right_rows(network, rows)
    made = attack("boundary", network, images, labels, float("inf"), norm="l2", queries=queries)
    change = np.sqrt(((made.images.astype(float) - images) ** 2).sum((1, 2, 3)))
    assert made.columns["distance"] == pytest.approx(change / 255)
    assert made.columns["queries"].max() <= queries
    assert fallen(network, made.images, labels) == rows, "with changes as large as need be, every row"

    found = int((made.columns["distance"] <= epsilon).sum())
    white = fallen(network, attack("apgd_ce", network, images, labels, epsilon, norm="l2", steps=40).images, labels)
    assert share * white <= found <= white
    noise = np.random.default_rng(0).normal(size=images.shape)
    noise *= epsilon * 255 / np.sqrt((noise**2).sum((1, 2, 3), keepdims=True))
    assert fallen(network, np.clip(np.rint(images + noise), 0, 255).astype(np.uint8), labels) <= rows / 4 < found


@pytest.mark.parametrize(("case", "epsilon"), [(ROBUST, 16 / 255), (ORDINARY, 4 / 255)], ids=NAMES)
def test_150_questions_of_square_find_a_third_of_what_pgd_finds(case, epsilon):
    assert_square_finds(1 / 3, case, epsilon, rows=10, queries=150)


@pytest.mark.parametrize(("case", "levels"), [(ROBUST, 1600), (ORDINARY, 400)], ids=NAMES)
def test_400_questions_of_boundary_find_half_of_what_gradients_find(case, levels):
    assert_boundary_finds(1 / 2, case, levels / 255, rows=6, queries=400)


@thorough
@pytest.mark.parametrize(("case", "epsilon", "share"), [(ROBUST, 8 / 255, 1), (ORDINARY, 2 / 255, 2 / 3)], ids=NAMES)
def test_2000_questions_of_square_find_what_pgd_finds_or_most_of_it(case, epsilon, share):
    assert_square_finds(share, case, epsilon, rows=32, queries=2000)


@thorough
@pytest.mark.parametrize(("case", "levels"), [(ROBUST, 1100), (ORDINARY, 120)], ids=NAMES)
def test_3000_questions_of_boundary_find_half_of_what_gradients_find_much_nearer(case, levels):
    assert_boundary_finds(1 / 2, case, levels / 255, rows=10, queries=3000)
