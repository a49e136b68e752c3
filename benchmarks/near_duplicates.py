"""How well near-duplicates are told from other images, and how long it takes: `training/_twins.py` and its two bounds.

    python benchmarks/near_duplicates.py

Looks at all digits of `examples` and, where `../shared/data/cifar10` lies beside the repository, at CIFAR-10. First all
pairs of different images: none of them should be called a copy. Then copies of each image: all should be. Prints
Markdown.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from machine import machine
from PIL import Image

from pytest_robust.carriers import Batch
from pytest_robust.training import _twins
from pytest_robust.training._rows import Rows, hashed, rows_of
from pytest_robust.training._twins import ALIKE, WITHIN, alike, twins

ROOT = Path(__file__).parents[1]
CIFAR = ROOT.parent / "shared" / "data" / "cifar10"
BITS = (4, 6, 8, 10, 12, 14)
BOUNDS = (None, 0.95, 0.98, 0.99, 0.995)
"""Of the thumbnails' correlation; None asks for the hash alone."""
BATCH = 128

Copy = Callable[[Image.Image], Image.Image]


def resized(by: float) -> Copy:
    return lambda image: image.resize((round(image.width * by), round(image.height * by)), Image.Resampling.BICUBIC)


def compressed(quality: int) -> Copy:
    def copy(image: Image.Image) -> Image.Image:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality)
        return Image.open(file)

    return copy


def lit(factor: float) -> Copy:
    return lambda image: image.point(lambda value: min(255, round(value * factor)))


COPIES: dict[str, Copy] = {
    "JPEG, quality 75": compressed(75),
    "JPEG, quality 50": compressed(50),
    "half as large": resized(0.5),
    "twice as large": resized(2),
    "a fifth darker": lit(0.8),
    "a fifth brighter, clipped": lit(1.2),
    "grey": lambda image: image.convert("L").convert("RGB"),
    "half as large, then JPEG 50": lambda image: compressed(50)(resized(0.5)(image)),
}


def images() -> Iterator[tuple[str, np.ndarray]]:
    """Name and images (n, 32, 32, 3) of each set."""
    sys.path.insert(0, str(ROOT / "examples" / "digits"))
    import data

    yield "digits", np.concatenate([data.test().images, data.train().images])
    if CIFAR.exists():
        parts = [np.load(CIFAR / f"{name}.npz")["images"] for name in ("test", "train_slice")]
        yield "CIFAR-10", np.concatenate(parts)


def rows(found: Sequence[np.ndarray] | np.ndarray) -> Rows:
    parts = (np.stack(found[start : start + BATCH]) for start in range(0, len(found), BATCH))
    return rows_of(Batch(part, np.arange(len(part)).astype(str), np.zeros(len(part), np.int64)) for part in parts)


def false_pairs(kept: Rows) -> dict[tuple[int, float | None], int]:
    """How many pairs of different images each rule calls copies."""
    first, second = np.nonzero(np.triu(np.bitwise_count(kept.hashes[:, None] ^ kept.hashes) <= max(BITS), k=1))
    apart = np.bitwise_count(kept.hashes[first] ^ kept.hashes[second])
    found = {bound: looks_alike(kept.thumbnails[first], kept.thumbnails[second], bound) for bound in BOUNDS}
    return {(bits, bound): int(((apart <= bits) & like).sum()) for bits in BITS for bound, like in found.items()}


def looks_alike(some: np.ndarray, others: np.ndarray, bound: float | None) -> np.ndarray:
    if bound is None:
        return np.ones(len(some), bool)
    before, _twins.ALIKE = _twins.ALIKE, bound
    try:
        return alike(some, others)
    finally:
        _twins.ALIKE = before


def found_share(kept: Rows, pictures: np.ndarray, copy: Copy) -> float:
    """The share of copies that the rule finds."""
    copies = [hashed(np.asarray(copy(Image.fromarray(one)))[None]) for one in pictures]
    hashes, thumbnails = (np.concatenate([one[name] for one in copies]) for name in ("hashes", "thumbnails"))
    near = np.bitwise_count(kept.hashes ^ hashes) <= WITHIN
    return float((near & alike(kept.thumbnails, thumbnails)).mean())


def seconds(test: int, training: int) -> tuple[float, float]:
    """How long it takes to hash noise of 32 pixels, and to compare it."""
    rng = np.random.default_rng(0)
    one, other = (rng.integers(0, 256, (many, 32, 32, 3), dtype=np.uint8) for many in (test, training))
    start = time.perf_counter()
    hashed_one = rows(one)
    middle = time.perf_counter()
    hashed_other = rows(other)
    then = time.perf_counter()
    twins(hashed_one, hashed_other)
    return middle - start, time.perf_counter() - then


def main() -> None:
    sets = [(name, pictures, rows(pictures)) for name, pictures in images()]
    print(f"{machine('numpy', 'pillow')}.\n")
    for name, pictures, kept in sets:
        pairs = len(pictures) * (len(pictures) - 1) // 2
        print(
            f"Of {pairs:,} pairs of different {name} images, so many are called copies by a hash within so many bits:\n"
        )
        print(f"| within | {' | '.join('hash alone' if b is None else f'thumbnails >= {b}' for b in BOUNDS)} |")
        print("|---|" + "---|" * len(BOUNDS))
        wrong = false_pairs(kept)
        for bits in BITS:
            cells = [f"{wrong[bits, b]:,}" for b in BOUNDS]
            marked = [f"**{c}**" if (bits, b) == (WITHIN, ALIKE) else c for c, b in zip(cells, BOUNDS, strict=True)]
            print(f"| {bits} | {' | '.join(marked)} |")
        print()
    print(f"Share of copies that the rule in bold finds (within {WITHIN} bits and thumbnails >= {ALIKE}):\n")
    print(f"| copy | {' | '.join(name for name, _, _ in sets)} |")
    print("|---|" + "---|" * len(sets))
    for copied, copy in COPIES.items():
        shares = [f"{found_share(kept, pictures, copy):.1%}" for _, pictures, kept in sets]
        print(f"| {copied} | {' | '.join(shares)} |")
    hashing, comparing = seconds(10_000, 50_000)
    print(f"\n10,000 images of 32 pixels are hashed in {hashing:.1f} s and compared with 50,000 in {comparing:.1f} s.")


if __name__ == "__main__":
    main()
