"""Train the network of `model.py` on the digits of `data.py`: about fifteen seconds on one core.

    python examples/digits/train.py            # writes weights.safetensors and manifest.json
    python examples/digits/train.py --check    # trains again and compares with what is there

The same machine makes the same bytes. Another processor may add numbers in another order, which changes the last bits
of the weights and at most a few answers.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import data
import model
import torch
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional

from pytest_robust.datasets import ArrayDataset

SEED = 0
EPOCHS = 25
BATCH = 64
RATE = 3e-3
MANIFEST = Path(__file__).with_name("manifest.json")
TOLERATED = 5
"""Answers, of the 900, by which `--check` allows another processor to differ."""
LEAST = 0.97
"""Share of right answers that `--check` asks of a network made by another release of torch."""


def main() -> None:
    """Train; write or compare."""
    parser = argparse.ArgumentParser(description="Train the digits network.")
    parser.add_argument("--check", action="store_true", help="compare with the committed weights; write nothing")
    check = parser.parse_args().check

    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)  # sums in one order only
    training, testing = data.train(), data.test()
    network = train(training)
    weights = save(network.state_dict())
    right = count_right(network, testing)
    print(f"right on {right} of {len(testing)} rows never trained on ({right / len(testing):.2%})")
    if check:
        compare(weights, right)
    else:
        model.WEIGHTS.write_bytes(weights)
        MANIFEST.write_text(json.dumps(manifest(training, testing, weights, right), indent=2) + "\n")
        print(f"wrote {model.WEIGHTS} ({len(weights)} bytes) and {MANIFEST}")


def train(rows: ArrayDataset) -> nn.Module:
    """The network after training, in eval mode."""
    torch.manual_seed(SEED)
    network = model.network()
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.01)
    pixels, labels = pixels_of(rows), torch.from_numpy(rows.labels)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=EPOCHS * -(-len(rows) // BATCH))
    for _ in range(EPOCHS):
        for chosen in torch.split(torch.randperm(len(rows)), BATCH):
            loss = functional.cross_entropy(network(shaken(pixels[chosen])), labels[chosen])
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
    return network.eval()


def shaken(pixels: Tensor) -> Tensor:
    """The images turned by up to 10 degrees, scaled by up to a tenth and moved by up to 1.6 pixels."""
    n = len(pixels)
    angle = (torch.rand(n) - 0.5) * 0.35
    scale = 1 + (torch.rand(n) - 0.5) * 0.2
    right, down = (torch.rand(2, n) - 0.5) * 0.2
    cos, sin = scale * angle.cos(), scale * angle.sin()
    maps = torch.stack([cos, -sin, right, sin, cos, down], dim=1).view(n, 2, 3)
    grid = functional.affine_grid(maps, list(pixels.shape), align_corners=False)
    return functional.grid_sample(pixels, grid, align_corners=False)


def pixels_of(rows: ArrayDataset) -> Tensor:
    """Pixels (n, 3, 32, 32) in [0, 1]."""
    return torch.from_numpy(rows.images).permute(0, 3, 1, 2).float() / 255


def count_right(network: nn.Module, rows: ArrayDataset) -> int:
    """How many rows the network answers right."""
    with torch.inference_mode():
        predicted = network(pixels_of(rows)).argmax(dim=1)
    return int((predicted == torch.from_numpy(rows.labels)).sum())


def manifest(training: ArrayDataset, testing: ArrayDataset, weights: bytes, right: int) -> dict[str, Any]:
    """What the weights are and what they were made from. SHA-256 of rows: over pixels, labels, ids and their order."""
    return {
        "training": {"rows": len(training), "sha256": training.fingerprint},
        "test": {"rows": len(testing), "sha256": testing.fingerprint, "right": right},
        "weights": {"file": model.WEIGHTS.name, "bytes": len(weights), "sha256": hashlib.sha256(weights).hexdigest()},
        "made_with": {"seed": SEED, "epochs": EPOCHS, "torch": torch.__version__},
    }


def compare(weights: bytes, right: int) -> None:
    """Say how near these weights are to the committed ones. Exits with an error where they are another network."""
    committed = json.loads(MANIFEST.read_text())
    expected, release = committed["test"]["right"], committed["made_with"]["torch"].partition("+")[0]
    if release != torch.__version__.partition("+")[0]:
        print(f"the manifest says {expected}, with torch {release}: another release trains another network")
        if right < LEAST * committed["test"]["rows"]:
            raise SystemExit(
                f"fewer than {LEAST:.0%} are right: this script does not make a network that is good enough"
            )
        return
    if abs(right - expected) > TOLERATED:
        raise SystemExit(f"the manifest says {expected}: what is committed was not made by this script")
    if weights == model.WEIGHTS.read_bytes():
        print("the same bytes as committed")
    else:
        print(f"the manifest says {expected}; the weights differ in bits, as they may on another processor")


if __name__ == "__main__":
    main()
