"""What the harness costs over its floor: a bare loop that makes the same inputs and runs the same forward passes.

    python benchmarks/overhead.py [--repeat 3]

In one process, by turns: the engine judges a suite of five corruptions with four claims each, all rows, nothing kept;
the loop calls the same generators and the same network on the same batches, and takes the mean of what is right. Both
compute with one thread, as the adapter does by itself, on pixels that lie in memory in the same order. The loading of
both is not counted; what the engine asks twice, to see that the answers are the same, is. Before all that the loops run
once in a process that no engine has been at. Prints Markdown: medians of the seconds, and the median of the ratios of
neighbours.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np
import torch
from machine import machine
from torch import nn
from torchvision.models import resnet50

from pytest_robust.engine.engine import Engine
from pytest_robust.engine.plan import make_plan
from pytest_robust.generators import registry
from pytest_robust.sources import Roots
from pytest_robust.suite import files

ROOT = Path(__file__).parents[1]
sys.path += [str(ROOT / "examples" / "digits"), str(ROOT / "tests" / "cifar")]

import model as digits  # noqa: E402
from resnet20 import ResNet20  # noqa: E402

CORRUPTIONS = ("gaussian_noise", "motion_blur", "fog", "jpeg_compression", "contrast")
SEVERITY = 3
SUITE = """
model: {{adapter: torch, source: network.py:load}}
data: {{test: rows.npz}}
batch: {batch}
statistics: {{early_stopping: false}}
scenarios:
  clean: {{generate: clean, require: [finite_outputs, accuracy >= 0.001]}}
  hard:
    generate: [{generators}]
    severity: {severity}
    require: [finite_outputs, accuracy >= 0.001, brier <= 1.99, accuracy_drop <= 0.9]
"""
FACTORY = "import __main__\ndef load():\n    return __main__.MEASURED[-1]\n"

MEASURED: list[nn.Module] = []
"""The networks so far; the last one is what the suite finds."""


@dataclass(frozen=True)
class Case:
    """A network, and the images that it is shown."""

    name: str
    make: Callable[[], nn.Module]
    side: int
    channels: int
    rows: int
    batch: int


CASES = (
    Case("digits, 32 px", lambda: digits.load(), 32, 3, 10_000, 128),  # as many as MNIST has for tests
    Case("ResNet-20, 32 px", lambda: ResNet20((0.5,) * 3, (0.25,) * 3), 32, 3, 2000, 128),
    Case("ResNet-50, 224 px", lambda: resnet50(weights=None), 224, 3, 128, 32),
)


def plan_of(case: Case, folder: Path) -> object:
    """The suite of a case, planned."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (case.rows, case.side, case.side, case.channels), dtype=np.uint8)
    np.savez(folder / "rows.npz", images=images, labels=rng.integers(0, 10, case.rows))
    (folder / "network.py").write_text(FACTORY)
    path = folder / "suite.yaml"
    path.write_text(SUITE.format(batch=case.batch, generators=", ".join(CORRUPTIONS), severity=SEVERITY))
    return make_plan(files.load(path), Roots((folder,)))


def judge(plan: object) -> Callable[[], object]:
    """The engine, loaded, ready to judge all checks."""
    engine = Engine(plan, cache=None)
    engine.model()
    for once in engine._bench.datasets.values():
        once()
    return lambda: [engine.judge(check) for check in plan.checks]


def loop(case: Case, network: nn.Module, folder: Path) -> Callable[[], object]:
    """The floor."""
    data = np.load(folder / "rows.npz")
    images, labels = data["images"], data["labels"]
    network.eval()

    def answers(shown: np.ndarray) -> np.ndarray:
        pixels = torch.from_numpy(shown).permute(0, 3, 1, 2).contiguous().float() / 255
        return network(pixels).softmax(dim=1).numpy()

    def run() -> list[float]:
        right = []
        with torch.inference_mode():
            for name in ("clean", *CORRUPTIONS):
                generator, found = registry.get(name), []
                for start in range(0, case.rows, case.batch):
                    base = images[start : start + case.batch]
                    seeds = np.arange(start, start + len(base), dtype=np.uint64)
                    hard = generator(base.copy(), severity=SEVERITY, seeds=seeds)
                    found.append(answers(hard).argmax(axis=1) == labels[start : start + case.batch])
                right.append(float(np.concatenate(found).mean()))
        return right

    return run


def seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def ready(case: Case) -> nn.Module:
    """The network of a case, with what is imported and chosen at the first question behind it."""
    network = case.make().eval()
    alone(replace(case, rows=case.batch), network)
    return network


def alone(case: Case, network: nn.Module) -> float:
    """Seconds of the loop."""
    with tempfile.TemporaryDirectory() as made:
        plan_of(case, Path(made))
        return seconds(loop(case, network, Path(made)))


def both(case: Case, network: nn.Module) -> tuple[float, float]:
    """Seconds of the loop, and of the engine."""
    MEASURED.append(network)
    with tempfile.TemporaryDirectory() as made:
        plan = plan_of(case, Path(made))
        return seconds(loop(case, network, Path(made))), seconds(judge(plan))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{machine('numpy', 'torch', 'torchvision')}. Medians of {chosen.repeat}.\n")
    print("| network | images | loop alone, s | loop, s | engine, s | engine / loop |\n|---|---|---|---|---|---|")
    networks = [ready(case) for case in CASES]
    before = [alone(*pair) for pair in zip(CASES, networks, strict=True)]
    for case, network, untouched in zip(CASES, networks, before, strict=True):
        both(replace(case, rows=case.batch), network)
        floors, ours = zip(*(both(case, network) for _ in range(chosen.repeat)), strict=True)
        ratio = median(one / floor for floor, one in zip(floors, ours, strict=True))
        told = f"{untouched:.2f} | {median(floors):.2f} | {median(ours):.2f} | {ratio:.3f}"
        print(f"| {case.name} | {case.rows * (1 + len(CORRUPTIONS)):,} | {told} |", flush=True)


if __name__ == "__main__":
    main()
