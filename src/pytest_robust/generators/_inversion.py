"""Drawing from discrete distributions by inversion, exactly and by looking up, for noise in whole levels.

The unit interval is cut into 2^b cells. Where all of a cell leads to one outcome, b random bits decide; where the
outcome changes within a cell, which is rare, 53 more bits do.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from pytest_robust.generators._random import Seeds, bits, bits_at

OPEN = np.int16(-32768)
"""What the table says where the cell does not decide."""


@dataclass(frozen=True)
class Inversion:
    """Some distributions over the same outcomes. Make one with `inversion`."""

    outcomes: NDArray[np.int16]
    cumulative: NDArray[np.float64]
    """Chances of an outcome up to the k-th, plus the distribution's number: one ascending sequence for them all."""
    table: NDArray[np.int16]
    """The outcome of each cell of each distribution, or OPEN."""
    bits: int

    def draw(self, seeds: Seeds, shape: tuple[int, ...]) -> NDArray[np.int16]:
        """Outcomes (n, *shape) of the only distribution."""
        return self._look_up(seeds, self._words(seeds, prod(shape))).reshape(len(seeds), *shape)

    def draw_each(self, seeds: Seeds, which: NDArray[np.uint8]) -> NDArray[np.int16]:
        """An outcome of each distribution whose number stands in `which` (n, ...)."""
        flat = which.reshape(len(seeds), prod(which.shape[1:]))
        cells = flat.astype(np.int32)
        cells <<= self.bits
        cells += self._words(seeds, flat.shape[1])
        return self._look_up(seeds, cells).reshape(which.shape)

    def _words(self, seeds: Seeds, count: int) -> NDArray[np.uint16]:
        words = bits(seeds, -(-count // 4)).view(np.uint16)[:, :count]
        return words if self.bits == 16 else words >> np.uint16(16 - self.bits)

    def _look_up(self, seeds: Seeds, cells: NDArray[np.integer]) -> NDArray[np.int16]:
        found = np.take(self.table, cells, mode="clip")
        row, place = np.divmod(np.flatnonzero(found == OPEN), cells.shape[1])
        more = (bits_at(seeds[row], place, stream=1) >> np.uint64(11)) * 2.0**-53
        position = (cells[row, place] + more) / (1 << self.bits)
        found[row, place] = self.outcomes[np.searchsorted(self.cumulative, position, side="right") % len(self.outcomes)]
        return found


def inversion(outcomes: NDArray[np.int16], chances: NDArray[np.float64], bits: int) -> Inversion:
    """The distributions with the chances (m, k), cumulated, of the outcomes (k,); `bits` at most 16.

    >>> coin = inversion(np.array([5, 7], np.int16), np.array([[0.3, 1.0]]), bits=2)
    >>> coin.table.tolist()
    [5, -32768, 7, 7]
    """
    many, cells = len(chances), 1 << bits
    ends = chances * cells
    first = np.arange(many)[:, None] * cells
    # The cell's first point has the outcome of the number of ends at or before it.
    counts = np.bincount((first + np.ceil(ends).astype(np.int64)).ravel(), minlength=many * cells + 1)[:-1]
    reached = np.cumsum(counts) - np.repeat(np.arange(many), cells) * chances.shape[1]
    table = np.append(outcomes, outcomes[-1])[reached]
    inside = (ends != np.floor(ends)) & (outcomes != np.append(outcomes[1:], outcomes[-1]))
    table[(first + np.floor(ends).astype(np.int64))[inside]] = OPEN
    return Inversion(outcomes, (chances + np.arange(many)[:, None]).ravel(), table, bits)
