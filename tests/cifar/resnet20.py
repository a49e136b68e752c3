"""The 32-px ResNet-20 of He et al. 2016, section 4.2, for the tests that ask a real network.

Three stages of three blocks, 16, 32 and 64 channels, and shortcuts without parameters (their option A).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

DATA = Path(__file__).parents[3] / "shared" / "data" / "cifar10"
"""Weights and images; not part of the project, so tests that need them are skipped where the folder is absent."""


class Block(nn.Module):
    """Two convolutions and a shortcut. Where the channels double, every second pixel is kept and zeros are added."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        self.stride = 1 if channels_in == channels else 2
        self.padding = (channels - channels_in) // 2
        self.conv1 = nn.Conv2d(channels_in, channels, 3, self.stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        kept = x[:, :, :: self.stride, :: self.stride]
        shortcut = functional.pad(kept, (0, 0, 0, 0, self.padding, self.padding))
        x = functional.relu(self.bn1(self.conv1(x)))
        return functional.relu(self.bn2(self.conv2(x)) + shortcut)


class ResNet20(nn.Module):
    """Logits (n, 10) of pixels (n, 3, 32, 32) in [0, 1]; `mean` and `std` (3,) normalise them first."""

    mean: Tensor
    std: Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(3, 1, 1), persistent=False)
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(Block(16, 16), Block(16, 16), Block(16, 16))
        self.layer2 = nn.Sequential(Block(16, 32), Block(32, 32), Block(32, 32))
        self.layer3 = nn.Sequential(Block(32, 64), Block(64, 64), Block(64, 64))
        self.linear = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.bn1(self.conv1((x - self.mean) / self.std)))
        x = self.layer3(self.layer2(self.layer1(x)))
        logits: Tensor = self.linear(x.mean((2, 3)))
        return logits


def load(
    weights: str | Path = DATA / "resnet20.safetensors",
    mean: Sequence[float] = (0.485, 0.456, 0.406),
    std: Sequence[float] = (0.229, 0.224, 0.225),
) -> ResNet20:
    """The network in eval mode. Called with nothing, it is the public one, trained on clean images."""
    network = ResNet20(mean, std)
    # The published file has no counters of batches; nothing else may be missing.
    found = network.load_state_dict(load_file(weights), strict=False)
    odd = [name for name in (*found.missing_keys, *found.unexpected_keys) if not name.endswith("num_batches_tracked")]
    if odd:
        raise ValueError(f"{weights} does not fit a ResNet-20: {odd}")
    return network.eval()


def load_adversarial() -> ResNet20:
    """The network trained by PGD at L-inf 8/255."""
    return load(DATA / "resnet20_adversarial.safetensors", (0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616))
