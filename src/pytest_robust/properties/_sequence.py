"""The cells of one generator as a sequence of frames, from the mildest level to the hardest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pytest_robust.carriers import Evidence, Series

Against = Literal["previous", "first"]
"""Which frame each later one is compared with."""


def frames(series: Series) -> list[Evidence]:
    """The cells in the order of their levels.

    >>> rows = [Evidence({"ids": np.array([name])}) for name in "ab"]
    >>> [cell.ids.tolist() for cell in frames(Series(tuple(rows), ("fog", "fog"), (5.0, 1.0)))]
    [['b'], ['a']]
    """
    return [series.cells[place] for place in np.argsort([level or 0.0 for level in series.levels], kind="stable")]


def compared(series: Series, against: Against) -> Iterator[tuple[Evidence, Evidence]]:
    """Each frame but the first, behind the one that it is compared with."""
    first, *later = cells = frames(series)
    return zip([first] * len(later) if against == "first" else cells[:-1], later, strict=True)


def largest_rise(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much a later value of each row lies above an earlier one at most; 0 where it never does.

    `values` (frames, n), the result (n,).

    >>> largest_rise(np.array([[0.9, 0.2], [0.5, 0.3], [0.6, 0.4]])).round(1).tolist()
    [0.1, 0.2]
    """
    return np.asarray((values - np.minimum.accumulate(values, axis=0)).max(axis=0))


def beyond(slack: float, rise: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rises beyond slack, 0 for all others."""
    return np.where(rise > slack, rise, 0.0)


Slack = Annotated[float, Field(ge=0, lt=1)]
"""What a probability may go the wrong way by, unnoticed."""
