"""What an attack that sees decisions alone is made of: questions within a budget, starts, and ways back."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators._balls import Norm
from pytest_robust.generators._standing import CLEAR, Ask, lead

FINEST_CUT, FINEST_SHARE = 1 / 64, 1 / 256
"""How well the way back is known in the end: in levels for `linf`, as a share of it for `l2`."""
GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class Decisions:
    """The model, asked whether images made from rows (n,) fool it."""

    ask: Ask
    labels: NDArray[np.int64]
    left: NDArray[np.int64]
    """(n,): how many images each row may still ask about; counted down."""

    def fool(self, images: Images, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Whether each of the images (m, h, w, c), made from `rows` (m,), fools. No, for rows that may not ask."""
        asked = np.flatnonzero(self.left[rows] > 0)
        fooling = np.zeros(len(rows), np.bool_)
        if len(asked):
            fooling[asked] = lead(self.ask(images[asked]), self.labels[rows[asked]]) > CLEAR
            np.subtract.at(self.left, rows[asked], 1)
        return fooling


def sizes(images: Images, base: Images, norm: Norm) -> NDArray[np.float64]:
    """The size of each change in levels, (n,)."""
    change = np.abs(images.astype(np.float64) - base)
    pixels = (1, 2, 3)
    return np.asarray(change.max(axis=pixels) if norm == "linf" else np.sqrt(np.square(change).sum(axis=pixels)))


def random_pictures(number: int, streams: list[np.random.Generator], shape: tuple[int, ...]) -> Images:
    """A picture (h, w, c) a stream, of blocks of random colour: by `number` 1 x 1, 2 x 2 and so on, down to pixels."""
    height, width, channels = shape
    finest = max(height - 1, width - 1, 1).bit_length()
    blocks = 2 ** (number % (finest + 1))
    down, right = np.arange(height) * min(blocks, height) // height, np.arange(width) * min(blocks, width) // width
    made = np.empty((len(streams), *shape), np.uint8)
    for rng, picture in zip(streams, made, strict=True):
        colours = rng.integers(0, 256, (down[-1] + 1, right[-1] + 1, channels), dtype=np.uint8)
        picture[:] = colours[down[:, None], right]
    return made


def drawn_near(
    base: Images, fooling: Images, rows: NDArray[np.intp], decisions: Decisions, norm: Norm
) -> tuple[Images, NDArray[np.float64]]:
    """Images that fool, on the way back from those that do to their originals, and how far they are, in levels, (n,).

    For `l2` the change is shortened, for `linf` cut off; the way is halved until it is known well. A cut of 3.25 levels
    leaves 4 to a quarter of the values and 3 to the others: an image that whole levels alone would take across the
    border is brought to the border itself, where its surroundings tell more.
    """
    length = sizes(fooling, base, norm)
    exact = np.full(len(base), FINEST_CUT) if norm == "linf" else length * FINEST_SHARE
    far, near = length.copy(), np.zeros(len(base))
    made = fooling.copy()
    while len(open_ := np.flatnonzero(far - near > exact)):
        middle = (near[open_] + far[open_]) / 2
        change = fooling[open_].astype(np.float32) - base[open_]
        if norm == "linf":
            most = np.floor(middle[:, None, None, None] + spread(base.shape[1:]))
            change = np.clip(change, -most, most)
        else:
            change = np.rint(change * (middle / length[open_])[:, None, None, None])
        tried = (base[open_] + change).astype(np.uint8)
        found = decisions.fool(tried, rows[open_])
        made[open_[found]] = tried[found]
        far[open_[found]], near[open_[~found]] = middle[found], middle[~found]
    return made, far if norm == "linf" else sizes(made, base, norm)


def spread(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Numbers in [0, 1), one a value, evenly spread over the picture: multiples of the golden ratio."""
    return np.asarray(np.arange(math.prod(shape)) * GOLDEN % 1, dtype=np.float64).reshape(shape)
