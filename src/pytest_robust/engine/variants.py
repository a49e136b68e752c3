"""The same question put in another way that must not matter: a noise that nobody sees, another batch, sides changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Columns, Images, Predictions
from pytest_robust.engine.plan import Cell
from pytest_robust.engine.seeds import row_seeds
from pytest_robust.properties import Variant
from pytest_robust.suite import Level

Ask = Callable[[Images], Predictions]

REDRAWN = 4
"""How many noises each input is shown with."""
NOISE = 2
"""The most that a value is changed by, in levels of 255: about what a sensor does between two shots of one scene."""


def varied(cell: Cell, variant: Variant) -> Cell:
    """The cell in which the question is put in another way, of the first draw of each row.

    Two parents change places where they also change their names: the second one, as the first, has the share that is
    left, so that each keeps its own.
    """
    level = cell.level
    if variant == "swapped" and level is not None:
        left = 1 - level.value
        level = Level(left, f"{left:g}")
    return replace(cell, variant=variant, draws=1, level=level)


def answers_to(variant: Variant, images: Images, ids: NDArray[np.str_], ask: Ask, suite_seed: int) -> Columns:
    """What the model answers to each way, as columns `probabilities`, `probabilities@1`, ...; each (n, K).

    `images` (n, h, w, c) are those of the varied cell.
    """
    ways: Iterable[NDArray[np.float32]] = [ask(images).probabilities]
    if variant != "swapped":
        ways = redrawn(images, ids, ask, suite_seed) if variant == "redrawn" else rebatched(images, ask)
    columns: dict[str, NDArray[np.generic]] = {"ids": ids, "labels": np.full(len(ids), -1, np.int64)}
    for number, answers in enumerate(ways):
        columns[f"probabilities@{number}" if number else "probabilities"] = answers
    return columns


def redrawn(images: Images, ids: NDArray[np.str_], ask: Ask, suite_seed: int) -> Iterator[NDArray[np.float32]]:
    """Answers to the images (n, h, w, c) with every value changed by up to `NOISE` levels, `REDRAWN` times."""
    for number in range(REDRAWN):
        noisy = np.empty_like(images)
        for place, seed in enumerate(row_seeds(suite_seed, f"redrawn {number}", ids).tolist()):
            noise = np.random.default_rng(seed).integers(-NOISE, NOISE + 1, images.shape[1:], dtype=np.int16)
            noisy[place] = np.clip(images[place] + noise, 0, 255)
        yield ask(noisy).probabilities


def rebatched(images: Images, ask: Ask) -> Iterator[NDArray[np.float32]]:
    """Answers to the images (n, h, w, c) in reverse order, a few at a time, and among inverted copies of themselves."""
    yield ask(images[::-1].copy()).probabilities[::-1]
    few = max(1, len(images) // 5)
    parts = [ask(images[start : start + few]).probabilities for start in range(0, len(images), few)]
    yield np.concatenate(parts)
    yield ask(np.concatenate([255 - images, images])).probabilities[len(images) :]
