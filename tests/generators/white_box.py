"""Models to attack by their gradients, and how the tests call an attack."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from pictures import seeds
from torch import Tensor, nn

from pytest_robust.carriers import Predictions
from pytest_robust.generators import Made, registry
from pytest_robust.registry import check_options

Logits = Callable[[Tensor], Tensor]


class Asked:
    """A differentiable model that remembers how many images it was asked about, and for how many gradients."""

    device = torch.device("cpu")

    def __init__(self, function: Logits) -> None:
        self.function = function
        self.images = 0
        self.gradients = 0

    def logits(self, pixels: Tensor) -> Tensor:
        assert pixels.min() >= 0
        assert pixels.max() <= 1
        self.images += len(pixels)
        self.gradients += len(pixels) * pixels.requires_grad
        return self.function(pixels)


class Queried:
    """The same for an attack that only asks."""

    def __init__(self, function: Logits) -> None:
        self.function = function
        self.images = 0

    def __call__(self, images: np.ndarray) -> Predictions:
        self.images += len(images)
        with torch.no_grad():
            logits = self.function(pixels_of(images))
        return Predictions(logits.softmax(1).numpy(), logits.numpy())


def each_alone(function: Logits) -> Callable[[np.ndarray], Predictions]:
    """The same without a count, and asked about one image at a time: its answer is the same to the bit in any batch."""

    def ask(images: np.ndarray) -> Predictions:
        told = [Queried(function)(images[row : row + 1]) for row in range(len(images))]
        return Predictions(
            np.concatenate([answer.probabilities for answer in told]),
            np.concatenate([answer.logits for answer in told]),
        )

    return ask


def pixels_of(images: np.ndarray) -> Tensor:
    return torch.tensor(images).permute(0, 3, 1, 2).float() / 255


def probabilities(function: Logits, images: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return function(pixels_of(images)).softmax(1).numpy()


def answers(function: Logits, images: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return function(pixels_of(images)).argmax(1).numpy()


def linear(weights: Tensor, bias: float = 0.0) -> Logits:
    """Two classes; the second leads by weights . x + bias."""

    def logits(pixels: Tensor) -> Tensor:
        lead = (pixels * weights).sum(dim=(1, 2, 3)) + bias
        return torch.stack([-lead / 2, lead / 2], dim=1)

    return logits


def network(classes: int = 5, channels: int = 3) -> nn.Module:
    """A small network for pictures of any size from 3 x 3, the same every time."""
    before = torch.get_rng_state()
    torch.manual_seed(3)
    made = nn.Sequential(
        nn.Conv2d(channels, 8, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 8, 3, stride=2),
        nn.Tanh(),
        nn.AdaptiveAvgPool2d(3),
        nn.Flatten(),
        nn.Linear(72, classes),
    )
    with torch.no_grad():
        made[-1].weight *= 8
        made[-1].bias -= made(torch.rand(64, channels, 16, 16)).mean(0)  # no class is the answer to everything
    torch.set_rng_state(before)
    return made.eval()


def attack(
    name: str, function: Logits | Asked, images: np.ndarray, labels: np.ndarray, epsilon: float, numbers=None, **options
) -> Made:
    """What the member `name` makes; it is given what it needs."""
    member = registry.get(name)
    model = function if isinstance(function, Asked) else Asked(function)
    passed = {
        "labels": labels,
        "answers": options.pop("clean", None),
        "model": model,
        "ask": options.pop("ask", None) or Queried(model.function),
    }
    if passed["answers"] is None:
        passed["answers"] = probabilities(model.function, images)
    checked = check_options(member.make, options, given=member.given)
    numbers = seeds(len(images)) if numbers is None else numbers
    wanted = {keyword: value for keyword, value in passed.items() if keyword in member.given}
    return member(images, severity=epsilon, seeds=numbers, **wanted, **checked)


def offsets(made: np.ndarray, images: np.ndarray) -> np.ndarray:
    return made.astype(float) - images
