"""What attacks cost: PGD-20 beside a bare loop, and the passes of `apgd_ensemble` beside those of AutoAttack.

    python benchmarks/attacks.py [--rows 128] [--runs 5] [--threads 1] [--reference-rows 0]

In one process, in turn; medians, and the median of the ratios to the run beside it. The networks are two ResNet-20
where `../shared/data/cifar10` lies beside the repository, else the digits model of `examples`. With `--reference-rows`,
the package of AutoAttack's authors attacks so many rows as well (extra `autoattack`; minutes). Prints Markdown.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from machine import machine
from torch.nn.functional import cross_entropy

from pytest_robust.adapters.torch import from_module
from pytest_robust.carriers import Predictions
from pytest_robust.generators import registry

ROOT = Path(__file__).parents[1]
sys.path += [str(ROOT / "tests" / "cifar"), str(ROOT / "examples" / "digits")]

GROUP = 128
"""Rows that the bare loop asks about at once."""


@dataclass(frozen=True)
class Case:
    name: str
    network: torch.nn.Module
    images: np.ndarray
    labels: np.ndarray
    epsilon: float


class Counted:
    """A model of the adapter `torch` that counts its passes, a row each."""

    def __init__(self, network: torch.nn.Module, threads: int) -> None:
        self.inner = from_module(network, threads=threads)
        self.device = self.inner.device
        self.forward = self.backward = 0

    def logits(self, pixels: torch.Tensor) -> torch.Tensor:
        self.forward += len(pixels)
        self.backward += len(pixels) * pixels.requires_grad
        return self.inner.logits(pixels)

    def ask(self, images: np.ndarray) -> Predictions:
        self.forward += len(images)
        return self.inner.predict(images)


def cases(rows: int) -> list[Case]:
    """What is attacked."""
    from resnet20 import DATA, load, load_adversarial

    if DATA.is_dir():
        with np.load(DATA / "test.npz") as data:
            images, labels = data["images"][:rows], data["labels"][:rows]
        return [
            Case("ResNet-20, adversarially trained, 8/255", load_adversarial(), images, labels, 8 / 255),
            Case("ResNet-20, 1/255", load(), images, labels, 1 / 255),
            Case("ResNet-20, 8/255", load(), images, labels, 8 / 255),
        ]
    import data as digits
    import model

    found = digits.test()
    batch = found.rows(np.arange(min(rows, len(found.ids))))
    return [Case("digits model, 4/255", model.load(), batch.inputs, batch.labels, 4 / 255)]


def pixels_of(images: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(images).permute(0, 3, 1, 2).contiguous().float() / 255


def right(case: Case, pixels: torch.Tensor) -> np.ndarray:
    with torch.no_grad():
        answers = torch.cat([case.network(group).argmax(1) for group in pixels.split(GROUP)])
    return (answers == torch.from_numpy(case.labels)).numpy()


def bare_loop(case: Case) -> torch.Tensor:
    """PGD-20, step epsilon / 4, from the image; the last iterate of every row."""
    ends = []
    for clean, labels in zip(
        pixels_of(case.images).split(GROUP), torch.from_numpy(case.labels).split(GROUP), strict=True
    ):
        pixels = clean.clone()
        for _ in range(20):
            pixels.requires_grad_()
            (slope,) = torch.autograd.grad(cross_entropy(case.network(pixels), labels), pixels)
            pixels = pixels.detach() + case.epsilon / 4 * slope.sign()
            pixels = (clean + (pixels - clean).clamp(-case.epsilon, case.epsilon)).clamp(0, 1)
        ends.append(pixels)
    return torch.cat(ends)


def ours(case: Case, model: Counted, name: str, answers: np.ndarray, **options: Any) -> torch.Tensor:
    """What a member makes. The clean answers are there: in a run, others have asked for them."""
    member = registry.get(name)
    passed = {"labels": case.labels, "answers": answers, "model": model, "ask": model.ask}
    made = member(
        case.images,
        severity=case.epsilon,
        seeds=np.arange(len(case.images), dtype=np.uint64),
        **{keyword: value for keyword, value in passed.items() if keyword in member.given},
        **options,
    )
    return pixels_of(made.images)


def timed(work: Callable[[], torch.Tensor]) -> tuple[float, torch.Tensor]:
    started = time.perf_counter()
    made = work()
    return time.perf_counter() - started, made


def pgd_row(case: Case, runs: int, threads: int) -> str:
    """A line of the first table."""
    model = Counted(case.network, threads)
    answers = model.inner.predict(case.images).probabilities
    bare, own = [], []
    for _ in range(runs):
        seconds, loop = timed(lambda: bare_loop(case))
        bare.append(seconds)
        seconds, made = timed(lambda: ours(case, model, "pgd", answers))
        own.append(seconds)
    clean = right(case, pixels_of(case.images))
    ratio = median(one / other for one, other in zip(own, bare, strict=True))
    stand_bare, stand_own = (int((right(case, images) & clean).sum()) for images in (loop, made))
    count = len(case.images)
    return (
        f"| {case.name} | {stand_bare / count:.1%} | {stand_own / count:.1%} | {median(bare):.2f} "
        f"| {median(own):.2f} | {ratio:.2f} |"
    )


@dataclass(frozen=True)
class Passes:
    """What an attack took, and left."""

    attack: str
    standing: int
    forward: int
    backward: int
    seconds: float

    def row(self, case: Case, clean: int, reference: Passes | None) -> str:
        """A line of the second table: passes for a row that is right when clean."""
        share = "-"
        if reference is not None:
            share = f"{(self.forward + self.backward) / (reference.forward + reference.backward):.2f}"
        return (
            f"| {case.name} | {self.attack} | {self.standing} of {clean} | {self.forward / clean:,.0f} "
            f"| {self.backward / clean:,.0f} | {share} | {self.seconds:.0f} |"
        )


def ensemble(case: Case, clean: np.ndarray, profile: str, threads: int) -> Passes:
    """`apgd_ensemble` in a profile."""
    model = Counted(case.network, threads)
    answers = model.inner.predict(case.images).probabilities
    seconds, made = timed(lambda: ours(case, model, "apgd_ensemble", answers, profile=profile))
    standing = int((right(case, made) & clean).sum())
    return Passes(f"`apgd_ensemble`, {profile}", standing, model.forward, model.backward, seconds)


def reference(case: Case, clean: np.ndarray) -> Passes:
    """The package of AutoAttack's authors."""
    from pyautoattack import AutoAttack  # type: ignore[import-untyped,unused-ignore]

    forward = backward = 0

    def network(pixels: torch.Tensor) -> torch.Tensor:
        nonlocal forward, backward
        forward += len(pixels)
        backward += len(pixels) * pixels.requires_grad
        return case.network(pixels)

    tracing = sys.gettrace()
    attack = AutoAttack(network, norm="Linf", eps=case.epsilon, version="standard", seed=0)
    pixels, labels = pixels_of(case.images), torch.from_numpy(case.labels)
    seconds, made = timed(lambda: attack.run_standard_evaluation(pixels, labels, batch_size=GROUP)[0])
    sys.settrace(tracing)
    standing = int((right(case, made) & clean).sum())
    return Passes("AutoAttack, standard", standing, forward, backward, seconds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=128)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--reference-rows", type=int, default=0)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)

    print(f"{machine('torch', 'pyautoattack')}. ", end="")
    print(f"Threads: {asked.threads}; rows: {asked.rows}; medians of {asked.runs}.\n")
    print("| PGD-20 on | bare loop: right | ours: right | bare loop, s | ours, s | ratio |")
    print("|---|---|---|---|---|---|")
    for case in cases(asked.rows):
        print(pgd_row(case, asked.runs, asked.threads), flush=True)

    rows = asked.reference_rows or asked.rows
    print(f"\n{rows} rows; passes for each row that is right when clean, and both as a share of AutoAttack's.\n")
    print("| network | attack | stand | forward | backward | of AutoAttack's | s |")
    print("|---|---|---|---|---|---|---|")
    for case in cases(rows)[:2]:
        clean = right(case, pixels_of(case.images))
        whole = reference(case, clean) if asked.reference_rows else None
        for passes in (whole, *(ensemble(case, clean, profile, asked.threads) for profile in ("standard", "quick"))):
            if passes is not None:
                print(passes.row(case, int(clean.sum()), whole), flush=True)


if __name__ == "__main__":
    main()
