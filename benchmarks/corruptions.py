"""How fast the published corruptions are, beside other libraries that compute the same formula.

    python benchmarks/corruptions.py [--side 32 --side 224] [--repeat 9] [--only fog --only snow]

One process, severity 3, a batch of images in memory, uint8 in and uint8 out; ours and each peer in turn; medians.
Prints Markdown: images a second, ours over the fastest peer, and the sum of milliseconds an image. In brackets, and not
compared with, are results that turn out to be of another formula, and those of `imagecorruptions` at 32 pixels: it has
the constants for 224 only, so that there its time alone is told. A peer that is not installed is left out and named;
`imagecorruptions` is easiest had from a folder of its own:

    pip install --no-deps --target FOLDER imagecorruptions scikit-image lazy_loader
    PYTHONPATH=FOLDER python benchmarks/corruptions.py
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from statistics import median

import numpy as np
from machine import machine
from peers import PEERS, Make

from pytest_robust.generators import registry

ROWS = {32: 1024, 224: 64}
SEVERITY = 3
SETTLED = ("defocus_blur", "jpeg_compression", "zoom_blur", "contrast", "brightness", "pixelate")
"""Those without randomness, of which two results can be compared."""

ORDER = ("plain", "PIL", "albumentations", "torchvision", "imagecorruptions")
ROUNDING = 0.6
"""Levels by which a mean may differ for the same formula: half a one where a peer rounds and the originals truncate."""


@dataclass(frozen=True)
class Result:
    """Seconds an image, the mean difference from ours where there is no chance, and whether it is the same formula."""

    seconds: float
    off: float | None
    same: bool

    def __str__(self) -> str:
        return f"{1 / self.seconds:,.0f}" if self.same else f"({1 / self.seconds:,.0f})"


def scenes(n: int, side: int) -> np.ndarray:
    """Clouds of colour with the falling spectrum of photographs, and a little grain."""
    rng = np.random.default_rng(0)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    spectrum = np.fft.fft2(rng.normal(size=(n, 3, side, side))) / np.maximum(frequency, 1 / side) ** 1.5
    fields = np.fft.ifft2(spectrum).real.transpose(0, 2, 3, 1)
    fields /= fields.std(axis=(1, 2), keepdims=True)
    return np.ascontiguousarray(np.clip(110 + 50 * fields + rng.normal(0, 3, fields.shape), 0, 255).astype(np.uint8))


def seconds(make: Make) -> float:
    started = time.perf_counter()
    make()
    return time.perf_counter() - started


def contestants(name: str, images: np.ndarray, absent: dict[str, str]) -> dict[str, Make]:
    """Ours and the peers that can be run, by name; of the others the reason is put into `absent`."""
    member = registry.get(name)
    seeds = np.arange(len(images), dtype=np.uint64)
    found: dict[str, Make] = {"ours": lambda: member(images, severity=SEVERITY, seeds=seeds)}
    constants = sys.modules[member.make.__module__].SEVERITIES.of(images, SEVERITY)
    for peer, maker in PEERS[name].items():
        try:
            make = maker(images, *constants)
            make()
        except NotImplementedError:
            continue
        except Exception as error:
            absent[peer] = f"{type(error).__name__}: {error}"
            continue
        found[peer] = make
    return found


def measure(name: str, images: np.ndarray, repeat: int, absent: dict[str, str]) -> dict[str, Result]:
    """The result of each contestant."""
    makes = contestants(name, images, absent)
    ours = makes["ours"]().astype(int)
    times: dict[str, list[float]] = {peer: [] for peer in makes}
    for _ in range(repeat):
        for peer, make in makes.items():
            times[peer].append(seconds(make))
    found = {}
    for peer, make in makes.items():
        off = float(np.abs(make() - ours).mean()) if name in SETTLED and peer != "ours" else None
        same = (off is None or off <= ROUNDING) and (peer != "imagecorruptions" or images.shape[1] == 224)
        found[peer] = Result(median(times[peer]) / len(images), off, same)
    return found


def table(side: int, results: dict[str, dict[str, Result]]) -> str:
    """The results at one size as Markdown."""
    peers = [peer for peer in ORDER if any(peer in found for found in results.values())]
    lines = [f"| {side} px, images/s | ours | {' | '.join(peers)} | ours / fastest |", "|---" * (len(peers) + 3) + "|"]
    for name, found in results.items():
        same = [found[peer].seconds for peer in peers if peer in found and found[peer].same]
        ratio = f"{min(same) / found['ours'].seconds:.2f}" if same else "-"
        cells = [str(found.get(peer, "-")) for peer in ("ours", *peers)]
        lines.append(f"| {' | '.join([name, *cells, ratio])} |")
    off = {
        name: ", ".join(f"{peer} {found[peer].off:.2g}" for peer in peers if peer in found)
        for name, found in results.items()
        if name in SETTLED
    }
    lines += ["", f"{len(results)} corruptions, in ms an image: {totals(results)}."]
    if off:
        lines += ["", f"Mean difference from ours in levels of 255: {'; '.join(map(': '.join, off.items()))}."]
    return "\n".join(lines)


def totals(results: dict[str, dict[str, Result]]) -> str:
    """The sum of milliseconds an image, of all that have done all; where there is no plain version PIL is it."""
    ours = sum(found["ours"].seconds for found in results.values())
    told = [f"ours {1000 * ours:.3g}"]
    for label, peers in {"plain or PIL": ("plain", "PIL"), "imagecorruptions": ("imagecorruptions",)}.items():
        theirs = [found[peer] for found in results.values() for peer in peers if peer in found]
        if len(theirs) == len(results):
            total = sum(result.seconds for result in theirs)
            text = f"{label} {1000 * total:.3g}, {total / ours:.1f} times ours"
            told.append(text if all(result.same for result in theirs) else f"({text}; a comparison of time only)")
    return "; ".join(told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, action="append", choices=sorted(ROWS), help="both unless given")
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--only", action="append", choices=sorted(PEERS), help="all unless given")
    chosen = parser.parse_args()
    packages = ("numpy", "opencv-python-headless", "pillow", "albumentations", "torch", "torchvision")
    print(f"{machine(*packages)}. Severity {SEVERITY}, medians of {chosen.repeat}.")
    absent: dict[str, str] = {}
    for side in chosen.side or sorted(ROWS):
        images = scenes(ROWS[side], side)
        results = {}
        for name in chosen.only or PEERS:
            print(f"{side} px: {name}", file=sys.stderr)
            results[name] = measure(name, images, chosen.repeat, absent)
        print(f"\n{table(side, results)}")
    for peer, reason in absent.items():
        print(f"\n{peer} is left out: {reason}")


if __name__ == "__main__":
    main()
