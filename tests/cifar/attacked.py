"""Attacks on the networks of `resnet20`, on one thread, and what stands after them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from resnet20 import DATA, ResNet20, load, load_adversarial

from pytest_robust.adapters.torch import from_module
from pytest_robust.generators import Made, registry
from pytest_robust.registry import check_options


@dataclass(frozen=True)
class Case:
    """A network, an epsilon, and what the attacks of others leave standing of all 420 rows."""

    make: Callable[[], ResNet20]
    epsilon: float
    right: int
    pgd_20: int
    autoattack: int
    """The reference package's APGD-CE and APGD-T."""


ROBUST = Case(load_adversarial, 8 / 255, right=240, pgd_20=150, autoattack=128)
ORDINARY = Case(load, 1 / 255, right=389, pgd_20=67, autoattack=53)


def data(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """The first images and labels of the test set."""
    with np.load(DATA / "test.npz") as found:
        return found["images"][:rows], found["labels"][:rows]


def pixels_of(images: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(images).permute(0, 3, 1, 2).contiguous().float() / 255


def right(network: torch.nn.Module, pixels: torch.Tensor, labels: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return (network(pixels).argmax(1) == torch.from_numpy(labels)).numpy()


def attack(name: str, network: torch.nn.Module, images: np.ndarray, labels: np.ndarray, epsilon: float, **options: Any):
    """What the member makes with a model of the adapter `torch`: as in a suite, but for the seeds."""
    model, member = from_module(network), registry.get(name)
    passed = {
        "labels": labels,
        "answers": model.predict(images).probabilities,
        "model": model,
        "ask": model.predict,
    }
    with model.at_work():
        made = member(
            images,
            severity=epsilon,
            seeds=np.arange(len(images), dtype=np.uint64),
            **{keyword: value for keyword, value in passed.items() if keyword in member.given},
            **check_options(member.make, options, given=member.given),
        )
    assert isinstance(made, Made)
    return made
